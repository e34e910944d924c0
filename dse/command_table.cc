#include <algorithm>
#include <vector>

#include "dse/commands.h"
#include "dse/grammars.h"

namespace hw::dse {
namespace {

constexpr Command kCommands[] = {
    {&kAll, run_all},          {&kBufferFlush, run_buffer_flush},
    {&kCache, run_cache},      {&kChange, run_change},
    {&kDump, run_dump},        {&kEvaluate, run_evaluate, false},
    {&kExit, run_exit, false}, {&kFind, run_find},
    {&kHelp, run_help, false}, {&kPage, run_page, false},
    {&kQuit, run_exit, false}, {&kVersion, run_version, false},
};

std::vector<const Grammar*> offered() {
  std::vector<const Grammar*> grammars;
  for (const auto& row : kCommands) grammars.push_back(row.grammar);
  for (const auto& refused : refused_commands()) grammars.push_back(&refused);
  std::ranges::sort(grammars, {}, &Grammar::name);
  return grammars;
}

}  // namespace

std::span<const Command> command_table() { return kCommands; }

std::span<const Grammar* const> command_grammars() {
  static const std::vector<const Grammar*> grammars = offered();
  return grammars;
}

}  // namespace hw::dse
