/// replic/receiver_server.h -- the receiver server: the process that listens and fills the receive pool.
///
/// Started by `replicate -receiver -start`, in the background. It attaches to the instance's journal pool (which a
/// source server has made), makes the receive pool or takes over the one that a dead receiver server left, starts the
/// update process unless one lives, and listens. One source server is connected at a time; ReceiverMachine says what to
/// answer it, and this shell moves bytes: transactions into the receive pool, acknowledgements of what is applied back
/// to the source.
///
/// It ends at SIGTERM or SIGINT, when -shutdown asks for it through the pool, and with an error where an operator must
/// act (replic/receiver_machine.h says which). Not a reason to end: garbage on the port, another instance, a peer that
/// says nothing, a lost connection, a dead update process. It leaves the receive pool in place, so that another one
/// goes on; -shutdown removes it.
///
/// While the receive pool is full nothing is read from the connection; the source is told to stop long before
/// (replic/flow_control.h).
#pragma once

#include <string>
#include <vector>

#include "replic/daemon.h"
#include "replic/receive_pool.h"
#include "replic/receiver_options.h"

namespace hw {

struct ReceiverServerConfig {
  std::string instance_path;
  ReceiverStartOptions options;
  std::string command_line;                 ///< for the log
  std::vector<std::string> update_command;  ///< program and arguments that become the update process
};

/// What can be said before a process is made: the journal pool is there and not a root's, no receiver server lives, and
/// -updateresync finds an empty history.
/// Errors: those of find_pool, PRIMARYISROOT, RECVPOOLSETUP, UPDSYNC2MTINS.
Status check_receiver_start(const ReceiverServerConfig& config);

/// The receiver server's process, inside run_as_daemon. Returns its exit status.
/// Errors told to the command: those above, REPLLOGOPN, REPLCOMM for a port that cannot be had.
int run_receiver_server(const ReceiverServerConfig& config, StartReport& report);

/// The update process: attaches to the pools of the instance and works until it is asked to stop. Returns its exit
/// status. Its log is the receiver's with `.updproc` behind it.
int run_update_process(const std::string& instance_path);

/// True when the pool's receiver server or update process lives.
bool process_lives(const PoolProcess& process);

}  // namespace hw
