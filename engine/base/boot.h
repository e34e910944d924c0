/// engine/base/boot.h -- in which boot of the machine a file was written.
///
/// Pages that were not synced, shared memory and processes do not outlive a boot. The kernel has an id for each, but
/// not every process can read it: there may be no /proc, or one without it (mounted with subset=pid, as systemd's
/// ProcSubset=pid does), or no descriptor left. And a container may have been given another id than its host's. So an
/// equal id is proof of the same boot, an id that cannot be read is equal to none, and a different one proves nothing:
/// whether processes use what was written then is asked of the kernel's locks (engine/region/control_file.h,
/// engine/region/presence.h).
#pragma once

#include <string>
#include <string_view>

namespace hw {

/// What is written down for this boot: the kernel's id, or "unknown". The environment variable HW_BOOT_ID replaces it,
/// which lets a test stage a power loss.
std::string boot_id();

/// Whether what says `written` was certainly written in this boot: pages that were not synced are still there.
bool is_this_boot(std::string_view written);

/// Whether it may have been, so that locks and shared memory have to be asked. False only of another HW_BOOT_ID.
bool may_be_this_boot(std::string_view written);

}  // namespace hw
