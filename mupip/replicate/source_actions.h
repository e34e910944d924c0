/// mupip/replicate/source_actions.h -- the actions of `replicate -source`, one file cmd_replicate_source_<what>.cc
/// each.
///
/// Every action but -start needs the journal pool (NOJNLPOOL) and prints a JNLPOOLBADSLOT warning for each slot that it
/// found inconsistent and repaired. Which stream gets what is as GT.M V7.0-005 has it.
#pragma once

#include <cstdlib>

#include "mupip/command.h"
#include "replic/control/source_control.h"
#include "replic/link/protocol_level.h"
#include "replic/source/source_options.h"

namespace hw::mupip {

/// The secondary's name when the command line gives none; null: none.
inline const char* environment_secondary() { return std::getenv("gtm_repl_instsecondary"); }

/// The same for actions that need one: that of a dual-site instance has no name and is called SECONDARY.
inline const char* needed_secondary() {
  const auto level = protocol_level_from_environment();
  const bool dual_site = level.has_value() && *level == kLevelDualSite;
  return environment_secondary() == nullptr && dual_site ? "SECONDARY" : environment_secondary();
}

/// -start: a server in the background, on the instance of the environment. Returns when it has started, or could not:
/// with its exit status. `command_line` is for the first line of its log.
/// Errors: REPLINSTUNDEF; those of check_source_start and run_as_daemon.
Result<int> start_source_server(const SourceStartOptions& options, const std::string& command_line, Console& console);

/// SourceControl::open, and the warnings.
Result<SourceControl> open_source_control(const std::optional<InstanceName>& secondary, Console& console,
                                          ControlUse for_what = ControlUse::Change);

/// `Initiating <what> operation on source server pid [<pid>] for secondary instance [<name>]`, with the time, no
/// newline.
std::string initiating(std::string_view what, const SourceView& server);

/// Status 1 when a server asked about is not alive.
Result<int> run_source_checkhealth(const ParsedCommand& command, Console& console);
Result<int> run_source_showbacklog(const ParsedCommand& command, Console& console);
Result<int> run_source_needrestart(const ParsedCommand& command, Console& console);
/// Status 1 when the log cannot be opened.
Result<int> run_source_changelog(const ParsedCommand& command, Console& console);
/// Status 1 when it is already on, or off.
Result<int> run_source_statslog(const ParsedCommand& command, Console& console);
/// Status 1 when no filter runs.
Result<int> run_source_stopsourcefilter(const ParsedCommand& command, Console& console);
/// Status 1 when the server is already active, or passive.
Result<int> run_source_activate(const ParsedCommand& command, Console& console);
Result<int> run_source_deactivate(const ParsedCommand& command, Console& console);
/// Removes the pool when nothing else is attached. Status 1 when something is, or when a server had died.
Result<int> run_source_shutdown(const ParsedCommand& command, Console& console);
Result<int> run_source_losttncomplete(const ParsedCommand& command, Console& console);

}  // namespace hw::mupip
