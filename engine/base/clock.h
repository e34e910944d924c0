/// engine/base/clock.h -- the wall clock, as files and shared memory keep it. Waits use std::chrono::steady_clock.
#pragma once

#include <chrono>
#include <cstdint>

namespace hw {

/// Microseconds since 1970. May be set back by the administrator: see next_commit_time_us for what must not.
inline std::uint64_t wall_clock_us() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

}  // namespace hw
