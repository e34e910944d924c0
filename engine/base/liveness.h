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

/// The PID name space of this process, as a number; 0 when the system does not tell. Source: pid_namespaces(7).
std::uint64_t own_pid_space();

enum class Liveness {
  Gone,
  Lives,
  Unseen,  ///< its number is of another PID name space than this process's
};
/// What becomes of the process that noted these three. `space` 0: this process's own.
Liveness liveness_of(std::uint32_t pid, std::uint64_t start, std::uint64_t space);

/// True when `pid` is the process that started at `start`; `start` 0 takes any process of that number. pid 0 never
/// lives. One of another user counts
/// as living when the system does not let it be looked at (proc(5), hidepid).
bool process_lives(std::uint32_t pid, std::uint64_t start);

/// State of a process as ps(1) shows it: `T` stopped, `t` stopped by a debugger; '\0' when there is none of that
/// number.
char process_state(std::uint32_t pid);

/// The process that a thread belongs to; 0: there is no such thread here.
std::uint32_t process_of_thread(std::uint32_t thread);

/// Waits until the process has ended or the deadline is there. Returns whether it has ended. The process need not be a
/// child. Errors: SYSCALL.
Result<bool> wait_for_exit(std::uint32_t pid, std::uint64_t start, std::chrono::steady_clock::time_point deadline);

}  // namespace hw
