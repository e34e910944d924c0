/// engine/base/clock.h -- the wall clock, as files and shared memory keep it; and the clock that leases are kept by.
/// Waits use std::chrono::steady_clock.
#pragma once

#include <time.h>

#include <chrono>
#include <cstdint>

namespace hw {

/// Microseconds since 1970. May be set back by the administrator: see next_commit_time_us for what must not.
inline std::uint64_t wall_clock_us() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

/// Nanoseconds since the machine started, sleep included; nobody can set it (CLOCK_BOOTTIME). 25 ns, no system call.
inline std::uint64_t boot_clock_ns() {
  struct timespec now {};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace hw
