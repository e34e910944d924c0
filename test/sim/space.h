/// test/sim/space.h -- a run's own process, IPC, network and mount name spaces.
///
/// The first process of a process name space takes all others along when it ends, the segments of an IPC name space go
/// with its last process, and in a network name space every port is free: whatever happens to a run, nothing is left of
/// it but its folder. A user who is not root gets them inside a user name space where the kernel allows that.
#pragma once

#include <sys/types.h>

#include <functional>

namespace hw::sim {

struct Space {
  bool own = false;  ///< the run has all of them
};

/// Runs `body` in a new process, in name spaces of its own if possible, and gives what it returned: an exit status.
/// `alone`: without them there is no run. `pid` gets the process to wait for: see wait_space.
pid_t enter_space(const std::function<int(const Space&)>& body);
/// Waits for it. Exit status; 128 + the signal that ended it.
int wait_space(pid_t pid);

}  // namespace hw::sim
