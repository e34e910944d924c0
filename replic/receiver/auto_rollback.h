/// replic/receiver/auto_rollback.h -- -autorollback: the receiver server has another process roll the instance back.
///
/// It is `mupip journal -rollback -online -fetchresync` on the receiver's own port, which the receiver gives up
/// meanwhile; what it says goes to the receiver's log. Source: GT.M Administration and Operations Guide, -AUTOROLLBACK.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace hw {

/// Runs `command` (a program and its arguments), its output to `log_fd`, and returns its exit status once it has ended.
/// When `stop_asked` says so it is told to stop (SIGTERM), which it follows while it waits for the primary. `wake_fd`
/// is readable when there is something to ask. Errors: SYSCALL; Blocks: until the process has ended. Thread: any.
Result<int> run_auto_rollback(const std::vector<std::string>& command, int log_fd, int wake_fd,
                              const std::function<bool()>& stop_asked);

}  // namespace hw
