/// engine/integ/region_look.h -- a short look at a database file by its bytes, and changes of its header, for
/// operators' tools.
///
/// A look reads the file itself (engine/storage/page_tree.h), so that a damaged one gives messages and not signals.
/// While it lasts no process changes the file: either no process commits, or the commit lock is held. A look therefore
/// has to be short; what takes long takes a snapshot (engine/integ/region_snapshot.h).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "engine/recovery/region_access.h"
#include "engine/storage/page.h"
#include "journal/current_file.h"

namespace hw {

class Domain;

struct RegionLook {
  const std::string& path;
  Bytes file;
  MetaPage meta;
  Result<RegionHeader> header;  ///< DBNOTGDS, with what is wrong, when it cannot be read
  /// Facts that the pool has while processes commit, else the header's.
  Seqno reg_seqno{0};
  std::uint64_t tn = 0;  ///< as users see it: with tn_base
  std::uint64_t generation = 0;
  std::uint64_t journal_offset = 0;
  std::uint32_t last_record_bytes = 0;  ///< of the journal record that ends there, 0 at the file's beginning
  std::optional<CurrentJournal> journal_in_use = {};  ///< what the pool says of the journal file
};

/// What a mapped database file says of itself. `facts`: its place in the pool, when there is one.
/// Errors: DBNOTGDS when no meta page can be read. Blocks: never.
Result<RegionLook> look_at_bytes(const std::string& path, Bytes file, const PoolRegion* facts);

/// Calls `look` while the file stays unchanged.
/// Errors: DBOPNERR, DBFILERR; DBNOTGDS when no meta page can be read; those of `look`.
/// Blocks: for the commit that is under way; all commits wait for `look`.
Status look_at_region(RegionAccess& access, const std::function<Status(const RegionLook&)>& look);

/// Joins the pool of a live region (access.is_live()) for the time of `work`, which may take its commit lock.
/// Errors: HWDBBUSY, DBOPNERR and kin; those of `work`.
Status visit_live_region(RegionAccess& access, const std::function<Status(Domain&, OpenRegion&)>& work);

/// Stores `region.header` in a live file, and those facts of it that no journal record brings back in the checkpoint
/// image too, so that they are there after a power loss. Checkpoint lock and, taken after it, commit lock held. Errors:
/// DBFILERR, GBLOFLOW; those of write_image_settings.
Status store_live_header(OpenRegion& region);

/// The same for a region that this process alone has open and that is clean, as after make_clean. Durable on return.
/// "Not clean" meanwhile: a live file that was half written is not what the next opener trusts.
Status store_closed_header(OpenRegion& region);

/// The checkpoint lock of a pool, for the time of a scope. Taken before the commit lock, as a checkpoint does.
class CheckpointLock {
 public:
  /// Errors: FORCEDHALT when this process is asked to end while it waits. Blocks: for the checkpoint that is under way.
  static Result<CheckpointLock> take(PoolHeader& pool);
  CheckpointLock(CheckpointLock&& other) noexcept : mutex_(std::exchange(other.mutex_, nullptr)) {}
  CheckpointLock& operator=(CheckpointLock&&) = delete;
  ~CheckpointLock() {
    if (mutex_ != nullptr) mutex_->unlock();
  }

 private:
  explicit CheckpointLock(RobustMutex& mutex) : mutex_(&mutex) {}
  RobustMutex* mutex_;
};

/// Changes the header by `edit`. `live_is_safe`: the fields it changes are read from the file whenever they are used,
/// so that processes that have it open may go on. Alone it is one step, whatever stops it: the new checkpoint
/// image carries the new header and the control file makes it the region's truth (as engine/admin/region_settings.h).
/// Errors: MUSTANDALONE; those of make_clean, build_image and of `edit`. Nothing has changed then.
/// Blocks: alone, copies the whole database into its checkpoint image.
Status change_header(RegionAccess& access, bool live_is_safe, const std::function<Status(RegionHeader&)>& edit);

}  // namespace hw
