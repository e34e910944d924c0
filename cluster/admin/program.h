/// cluster/admin/program.h -- hwadm: from the words of a command line to an exit status; and its prompt.
///
/// Starts: an operator, a script, monitoring. Reads: the socket or the key of a domain's folder; with the prompt,
/// commands. Writes: stdout and stderr alone; `install links` its links. Ends: with the command, at quit or the end of
/// the input. Not a crash: an agent that goes away (exit 4, or 6).
/// Source: operations, section 1.
#pragma once

#include <span>
#include <string>

#include "cluster/admin/agents.h"
#include "cluster/admin/console.h"
#include "cluster/admin/session.h"

namespace hw::cluster::hwadm {

/// What the program is given besides its words.
struct Surroundings {
  Console& console;
  Agents& agents;
  const Person& person;
  std::string program;  ///< path of its file
  /// --dir of the line that comes next; empty: none.
  std::function<void(const std::string&)> set_folder;
};

/// `name`: as the program was called, without a folder. Returns the exit status.
int run_program(const std::string& name, std::span<const std::string> words, Surroundings& surroundings);

}  // namespace hw::cluster::hwadm
