/// engine/commit.h -- the one way in which anything changes a database: under the commit lock, one seqno at a time.
///
/// Order of events, and what a process that dies leaves to the next holder of the lock (engine/recovery.h):
///
///   1. in-flight entry: Writing. Updates go into open LMDB transactions, which read the old values;
///      records go behind the journals' ends, frames behind the ring's end.        -> erased
///   2. in-flight entry: Committing. All records stand.                            -> finished from the journals
///   3. LMDB commits, region after region.                                         -> finished from the journals
///   4. the new ends and the next seqno are published; Idle; unlock.
///   5. a durable commit waits until some process has synced the journals past it.
///
/// A single set leaves step 3 to a later commit, which brings many of them to LMDB at once (engine/write_behind.h), and
/// may write its value in place then (engine/in_place.h).
///
/// Thread: one object per thread, reused, so that a commit allocates nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/lmdb.h"
#include "engine/session.h"
#include "journal/record.h"
#include "journal/transaction_frame.h"

namespace hw {

class CommitLock;
class Domain;
class OpenRegion;

/// One update and the region it belongs to.
struct PendingUpdate {
  OpenRegion* region;
  UpdateView update;
};

/// One transaction to commit. Views must stay valid until `commit` returns.
struct CommitRequest {
  std::span<const PendingUpdate> updates;
  bool fenced = false;
  std::string_view transaction_id;
  /// Called under the lock, with a way to read the regions as they are now; returns false when the
  /// transaction read something that has changed since. Empty: nothing to check.
  std::function<Result<bool>(const std::function<Result<TransactionBase*>(OpenRegion&)>&)> validate;
};

struct CommitReceipt {
  Seqno seqno;           ///< the last one of the instance when the commit was done
  std::uint64_t number;  ///< of the commit within the domain, for Domain::wait_durable
};

class Committer {
 public:
  explicit Committer(Domain& domain);
  ~Committer();

  /// Returns when the region that HWFROZEN was about is frozen no more, or after `at_most`. No lock is held.
  void wait_while_frozen(std::chrono::milliseconds at_most = std::chrono::seconds(1));

  /// Commits one transaction. The thread may have the commit lock already.
  /// Errors: SCNDDBNOUPD, TPRESTART, GBLOFLOW, JNLFILOPN, TRANS2BIG, HWPOOLDAMAGED; HWFROZEN when the lock is held.
  /// Nothing is changed then.
  /// Blocks: while a region it changes is frozen (engine/freeze.h), unless the lock is held.
  Result<CommitReceipt> commit(const CommitRequest& request);

  /// A computed single update ($INCREMENT): reads under the lock, then commits what `compute` makes of it.
  Result<CommitReceipt> commit_computed(
      OpenRegion& region, std::string_view key,
      const std::function<Result<std::string>(std::optional<std::string_view>)>& compute, std::string& value);

  /// Applies transactions received from the primary: the single sets it can in place, the others together in LMDB
  /// commits. The frames must be checked (FrameView::parse) and continue at the instance's next seqno, one
  /// after the other. Some of the first may have been applied when it fails.
  /// Errors: as commit; HWFROZEN, for the caller has more to do than to wait; REPLINSTDBMATCH when the first frame is
  /// not the next one; DBOPNERR and kin from `region_of`.
  Status apply(std::span<const FrameView> frames,
               const std::function<Result<OpenRegion*>(std::string_view key)>& region_of);

 private:
  struct RegionPart;

  template <typename Attempt>
  Result<CommitReceipt> run(const Attempt& attempt);
  /// Commit lock held, nothing behind that the attempt does not know of.
  template <typename Attempt>
  Result<CommitReceipt> run_locked(const Attempt& attempt);
  Result<CommitReceipt> commit_set(OpenRegion& region, std::string_view key, std::string_view value);
  /// A commit of one set, whose region may stay behind. `value_of(present)` gives the value, `present()` the one to be
  /// replaced. `bytes_max`: key and value are not longer.
  template <typename ValueOf>
  Result<CommitReceipt> run_single(OpenRegion& region, std::string_view key, std::size_t bytes_max,
                                   const ValueOf& value_of);
  /// Applies a frame of one set if that can be done in place, and returns 0; or else after how many frames, this one
  /// first, it makes sense to try again.
  Result<std::size_t> apply_in_place(const FrameView& frame,
                                     const std::function<Result<OpenRegion*>(std::string_view key)>& region_of);
  /// Applies the frames in one LMDB commit per region.
  Status apply_together(std::span<const FrameView> frames,
                        const std::function<Result<OpenRegion*>(std::string_view key)>& region_of);
  /// Takes the commit lock for a single set when the region is not frozen; `nested`: this thread had it before.
  /// Errors: HWFROZEN; those of CommitLock.
  Result<CommitLock> lock_for_single(OpenRegion& region, bool& nested);
  /// What becomes of a single set.
  enum class Way { Now, Behind, InPlace };
  template <typename ValueOf>
  Result<Way> choose_way(RegionPart& part, std::string_view key, std::size_t bytes_max, bool ordered,
                         const ValueOf& value_of);
  template <typename ValueOf>
  Result<UpdateView> put_now(RegionPart& part, std::string_view key, const ValueOf& value_of);
  /// Finds out what a single set replaces, `part.present`: a set that is behind, or what `part.stored` shows, which
  /// is open then until `end_look`.
  Status look(RegionPart& part, std::string_view key);
  void end_look(RegionPart& part);
  struct LookScope;
  /// Records a set of `part.value`, whose value to be replaced `look` has found.
  UpdateView put_behind(RegionPart& part, std::string_view key);
  void overwrite_present(RegionPart& part);
  RegionPart& part_of(OpenRegion& region);
  Status refuse_frozen(OpenRegion& region);
  /// The region takes part in the commit under way. `behind`: LMDB gets this commit later, so it is only read.
  Result<RegionPart*> join(OpenRegion& region, bool behind = false);
  /// GBLOFLOW, with short_of_room_ set, when the region must grow while others have joined.
  Status begin_write(RegionPart& part);
  void leave(RegionPart& part);
  Status begin_transaction(Seqno seqno, std::uint64_t time_us, bool fenced, std::string_view transaction_id);
  /// A transaction received from the primary begins and ends; between the two its updates are added.
  Status begin_frame(const FrameView& frame);
  Status end_frame(const FrameView& frame);
  Status add_update(OpenRegion& region, const UpdateView& update);
  Status end_transaction();
  Status put_record(RegionPart& part, std::string_view record);
  /// Says in the journal who writes to it from here on.
  Status announce(RegionPart& part);
  Status flush_removed(RegionPart& part);
  Status decide_and_apply();
  /// Another region is committed already and this one's commit failed: applies its updates again, from memory.
  Status redo_unjournaled(RegionPart& part);
  void publish();
  /// Wakes who waits for commits; after the commit lock is released.
  void announce_published();
  void abandon();

  Domain& domain_;
  const std::uint32_t pid_;                         ///< asked once: the system call costs a tenth of a commit
  std::vector<std::unique_ptr<RegionPart>> parts_;  ///< by place in the pool's table; every region met so far
  std::vector<RegionPart*> joined_;                 ///< regions of the commit under way
  std::vector<RegionPart*> touched_;                ///< regions of the transaction under way
  std::vector<std::string_view> frames_;            ///< frames of the commit under way, for the ring
  std::vector<PendingUpdate> unjournaled_;          ///< updates of the commit under way that no journal holds
  FrameBuilder frame_;
  OpenRegion* frozen_ = nullptr;         ///< that HWFROZEN was about
  OpenRegion* short_of_room_ = nullptr;  ///< is to grow before the attempt is made again
  bool applying_ = false;                ///< frames come from the primary: updates need not be enabled here
  std::uint32_t update_number_ = 0;
  bool fenced_ = false;
  std::string_view transaction_id_;
  Seqno seqno_;       ///< of the transaction under way
  Seqno next_seqno_;  ///< of the instance when this commit is done
  std::uint64_t time_us_ = 0;
};

}  // namespace hw
