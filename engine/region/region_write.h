/// engine/region/region_write.h -- LMDB commits to a region that no other process updates: recovery, undo, settings,
/// pending sets.
#pragma once

#include <shared_mutex>

#include "engine/region/open_region.h"

namespace hw {

/// Begins a write transaction, taking over a grown map first. The map stays where it is while `pin` is held: until the
/// transaction has ended. Errors: DBFILERR, HWDBDAMAGED; those of OpenRegion::adopt_size.
inline Status begin_write(OpenRegion& region, WriteTransaction& transaction, std::shared_lock<MapLock>& pin) {
  for (;;) {
    pin = std::shared_lock(region.map_lock);
    bool needs_adoption = false;
    HW_TRY_VOID(transaction.begin(region.environment, needs_adoption));
    if (!needs_adoption) return {};
    pin.unlock();
    HW_TRY_VOID(region.adopt_size());
  }
}

/// Runs `body(WriteTransaction&)`, which returns a Status, in one LMDB commit; again from its start each time the file
/// had to grow. `body` neither reads the region in another way nor waits for a lock.
/// Errors: those of `body`; DBFILERR and kin; GBLOFLOW on a full disk.
template <typename Body>
Status commit_growing(OpenRegion& region, Body&& body) {
  for (;;) {
    std::shared_lock<MapLock> pin;
    WriteTransaction transaction;
    HW_TRY_VOID(begin_write(region, transaction, pin));
    Status status = body(transaction);
    if (status.has_value()) status = transaction.commit();
    if (status.has_value() || !transaction.map_full()) return status;
    transaction.abort();
    pin.unlock();
    HW_TRY_VOID(region.grow(0));
  }
}

}  // namespace hw
