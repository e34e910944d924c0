/// engine/base/sync_point.h -- every sync of the product has a name, and a test leaves each out in turn.
///
/// HW_LEAVE_OUT_SYNC=Name lets a process leave out that sync and say it was made. A power loss (test/sim/powerloss)
/// must then lose something; test/sim/powerloss/sync_points tries it for each row of sync_points.def. Compiled out
/// unless HW_SYNC_FAULTS is on. HW_FAIL=Name:error lets it fail (engine/base/failpoint.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace hw {

enum class SyncPoint : std::uint16_t {
#define SYNC(name, what, shown_by) name,
#include "engine/base/sync_points.def"
#undef SYNC
};

std::string_view sync_point_name(SyncPoint point);

/// Whether a test wants this sync left out.
bool sync_left_out(SyncPoint point);
/// The failure that a test wants of this sync. Errors: SYSCALL with errno EIO.
Status sync_refused(SyncPoint point);

/// `what.sync()`: of a File (fsync), a LMDB environment, a journal. Errors: those of the call.
template <typename Synced>
Status sync_at(SyncPoint point, Synced& what) {
  HW_TRY_VOID(sync_refused(point));
  return sync_left_out(point) ? Status() : what.sync();
}

/// `what.sync_data()`: of a File (fdatasync). Errors: those of the call.
template <typename Synced>
Status sync_data_at(SyncPoint point, Synced& what) {
  HW_TRY_VOID(sync_refused(point));
  return sync_left_out(point) ? Status() : what.sync_data();
}

/// sync_folder_of(path): makes a rename or creation in the file's folder durable. Errors: SYSCALL.
Status sync_folder_at(SyncPoint point, const std::string& path);

}  // namespace hw
