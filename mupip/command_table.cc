#include <algorithm>
#include <vector>

#include "mupip/commands.h"
#include "mupip/grammars.h"

namespace hw::mupip {
namespace {

constexpr Command kCommands[] = {
    {&kBackup, run_backup},
    {&kCreate, run_create},
    {&kExit, run_exit},
    {&kExtend, run_extend},
    {&kExtract, run_extract},
    {&kFreeze, run_freeze},
    {&kFtok, run_ftok},
    {&kHelp, run_help},
    {&kInteg, run_integ},
    {&kJournal, run_journal},
    {&kLoad, run_load},
    {&kQuit, run_exit},
    {&kReorg, run_reorg},
    {&kReplicateEditInstance, run_edit_instance},
    {&kReplicateInstanceCreate, run_instance_create},
    {&kReplicateReceiver, run_receiver},
    {&kReplicateRefresh, run_refresh},
    {&kReplicateRefreshSend, run_refresh_send},
    {&kReplicateSource, run_source},
    {&kReplicateSourceFreeze, run_source_freeze},
    {&kReplicateSourceJnlpool, run_source_jnlpool},
    {&kReplicateSourceStatus, run_source_status},
    {&kReplicateUpdateProcess, run_update_process_command},
    {&kRestore, run_restore},
    {&kRundown, run_rundown},
    {&kSet, run_set},
    {&kSize, run_size},
    {&kStop, run_stop},
    {&kVersion, run_version},
};

/// Grammars that lead to others by a qualifier and are not themselves a command.
constexpr const Grammar* kRoots[] = {&kReplicate};

bool leads_to(const Grammar& from, const Grammar* to) {
  return std::ranges::any_of(from.qualifiers, [&](const Qualifier& row) {
    return row.grammar != nullptr && row.grammar != &from && (row.grammar == to || leads_to(*row.grammar, to));
  });
}

std::vector<const Grammar*> offered() {
  std::vector<const Grammar*> grammars;
  for (const auto* root : kRoots)
    if (std::ranges::any_of(kCommands, [&](const Command& row) { return leads_to(*root, row.grammar); }))
      grammars.push_back(root);
  for (const auto& row : kCommands)
    if (std::ranges::none_of(kRoots, [&](const Grammar* root) { return leads_to(*root, row.grammar); }))
      grammars.push_back(row.grammar);
  for (const auto& reserved : reserved_commands())
    if (std::ranges::find(grammars, reserved.name, &Grammar::name) == grammars.end()) grammars.push_back(&reserved);
  std::ranges::sort(grammars, {}, &Grammar::name);
  return grammars;
}

}  // namespace

std::span<const Command> command_table() { return kCommands; }

std::span<const Grammar* const> command_grammars() {
  static const std::vector<const Grammar*> grammars = offered();
  return grammars;
}

}  // namespace hw::mupip
