/// engine/base/failpoint.h -- named points at which a test stops this process, or lets a call fail.
///
/// HW_FAIL=<name>:kill sends SIGKILL to the process at that point; HW_FAIL=<name>:kill:<n> at its n-th passing. With
/// stop in place of kill it is SIGSTOP. With error the call at the point, or a sync (engine/base/sync_points.def), is
/// not made and fails; with errors it fails each time.
/// Compiled out unless HW_FAILPOINTS is on; unset, a point costs one load.
#pragma once

#include <cstdint>
#include <string_view>

namespace hw {

enum class FailPoint : std::uint16_t {
#define FAILPOINT(name, where) name,
#include "engine/base/failpoints.def"
#undef FAILPOINT
};

std::string_view failpoint_name(FailPoint point);

#ifdef HW_FAILPOINTS
void fail_here(FailPoint point);
/// Whether the call at this place is to fail. `name`: of a failpoint or a sync point.
bool refused_here(std::string_view name);
/// A test has changed HW_FAIL. No other thread passes a point meanwhile.
void read_failpoints_again();
#else
inline void fail_here(FailPoint) {}
inline bool refused_here(std::string_view) { return false; }
#endif

}  // namespace hw
