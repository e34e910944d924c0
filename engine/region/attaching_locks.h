/// engine/region/attaching_locks.h -- the Attaching locks of several regions' control files.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "engine/region/open_region.h"

namespace hw {

/// While it lives no other process attaches to the regions, leaves or recovers them. Taken in the order of their paths,
/// so that two processes never wait for each other in a circle. A copy that no process has opened becomes a database
/// (ControlFile::adopt_copy).
class AttachingLocks {
 public:
  AttachingLocks() = default;
  AttachingLocks(const AttachingLocks&) = delete;
  AttachingLocks& operator=(const AttachingLocks&) = delete;

  /// Errors: DBFILERR, SYSCALL; those taken so far are held until the object goes. Blocks: as wait_exclusive.
  Status take(std::span<OpenRegion* const> regions, ControlFile::Purpose purpose = ControlFile::Purpose::Change) {
    std::vector<OpenRegion*> order(regions.begin(), regions.end());
    std::sort(order.begin(), order.end(), [](const auto* a, const auto* b) { return a->path < b->path; });
    for (OpenRegion* region : order) {
      HW_TRY_VOID(region->control.wait_exclusive(ControlFile::Lock::Attaching));
      held_.push_back(region);
      HW_TRY_VOID(region->control.adopt_copy(purpose));
    }
    return {};
  }
  ~AttachingLocks() {
    // The kernel drops the lock with the file in any case; a failure here has no caller to go to.
    for (OpenRegion* region : held_) (void)region->control.unlock(ControlFile::Lock::Attaching);
  }

 private:
  std::vector<OpenRegion*> held_;
};

}  // namespace hw
