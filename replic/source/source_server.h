/// replic/source/source_server.h -- the process that sends one secondary what its instance commits.
///
/// `mupip replicate -source -start` makes it (replic/process/daemon.h). It attaches the databases, so that journals are
/// synced and checkpoints taken while no other process runs, takes the secondary's slot in the instance file and in the
/// pool, and then, while it is active, does what SourceMachine says (replic/source/active_source.h).
///
/// It ends by -shutdown (its slot's `shutdown`, and SIGTERM to wake it), by SIGTERM alone, or by what the machine calls
/// the operator's business. A lost connection is no reason. Killed by SIGKILL it leaves its slot with a dead pid; the
/// next server of that name takes it over.
#pragma once

#include <string>
#include <vector>

#include "replic/process/daemon.h"
#include "replic/source/source_options.h"

namespace hw {

struct SourceServerConfig {
  SourceStartOptions options;
  std::string instance_path;
  std::string command_line;  ///< for the first line of the log
  std::vector<std::string> refresh_command =
      {};  ///< program and arguments that become a sender: replic/refresh/refresh_port.h
};

/// The server process, from its fork to its end. Reports its start once the slot is taken. Returns the exit status.
int run_source_server(const SourceServerConfig& config, StartReport& report);

}  // namespace hw
