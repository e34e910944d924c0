#include <array>

#include "cluster/admin/command.h"

namespace hw::cluster::hwadm {
namespace {

constexpr Option kCommon[] = {
    {"--json", Takes::Nothing, {}, "one object on stdout, nothing else"},
    {"--timeout", Takes::Seconds, "SECONDS", "of the whole command; below 0 without a limit"},
    {"--dir", Takes::Name, "DIR", "folder of the domain's agent at this machine"},
    {"--why", Takes::Text, "TEXT", "is kept in history"},
    {"-h", Takes::Nothing, {}, "show the command's options"},
    {"-V", Takes::Nothing, {}, "show the release"},
};
constexpr Option kYes{"-y", Takes::Nothing, {}, "do not ask"};

std::vector<const Command*> all_commands() {
  std::vector<const Command*> all;
  for (const auto part :
       {boot_commands(), board_commands(), config_commands(), change_commands(), group_commands(), local_commands()})
    for (const Command& command : part) all.push_back(&command);
  return all;
}

}  // namespace

std::span<const Option> common_options() { return kCommon; }
const Option& yes_option() { return kYes; }

std::span<const Command* const> command_table() {
  static const std::vector<const Command*> table = all_commands();
  return table;
}

}  // namespace hw::cluster::hwadm
