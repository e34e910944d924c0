/// engine/base/failpoint.h -- named points at which a crash test stops this process.
///
/// HW_FAIL=<name>:kill sends SIGKILL to the process at that point; HW_FAIL=<name>:kill:<n> at its n-th passing. With
/// stop in place of kill it is SIGSTOP.
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
#else
inline void fail_here(FailPoint) {}
#endif

}  // namespace hw
