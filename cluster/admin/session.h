/// cluster/admin/session.h -- what a command works with, and how it asks an agent.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cluster/admin/agents.h"
#include "cluster/admin/command_line.h"
#include "cluster/admin/output.h"

namespace hw::cluster::hwadm {

/// Who types.
struct Person {
  std::string user;
  std::string host;
};

struct Session {
  Console& console;
  Output& out;
  Agents& agents;
  const Person& person;
  std::string program;  ///< path of this program's file
};

/// Asks for what changes something, or is printed by the agent: the question, the lines, the end. Returns the exit
/// status. Blocks: as long as the command takes.
int carry_out(const CommandLine& line, const Demand& demand, Session& session);

/// Asks for something to read. None: it was refused, or nobody answers; that has been said, and the command has ended.
std::optional<std::string> read_answer(const CommandLine& line, std::string_view verb, const std::string& arguments,
                                       Session& session);

}  // namespace hw::cluster::hwadm
