#include "cluster/plan/boot_plan.h"

#include <algorithm>

#include "cluster/plan/group_state.h"
#include "cluster/plan/selection.h"
#include "cluster/plan/unknown_name.h"

namespace hw::cluster {
namespace {

bool is_cleaned(const Board& board, std::string_view node) {
  const BoardNode* const found = board.node(node);
  return found != nullptr && found->state == NodeState::Cleaned;
}

/// The servers that a command is about, and how many of each.
class BootChoice {
 public:
  BootChoice(const Board& board, const BootCommand& command) : board_(board), command_(command) {}

  void choose(const std::vector<DomainServer>& servers) {
    for (const DomainServer& server : servers) {
      if (!takes_part(server)) continue;
      ++selected_;
      if (plan_.ends_by) continue;
      if (const auto more = more_of(server); more.has_value()) {
        add_more(server, *more);
      } else {
        add_up_to_min(server);
      }
    }
    const std::string& group = command_.selection.group;
    if (!group.empty() && command_.go_on_at_max && at_max_ != 0 && plan_.starts.empty())
      plan_.notes.push_back(make_error<MsgId::HWGRPMAX>(group).as(Severity::Info));
  }

  std::size_t selected() const { return selected_; }
  BootPlan take() { return std::move(plan_); }

 private:
  const Selection& selection() const { return command_.selection; }

  bool takes_part(const DomainServer& server) const {
    if (!is_selected(selection(), command_.engine_kind, server) || !is_named(selection(), server.name)) return false;
    if (is_cleaned(board_, server.node) || (server.backup && !command_.with_backup)) return false;
    return !command_.one_more_handler || server.kind == ServerKind::Handler;
  }

  /// So many beside those that run; none: up to its min.
  std::optional<std::uint32_t> more_of(const DomainServer& server) const {
    if (command_.one_more_handler) return 1;
    return count_of(selection(), server.name);
  }

  /// Those that run count; the rest are the lowest free ones.
  void add_up_to_min(const DomainServer& server) {
    const std::vector<std::uint32_t> up = copies_up(board_, server);
    std::vector<std::uint32_t> copies(up.begin(), up.begin() + std::min<std::ptrdiff_t>(std::ssize(up), server.min));
    for (std::uint32_t copy = 1; copies.size() < server.min; ++copy)
      if (std::ranges::find(up, copy) == up.end()) copies.push_back(copy);
    std::ranges::sort(copies);
    for (const std::uint32_t copy : copies)
      plan_.starts.push_back({server, copy, std::ranges::find(up, copy) != up.end()});
  }

  /// The lowest free copies; what does not fit is said.
  void add_more(const DomainServer& server, std::uint32_t count) {
    const std::vector<std::uint32_t> up = copies_up(board_, server);
    for (std::uint32_t copy = 1; copy <= server.max && count > 0; ++copy) {
      if (std::ranges::find(up, copy) != up.end()) continue;
      plan_.starts.push_back({server, copy, false});
      --count;
    }
    if (count == 0) return;
    ++at_max_;
    Error at_max = make_error<MsgId::HWSVRMAX>(server.name, server.max);
    if (selection().group.empty() || command_.go_on_at_max) {
      plan_.notes.push_back(std::move(at_max.as(Severity::Info)));
    } else {
      plan_.ends_by = std::move(at_max);
    }
  }

  const Board& board_;
  const BootCommand& command_;
  BootPlan plan_;
  std::size_t selected_ = 0;
  std::size_t at_max_ = 0;
};

Status check_name(const std::vector<DomainServer>& servers, const BootCommand& command, const std::string& name) {
  const auto found = std::ranges::find(servers, name, &DomainServer::name);
  if (found == servers.end()) return unknown_name("server, or it has no place now", name);
  const std::string& group = command.selection.group;
  const auto is_of_group = [&](const DomainServer& server) { return server.name == name && server.group == group; };
  if (!group.empty() && std::ranges::none_of(servers, is_of_group)) return unknown_name("server of " + group, name);
  if (found->backup && !command.with_backup)
    return make_error<MsgId::HWREFUSED>("boot of " + name, "it is a backup server, which needs -b");
  return {};
}

Status check_names(const std::vector<DomainServer>& servers, const BootCommand& command) {
  for (const ServerCount& one : command.selection.servers) HW_TRY_VOID(check_name(servers, command, one.name));
  for (const std::string& name : command.selection.all_of) HW_TRY_VOID(check_name(servers, command, name));
  return {};
}

Error refusal_of(const GroupReaction& reaction, const Placement& placement, bool cleaned) {
  const std::string& group = placement.group->name;
  if (reaction.refused.front() != MsgId::HWNOTCLEAN) return make_error<MsgId::HWMOVING>(group);
  Error not_clean = make_error<MsgId::HWNOTCLEAN>(placement.place);
  if (cleaned) not_clean.text += fmt::format(" is done: now migg {}, or failover", group);
  return not_clean;
}

/// The column `boot -g` of the groups' table.
Status check_groups(const Board& board, const std::vector<Placement>& placements, const BootCommand& command,
                    const BootPlan& plan) {
  for (const Placement& placement : placements) {
    const BoardGroup* const group = board.group(placement.group->name);
    const auto at_place = [&](const PlannedStart& start) {
      return start.server.group == placement.group->name && start.server.node == placement.place;
    };
    const bool is_meant = command.selection.group == placement.group->name;
    if (group == nullptr || (!is_meant && std::ranges::none_of(plan.starts, at_place))) continue;
    const bool cleaned = is_cleaned(board, placement.place);
    const GroupReaction reaction = react(group->state, GroupEvent::Boot, cleaned);
    if (reaction.is_refused()) return refusal_of(reaction, placement, cleaned);
  }
  return {};
}

/// `Groups of n1 run on n2`: those that have a place there. One that is lost, and has not moved, runs nowhere.
Error elsewhere(const Board& board, const std::vector<Placement>& placements, const std::string& node) {
  std::vector<std::string> places;
  for (const Placement& placement : placements) {
    const std::vector<std::string>& nodes = placement.group->nodes;
    if (std::ranges::find(nodes, node) == nodes.end() || is_cleaned(board, placement.place)) continue;
    if (std::ranges::find(places, placement.place) == places.end()) places.push_back(placement.place);
  }
  return make_error<MsgId::HWELSEWHERE>(node, places.empty() ? "no node" : fmt::format("{}", fmt::join(places, ", ")));
}

std::vector<PlannedRecovery> recoveries_of(const Domain& domain, const Board& board,
                                           const std::vector<Placement>& placements, const BootCommand& command) {
  std::vector<PlannedRecovery> recoveries;
  for (const Placement& placement : placements) {
    const std::string& group = placement.group->name;
    if (!command.selection.group.empty() && command.selection.group != group) continue;
    for (const std::string& name : placement.group->instances) {
      const Instance* const instance = domain.instance(name);
      if (instance == nullptr) continue;
      const std::string& node = placement.group->kind == GroupKind::Files ? placement.place : instance->node;
      const std::vector<std::string>& nodes = command.selection.nodes;
      if (is_cleaned(board, node) || (!nodes.empty() && std::ranges::find(nodes, node) == nodes.end())) continue;
      recoveries.push_back({name, node, group, command.recover_all && name != placement.root});
    }
    if (!command.recover_all) break;
  }
  return recoveries;
}

}  // namespace

std::vector<std::string> BootPlan::nodes() const {
  std::vector<std::string> nodes;
  const auto add = [&](const std::string& node) {
    if (std::ranges::find(nodes, node) == nodes.end()) nodes.push_back(node);
  };
  for (const PlannedStart& start : starts) add(start.server.node);
  for (const PlannedRecovery& recovery : recoveries) add(recovery.node);
  return nodes;
}

Result<BootPlan> plan_boot(const Domain& domain, const Board& board, const std::vector<Placement>& placements,
                           const BootCommand& command) {
  HW_TRY_VOID(check_selection(domain, command.selection, command.engine_kind));
  BootPlan plan;
  if (command.recovery_only) {
    plan.recoveries = recoveries_of(domain, board, placements, command);
    return plan;
  }
  const std::vector<DomainServer> servers = domain_servers(domain, placements);
  HW_TRY_VOID(check_names(servers, command));
  BootChoice choice(board, command);
  choice.choose(servers);
  plan = choice.take();
  HW_TRY_VOID(check_groups(board, placements, command, plan));
  plan.elsewhere = choice.selected() == 0 && !command.selection.nodes.empty();
  if (plan.elsewhere)
    for (const std::string& node : command.selection.nodes) plan.notes.push_back(elsewhere(board, placements, node));
  return plan;
}

}  // namespace hw::cluster
