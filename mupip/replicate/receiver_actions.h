/// mupip/replicate/receiver_actions.h -- the actions of `replicate -receiver` that have files of their own,
/// cmd_replicate_receiver_<what>.cc. Which stream gets what is as GT.M V7.0-005 has it.
#pragma once

#include "mupip/command.h"

namespace hw::mupip {

/// Status 1 when a process had died.
Result<int> run_receiver_shutdown(const ParsedCommand& command, Console& console);
/// Status 1 when the log cannot be opened.
Result<int> run_receiver_changelog(const ParsedCommand& command, Console& console);
/// Status 1 when it is already on, or off.
Result<int> run_receiver_statslog(const ParsedCommand& command, Console& console);
/// Status 1 when no filter runs.
Result<int> run_receiver_stopfilter(const ParsedCommand& command, Console& console);

}  // namespace hw::mupip
