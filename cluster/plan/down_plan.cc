#include "cluster/plan/down_plan.h"

#include <algorithm>
#include <tuple>

#include "cluster/plan/selection.h"
#include "cluster/plan/unknown_name.h"

namespace hw::cluster {
namespace {

bool is_up(const BoardServer& server) { return server.state != BoardServerState::Down || server.wanted == Wanted::Up; }

/// A server that the configuration has no place for now: what is known of it is what the board says.
DomainServer stray(const Domain& domain, const BoardServer& server) {
  DomainServer out;
  out.kind = server.kind;
  out.name = server.name;
  out.group = server.group;
  out.node = server.node;
  out.position = server.position;
  const Group* const group = domain.group(server.group);
  const Instance* const instance = group == nullptr ? nullptr : domain.instance_at(*group, server.node);
  if (instance != nullptr) out.instance = instance->name;
  if (instance != nullptr) out.relay = instance->relay;
  return out;
}

/// All servers that there are or should be, each process once.
std::vector<PlannedStop> all_stops(const Domain& domain, const Board& board, const std::vector<Placement>& placements) {
  std::vector<PlannedStop> stops;
  const auto is_at = [](const DomainServer& server, const BoardServer& one) {
    return one.node == server.node && one.group == server.group && one.name == server.name;
  };
  const std::vector<DomainServer> servers = domain_servers(domain, placements);
  for (const DomainServer& server : servers)
    for (std::uint32_t copy = 1; copy <= std::max(server.min, 1U); ++copy) stops.push_back({server, copy, false});
  for (const BoardServer& one : board.servers) {
    if (!is_up(one)) continue;
    const auto same = std::ranges::find_if(
        stops, [&](const PlannedStop& stop) { return is_at(stop.server, one) && stop.copy == one.copy; });
    if (same != stops.end()) {
      same->is_up = true;
      continue;
    }
    const auto known = std::ranges::find_if(servers, [&](const DomainServer& server) { return is_at(server, one); });
    stops.push_back({known == servers.end() ? stray(domain, one) : *known, one.copy, true});
  }
  return stops;
}

/// Application servers and resources from the last on, then gateways, receivers, source servers; a gateway after its
/// handlers.
void put_in_order(const Domain& domain, std::vector<PlannedStop>& stops) {
  const auto place_in_file = [&](const std::string& node) {
    return std::ranges::find(domain.nodes, node, &Node::name) - domain.nodes.begin();
  };
  const auto boot_key = [](const PlannedStop& stop) {
    const ServerKind kind = stop.server.kind == ServerKind::Handler ? ServerKind::Gateway : stop.server.kind;
    return std::tuple(kind, stop.server.position, stop.server.kind, stop.copy);
  };
  std::ranges::stable_sort(stops, [&](const PlannedStop& a, const PlannedStop& b) {
    const auto node_a = place_in_file(a.server.node);
    const auto node_b = place_in_file(b.server.node);
    return node_a != node_b ? node_a < node_b : boot_key(a) > boot_key(b);
  });
}

/// -s: of those that run the last ones; when none runs, one that is down already.
std::vector<PlannedStop> counted(const std::vector<PlannedStop>& stops, const Selection& selection) {
  std::vector<PlannedStop> kept;
  const auto same = [](const PlannedStop& a, const PlannedStop& b) {
    return a.server.node == b.server.node && a.server.group == b.server.group && a.server.name == b.server.name;
  };
  for (const PlannedStop& stop : stops) {
    const auto count = count_of(selection, stop.server.name);
    const bool all_of = std::ranges::find(selection.all_of, stop.server.name) != selection.all_of.end();
    if (!count || all_of) {
      kept.push_back(stop);
      continue;
    }
    const auto is_same = [&](const PlannedStop& other) { return same(other, stop); };
    const bool any_up = std::ranges::any_of(stops, [&](const PlannedStop& one) { return is_same(one) && one.is_up; });
    const auto taken = static_cast<std::uint32_t>(std::ranges::count_if(kept, is_same));
    if (any_up ? stop.is_up && taken < *count : taken == 0) kept.push_back(stop);
  }
  return kept;
}

Status check_names(const std::vector<PlannedStop>& stops, const Selection& selection) {
  const auto check = [&](const std::string& name) -> Status {
    const auto is_it = [&](const PlannedStop& stop) {
      return stop.server.name == name && (selection.group.empty() || stop.server.group == selection.group);
    };
    if (std::ranges::any_of(stops, is_it)) return {};
    return unknown_name("server, or it has no place now", name);
  };
  for (const ServerCount& one : selection.servers) HW_TRY_VOID(check(one.name));
  for (const std::string& name : selection.all_of) HW_TRY_VOID(check(name));
  return {};
}

Status check_letters(const DownCommand& command) {
  const Selection& selection = command.selection;
  if (command.hold && selection.all_of.empty() && selection.group.empty() && !selection.applications_only)
    return make_error<MsgId::CLIERR>("-b needs -S, -g or -A");
  return {};
}

std::vector<PlannedClose> closes_of(const Domain& domain, const std::vector<Placement>& placements,
                                    const Selection& selection) {
  std::vector<PlannedClose> closes;
  if (!is_of_instances(selection, "")) return closes;
  for (const Placement& placement : placements) {
    for (const std::string& name : placement.group->instances) {
      const Instance* const instance = domain.instance(name);
      if (instance == nullptr) continue;
      DomainServer any;
      any.kind = ServerKind::Source;
      any.group = placement.group->name;
      any.node = placement.group->kind == GroupKind::Files ? placement.place : instance->node;
      any.relay = instance->relay;
      if (is_selected(selection, "", any)) closes.push_back({name, any.node, any.group, name == placement.root});
    }
  }
  return closes;
}

Result<DownPlan> plan_one_process(const Domain& domain, const Board& board, std::vector<PlannedStop> stops,
                                  std::uint32_t number) {
  const BoardServer* const server = board.server(number);
  if (server == nullptr) return unknown_name("process", fmt::format("-p {}", number));
  std::erase_if(stops, [&](const PlannedStop& stop) {
    return stop.server.node != server->node || stop.server.group != server->group || stop.server.name != server->name ||
           stop.copy != server->copy;
  });
  if (stops.empty()) stops.push_back({stray(domain, *server), server->copy, is_up(*server)});
  return DownPlan{std::move(stops), {}, {}};
}

std::vector<std::string> recoveries_of(const std::vector<Placement>& placements, const DownCommand& command) {
  std::vector<std::string> instances;
  for (const Placement& placement : placements) {
    const std::string& group = command.selection.group;
    if (!group.empty() && group != placement.group->name) continue;
    instances.insert(instances.end(), placement.group->instances.begin(), placement.group->instances.end());
    if (!command.recover_all) break;
  }
  return instances;
}

/// A root without a source server has no pool: its reign ends, as when it goes down as a whole.
void add_ended_reigns(const Board& board, const std::vector<Placement>& placements, DownPlan& plan) {
  if (!plan.closes.empty()) return;
  for (const Placement& placement : placements) {
    const auto is_its = [&](const auto& server) {
      return server.kind == ServerKind::Source && server.group == placement.group->name &&
             server.node == placement.place;
    };
    const auto stops =
        std::ranges::count_if(plan.stops, [&](const PlannedStop& stop) { return stop.is_up && is_its(stop.server); });
    const auto up =
        std::ranges::count_if(board.servers, [&](const BoardServer& one) { return is_up(one) && is_its(one); });
    if (stops != 0 && stops == up && !placement.root.empty())
      plan.closes.push_back({placement.root, placement.place, placement.group->name, true, true});
  }
}

std::string roots_text(const Board& board, const DownPlan& plan) {
  std::string text;
  for (const PlannedClose& close : plan.closes) {
    const BoardInstance* const instance = board.instance(close.instance);
    const bool is_up = instance != nullptr && instance->role == BoardRole::Root;
    if (close.is_root && is_up) text += fmt::format(" Stops root {} of {}.", close.instance, close.group);
  }
  return text;
}

/// A gateway's queue goes to its backup; without one its callers are sent away.
std::string queues_text(const Domain& domain, const DownPlan& plan) {
  std::string text;
  for (const PlannedStop& stop : plan.stops) {
    if (stop.server.kind != ServerKind::Gateway || !stop.is_up) continue;
    const std::string name = stop.server.name.substr(stop.server.name.find(':') + 1);
    const Gateway* const gateway = domain.gateway(name);
    if (gateway == nullptr || gateway->backup.empty())
      text += fmt::format(" What is queued at {} gets HWCLOSED.", name);
  }
  return text;
}

}  // namespace

std::vector<std::string> DownPlan::nodes() const {
  std::vector<std::string> nodes;
  const auto add = [&](const std::string& node) {
    if (std::ranges::find(nodes, node) == nodes.end()) nodes.push_back(node);
  };
  for (const PlannedStop& stop : stops) add(stop.server.node);
  for (const PlannedClose& close : closes) add(close.node);
  return nodes;
}

bool DownPlan::empties(const Board& board, std::string_view node) const {
  return std::ranges::none_of(board.servers, [&](const BoardServer& server) {
    if (server.node != node || !is_up(server)) return false;
    return std::ranges::none_of(stops, [&](const PlannedStop& stop) {
      return stop.server.node == node && stop.server.group == server.group && stop.server.name == server.name &&
             stop.copy == server.copy;
    });
  });
}

Result<DownPlan> plan_down(const Domain& domain, const Board& board, const std::vector<Placement>& placements,
                           const DownCommand& command) {
  const Selection& selection = command.selection;
  HW_TRY_VOID(check_selection(domain, selection, ""));
  HW_TRY_VOID(check_letters(command));
  DownPlan plan;
  if (command.recovery_only) {
    plan.recoveries = recoveries_of(placements, command);
    return plan;
  }
  std::vector<PlannedStop> stops = all_stops(domain, board, placements);
  if (command.process != 0) {
    HW_TRY(plan, plan_one_process(domain, board, std::move(stops), command.process));
    add_ended_reigns(board, placements, plan);
    return plan;
  }
  HW_TRY_VOID(check_names(stops, selection));
  std::erase_if(stops, [&](const PlannedStop& stop) {
    const bool is_extra = stop.server.backup || stop.server.min == 0;
    if (is_extra && !stop.is_up && !names_servers(selection)) return true;
    return !is_selected(selection, "", stop.server) || !is_named(selection, stop.server.name);
  });
  put_in_order(domain, stops);
  plan.stops = counted(stops, selection);
  plan.closes = closes_of(domain, placements, selection);
  add_ended_reigns(board, placements, plan);
  return plan;
}

std::string down_question(const Domain& domain, const Board& board, const DownPlan& plan, const DownCommand& command) {
  std::vector<std::string> nodes;
  std::size_t count = 0;
  for (const PlannedStop& stop : plan.stops) {
    if (!stop.is_up) continue;
    ++count;
    if (std::ranges::find(nodes, stop.server.node) == nodes.end()) nodes.push_back(stop.server.node);
  }
  const std::string roots = roots_text(board, plan);
  if (count == 0 && roots.empty()) return {};
  std::string text = command.begin_after_s == 0 ? "" : fmt::format("In {} s: ", command.begin_after_s);
  text += fmt::format("Stops {} server{} on {}.", count, count == 1 ? "" : "s", fmt::join(nodes, ", "));
  text += roots;
  if (command.at_once) text += " What they are doing is cut off.";
  text += queues_text(domain, plan);
  return text;
}

}  // namespace hw::cluster
