/// mupip/replicate/receiver_actions.h -- the actions of `replicate -receiver` that have files of their own,
/// cmd_replicate_receiver_<what>.cc. Which stream gets what is as GT.M V7.0-005 has it.
#pragma once

#include "mupip/command.h"
#include "replic/receiver/receiver_options.h"

namespace hw::mupip {

/// -start with -listenport: a server in the background, on the instance of the environment. Returns when it listens, or
/// could not: with its exit status. `command_line` is for the first line of its log.
/// Errors: REPLINSTUNDEF; those of check_receiver_start and run_as_daemon.
Result<int> start_receiver_server(const ReceiverStartOptions& options, const std::string& command_line,
                                  Console& console);

/// Status 1 when a process had died.
Result<int> run_receiver_shutdown(const ParsedCommand& command, Console& console);
/// Status 1 when the log cannot be opened.
Result<int> run_receiver_changelog(const ParsedCommand& command, Console& console);
/// Status 1 when it is already on, or off.
Result<int> run_receiver_statslog(const ParsedCommand& command, Console& console);
/// Status 1 when no filter runs.
Result<int> run_receiver_stopfilter(const ParsedCommand& command, Console& console);

}  // namespace hw::mupip
