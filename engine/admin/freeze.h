/// engine/admin/freeze.h -- a region that stays as it is until an operator says otherwise: for copies by other means.
///
/// A freeze is recorded in the region's control file and outlives processes and the machine. While it lasts no process
/// changes the database file and its journal: commits wait without a lock, the update process of a secondary waits and
/// answers, readers read on, and closing the database writes nothing: the freeze has already written the header as
/// the last close would. Operators' commands that change a setting, switch a journal or recover the region still do.
///
/// Source: GT.M Administration and Operations Guide, "FREEZE"; texts and cases from observation of V7.0-005.
#pragma once

#include <cstdint>

#include "engine/recovery/region_access.h"

namespace hw {

/// Freezes the region for a user: on return its sets have reached the database file, file and journal are on disk,
/// and the checkpoint image has everything. Does nothing when that user has frozen it before.
/// Units:  `user` is a user id.
/// Errors: FREEZEERR when another user has frozen it; HWDBBUSY, DBOPNERR and kin; those of make_clean, advance_image.
/// The region is not frozen then, unless a note says that it is.
/// Blocks: for the commit under way; for a checkpoint.
Status freeze_region(RegionAccess& access, std::uint32_t user);

/// Ends the freeze, and lets those go on that wait for it. Does nothing when the region is not frozen.
/// Errors: DBOPNERR when this user may not update it; FREEZEERR when another user has frozen it, unless
/// `override_others`; SYSCALL, and it is still frozen.
Status thaw_region(RegionAccess& access, std::uint32_t user, bool override_others);

}  // namespace hw
