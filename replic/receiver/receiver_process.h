/// replic/receiver/receiver_process.h -- the process of a receiver server, from its fork to its end: log, pools, port,
/// server.
///
/// `replicate -receiver -start` makes it (replic/process/daemon.h); what it then does is
/// replic/receiver/receiver_server.h.
#pragma once

#include <string>
#include <vector>

#include "replic/process/daemon.h"
#include "replic/receiver/receiver_options.h"

namespace hw {

struct ReceiverServerConfig {
  std::string instance_path;
  ReceiverStartOptions options;
  std::string command_line;                 ///< for the log
  std::vector<std::string> update_command;  ///< program and arguments that become the update process
};

/// What can be said before a process is made (replic/receiver/receiver_start.h). Errors: those of find_pool and of the
/// start.
Status check_receiver_start(const ReceiverServerConfig& config);

/// The receiver server's process, inside run_as_daemon. Returns its exit status.
/// Errors told to the command: those above, REPLLOGOPN, REPLCOMM for a port that cannot be had.
int run_receiver_server(const ReceiverServerConfig& config, StartReport& report);

}  // namespace hw
