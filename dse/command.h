/// dse/command.h -- what a dse command is: a grammar and a function that works on the session's region.
///
/// Adding a command: a Grammar in dse/grammars.cc, its function in dse/cmd_<name>.cc, one row in dse/command_table.cc.
#pragma once

#include <iosfwd>
#include <span>

#include "dse/session.h"
#include "engine/cli/qualifier.h"

namespace hw::dse {

/// The three streams of the program; tests put their own here. GT.M's dse writes all but its prompt to `err`.
struct Console {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
};

/// Does one command. Errors are printed by dispatch, which also makes them the exit status of a one-shot call.
using CommandFunction = Status (*)(const ParsedCommand& command, Session& session, Console& console);

struct Command {
  const Grammar* grammar;
  CommandFunction run;
  bool needs_region = true;  ///< false: the session may not be open
};

std::span<const Command> command_table();
/// The grammars of all commands, and of GT.M's that are refused.
std::span<const Grammar* const> command_grammars();

}  // namespace hw::dse
