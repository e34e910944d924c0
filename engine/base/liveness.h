/// engine/base/liveness.h -- whether a process that left its number somewhere is still there.
///
/// A process number is used again after its owner is gone, so it is kept with the start time of the process. Start
/// times are read from /proc, which may be missing, hidden, or of another PID name space, and a process may have no
/// descriptor left to read it. What cannot be read is not taken for a process that is gone: whether the number is in
/// use is asked of the kernel by signal and by pidfd. Who uses an instance can be told for certain by its lock on the
/// instance file (engine/region/presence.h).
#pragma once

#include <chrono>
#include <cstdint>

#include "engine/base/result.h"

namespace hw {

/// Start of a process in clock ticks since the machine started, the same in every time name space; 0: there is no such
/// process, it has ended and waits for its parent, or the system does not tell. For this process, where the system does
/// not tell, a random number that stays the same and that others take for no time.
/// Source: proc(5), /proc/<pid>/stat, fields 3 and 22; time_namespaces(7).
std::uint64_t process_start(std::uint32_t pid);

/// The PID name space of this process, as a number; 0 when the system does not tell. Source: pid_namespaces(7).
std::uint64_t own_pid_space();

enum class Liveness {
  Gone,
  Lives,
  Unsure,  ///< a process of that number is there, and the system does not tell which one
  Unseen,  ///< its number is, or may be, of another PID name space than this process's
};
/// What becomes of the process that noted these three. `space` 0: it could not tell its own.
Liveness liveness_of(std::uint32_t pid, std::uint64_t start, std::uint64_t space);

/// True when `pid` is the process that started at `start`, or may be; `start` 0 takes any process of that number. pid 0
/// never lives. The number is of this process's PID name space.
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
