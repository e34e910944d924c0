/// engine/base/liveness.h -- whether a process that left its number somewhere is still there.
///
/// A process number is used again after its owner is gone, so it is kept with the start time of the process.
#pragma once

#include <chrono>
#include <cstdint>

#include "engine/base/result.h"

namespace hw {

/// Start of a process in clock ticks since the machine started; 0: there is no such process, or it has ended and waits
/// for its parent. Source: proc(5), /proc/<pid>/stat, fields 3 and 22.
std::uint64_t process_start(std::uint32_t pid);

/// True when `pid` is the process that started at `start`; `start` 0 takes any process of that number. pid 0 never
/// lives.
bool process_lives(std::uint32_t pid, std::uint64_t start);

/// Waits until the process has ended or the deadline is there. Returns whether it has ended. The process need not be a
/// child. Errors: SYSCALL.
Result<bool> wait_for_exit(std::uint32_t pid, std::uint64_t start, std::chrono::steady_clock::time_point deadline);

}  // namespace hw
