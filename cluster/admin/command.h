/// cluster/admin/command.h -- what a command of hwadm is: one row that parsing, help and dispatch read.
///
/// A command either asks something of the domain that changes it (`demand` makes the verb and its arguments; the
/// question and the answer are the same for all), or does its own work (`run`). A new one is a row in one of the
/// `*_commands.cc` files, with the function beside it.
/// Source: operations, sections 1 and 2, 4 to 8, 10 and 12.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/config/domain.h"
#include "engine/base/result.h"

namespace hw::cluster::hwadm {

class CommandLine;
struct Session;

/// What follows an option.
enum class Takes : std::uint8_t {
  Nothing,
  Name,    ///< not empty, and no option
  Text,    ///< any
  Number,  ///< whole, 0 or more
  Signed,
  Seconds,  ///< a fraction; below 0: without an end
};

struct Option {
  std::string_view name;  ///< with its dashes: `-g`, `--why`
  Takes takes = Takes::Nothing;
  std::string_view form = {};  ///< of the value, for help: `GROUP`
  std::string_view meaning = {};
  bool repeated = false;  ///< may be given several times
};

/// How long a command may take when --timeout does not say.
enum class Patience : std::uint8_t {
  TenSeconds,
  AsAgentWaits,  ///< wait_s, which the agent knows
  NoLimit,
};

/// What is asked of the domain: the request but its envelope.
struct Demand {
  std::string verb;
  std::string arguments;                           ///< a JSON object
  bool no_limit = false;                           ///< whatever the row's patience is
  std::vector<Error> warnings = {};                ///< about the command line
  std::shared_ptr<const Domain> domain = nullptr;  ///< whose agents are asked; none: that of the folder
};

/// How far -y reaches.
enum class Yes : std::uint8_t {
  Never,          ///< the command does not ask: no -y
  All,            ///< every question
  FirstOrForced,  ///< the first one; with -force all
};

struct Command {
  std::string_view name;             ///< words, as `config apply`
  std::string_view parameters = {};  ///< `[TO]`: may be missing; a last one with `…` is the rest of the line
  std::string_view summary = {};
  std::span<const Option> options = {};
  std::span<const std::string_view> aliases = {};  ///< other names
  Yes asks = Yes::Never;
  Patience patience = Patience::TenSeconds;
  bool planned = false;  ///< `plan` takes it
  /// Errors: CLIERR: the line says nothing that could be done; HWREFUSED.
  Result<Demand> (*demand)(const CommandLine& line) = nullptr;
  /// Returns the exit status, when everything has been printed.
  int (*run)(const CommandLine& line, Session& session) = nullptr;
};

/// Those that every command takes, before and after its name.
std::span<const Option> common_options();
/// -y, of commands that ask.
const Option& yes_option();

/// All commands, in the order of help.
std::span<const Command* const> command_table();

// The parts of it, a section of the page each.
std::span<const Command> boot_commands();
std::span<const Command> board_commands();
std::span<const Command> config_commands();
std::span<const Command> change_commands();
std::span<const Command> group_commands();
std::span<const Command> local_commands();

}  // namespace hw::cluster::hwadm
