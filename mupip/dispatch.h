/// mupip/dispatch.h -- from a command line to an exit status.
#pragma once

#include <string_view>

#include "mupip/command.h"

namespace hw::mupip {

/// Runs one command line; an empty one does nothing. Errors are printed on console.err.
///
/// Returns: the exit status. Blocks: as long as the command.
int run_line(std::string_view line, Console& console);

/// Reads command lines from console.in after the prompt `MUPIP> ` until exit, quit or the end of the input.
///
/// Returns: 0, as GT.M: the statuses of the commands are not kept; that of the message when the input cannot be read.
int run_prompt(Console& console);

/// The whole program: arguments after the program's name, or the prompt when there are none.
int run_program(int argc, const char* const* argv, Console& console);

}  // namespace hw::mupip
