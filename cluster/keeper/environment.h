/// cluster/keeper/environment.h -- the environment of what the agent starts.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cluster/keeper/run_as.h"

namespace hw::cluster {

using Variables = std::vector<std::pair<std::string, std::string>>;

/// This process's environment with `added`, each as NAME=value. Left out is what systemd has told this process alone
/// (NOTIFY_SOCKET, WATCHDOG_*, LISTEN_*), and HW_READY_FD. Where `user` is another one than this process's, HOME, USER,
/// LOGNAME and SHELL are that user's. `added` wins. Thread: none may change the environment meanwhile.
std::vector<std::string> environment_for(const RunAs& user, const Variables& added);

}  // namespace hw::cluster
