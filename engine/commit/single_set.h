/// engine/commit/single_set.h -- a commit of one set on its own, which need not reach LMDB at once.
///
/// Three ways: through LMDB now; left to a group that LMDB gets later (engine/commit/write_behind.h), when sets come in
/// collation order, so that they meet on LMDB's pages; or written over the value in the file
/// (engine/commit/in_place.h), when value after value is as long as the one it replaces and no process reads.
///
/// Thread: one object per thread, beside its CommitBatch.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/commit/commit_batch.h"
#include "engine/region/region_reader.h"

namespace hw {

class SingleSet {
 public:
  explicit SingleSet(CommitBatch& batch) : batch_(batch), domain_(batch.domain()) {}

  /// Errors: those of CommitBatch::run. Blocks: while the region is frozen, unless the thread has the lock.
  Result<CommitReceipt> commit(OpenRegion& region, std::string_view key, std::string_view value);
  /// Reads under the lock, and sets what `compute` makes of it ($INCREMENT): `value`. Errors: also those of `compute`.
  Result<CommitReceipt> commit_computed(
      OpenRegion& region, std::string_view key,
      const std::function<Result<std::string>(std::optional<std::string_view>)>& compute, std::string& value);

  /// Commits the set that is all of a frame of the primary, if it can be written over the value in the file, and
  /// returns 0; or else after how many frames, this one first, it makes sense to try again. Errors: those of
  /// CommitBatch::run_locked; HWFROZEN.
  Result<std::size_t> overwrite(OpenRegion& region, const FrameView& frame, const UpdateView& set);

 private:
  enum class Path { Now, Deferred, Overwrite };
  /// What this thread knows of a region from its last sets there.
  struct Memory {
    std::string last_key;
    unsigned in_order = 0;  ///< sets in a row, each at or after the one before in collation order
    /// Keys after `gap_from` and before `gap_to` (empty: no limit) are not in LMDB while its last transaction is
    /// `gap_tn`.
    bool gap_known = false;
    std::string gap_from;
    std::string gap_to;
    RegionTn gap_tn;
    RegionReader reader;
  };
  /// The value that the set under way replaces, kept where it is until this ends: before others get the commit lock,
  /// who might take the snapshot for a reader's.
  class OldValue {
   public:
    explicit OldValue(Memory& memory) : memory_(memory) {}
    ~OldValue() { release(); }
    OldValue(const OldValue&) = delete;
    OldValue& operator=(const OldValue&) = delete;
    /// Finds it: among the deferred sets, or in the file. Errors: DBFILERR, JNLFILOPN.
    Status find(Domain& domain, OpenRegion& region, std::string_view key);
    void release();

    std::optional<std::string_view> value;
    RegionTn last_tn;  ///< LMDB's last commit
    /// Shows the value in the file; null when it is not there.
    ReadTransaction* stored() { return look_ ? &**look_ : nullptr; }

   private:
    Memory& memory_;
    std::optional<RegionReader::Look> look_;
  };

  Memory& memory_of(const OpenRegion& region);
  Result<CommitLock> take_lock(OpenRegion& region, bool& nested);
  /// Waits while the region is frozen.
  Result<CommitLock> wait_for_lock(OpenRegion& region);
  /// `value_of(present)` gives the value, `present()` the one that it replaces; `bytes_max`: key and value are not
  /// longer.
  template <typename ValueOf>
  Result<CommitReceipt> run(OpenRegion& region, std::string_view key, std::size_t bytes_max, const ValueOf& value_of);
  template <typename ValueOf>
  Result<Path> choose(OpenRegion& region, std::string_view key, std::size_t bytes_max, bool ordered, OldValue& old,
                      std::string_view& value, const ValueOf& value_of);
  template <typename ValueOf>
  Status set_now(OpenRegion& region, std::string_view key, const ValueOf& value_of);

  CommitBatch& batch_;
  Domain& domain_;
  std::vector<std::unique_ptr<Memory>> memory_;  ///< by place in the pool's table
};

}  // namespace hw
