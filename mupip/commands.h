/// mupip/commands.h -- the functions of all commands, one file cmd_<name>.cc a command.
#pragma once

#include "mupip/command.h"

namespace hw::mupip {

/// `help [command]`: made from the tables. Errors: CLIERR for an unknown command.
Result<int> run_help(const ParsedCommand& command, Console& console);
/// `version`: the product's name and version.
Result<int> run_version(const ParsedCommand& command, Console& console);
/// `exit` and `quit`: nothing outside the prompt.
Result<int> run_exit(const ParsedCommand& command, Console& console);

}  // namespace hw::mupip
