/// mupip/command.h -- what a mupip command is: a grammar and a function.
///
/// Adding a command: a Grammar in mupip/grammars_*.cc, its function in mupip/cmd_<name>.cc, and one row in
/// mupip/command_table.cc. A grammar without a row is unknown to users.
#pragma once

#include <iosfwd>
#include <span>
#include <string_view>

#include "engine/cli/qualifier.h"

namespace hw::mupip {

/// The three streams of the program; tests put their own here.
struct Console {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
};

/// Does one command. Returns the exit status, or the Error that ended it: dispatch prints that on `err`
/// and exits with its status. Information goes to `out` or `err` as GT.M has it.
using CommandFunction = Result<int> (*)(const ParsedCommand& command, Console& console);

/// `grammar` is the innermost table of the line: REPLICATE's sub-tables have rows of their own.
struct Command {
  const Grammar* grammar;
  CommandFunction run;
};

/// All commands that are built.
std::span<const Command> command_table();

/// The grammars of the built commands, REPLICATE once, and the reserved names.
std::span<const Grammar* const> command_grammars();

}  // namespace hw::mupip
