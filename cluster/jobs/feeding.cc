#include "cluster/jobs/feeding.h"

#include <algorithm>

#include "cluster/config/feed_tree.h"
#include "cluster/jobs/group_edit.h"
#include "cluster/jobs/group_servers.h"

namespace hw::cluster {
namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

/// Whether the way from the instance up to the root leads through one of `names`, itself among them.
bool leads_through(const Placement& placement, std::string instance, const std::vector<std::string>& names) {
  for (std::size_t steps = 0; !instance.empty() && steps <= placement.feeding.size(); ++steps) {
    if (contains(names, instance)) return true;
    instance = placement.feeder_of(instance);
  }
  return false;
}

/// A source server that shall only make the pool from now on. Whatever uses the pool ends first.
Status make_passive(JobContext& context, const Member& member, const DomainServer& source) {
  const ServerRef receiver{ServerKind::Receiver, "receiver:" + member.name(), source.group, 1};
  HW_TRY_VOID(halt(context, *member.site, receiver));
  HW_TRY_VOID(halt(context, *member.site, ref_of(source)));
  HW_TRY_VOID(bring_up(context, source));
  DomainServer again = source;
  again.kind = receiver.kind;
  again.name = receiver.name;
  again.passive = false;
  return bring_up(context, again);
}

/// `other` feeds `instance` no more. `servers`: those that the group shall have.
Status end_feeding(JobContext& context, const GroupLook& look, const std::vector<DomainServer>& servers,
                   const Member& other, const std::string& instance) {
  const std::vector<BoardServer> running = running_servers(look.board, look.group->name, other.node());
  const auto source = std::ranges::find(running, "source:" + instance, &BoardServer::name);
  if (source == running.end()) return {};
  const auto its_own = [&](const DomainServer& server) {
    return server.instance == other.name() && server.kind == ServerKind::Source;
  };
  const auto kept = std::ranges::find_if(
      servers, [&](const DomainServer& server) { return its_own(server) && server.name == source->name; });
  if (kept != servers.end()) {
    // It has a passive one of that name. Was it that which fed the instance?
    const bool is_secondary = other.is_up() && other.position->role == BoardRole::Secondary;
    // A root that waits is none: with a receiver what it has alone would be taken out. It ends on its way back.
    if (!is_secondary || look.was_root(other) || look.fed_by(instance) != other.name()) return {};
    return make_passive(context, other, *kept);
  }
  // Another one keeps its pool.
  if (other.is_up() && other.position->role == BoardRole::Secondary)
    for (const DomainServer& server : servers)
      if (its_own(server)) HW_TRY_VOID(bring_up(context, server));
  return take_down(context, ref_of(*source), other.node());
}

}  // namespace

Placement placement_under(const GroupLook& look, const std::string& root) {
  Board board = look.board;
  for (BoardGroup& group : board.groups)
    if (group.name == look.group->name) group.holder = root;
  Placement placement;
  if (Result<Placement> found = place_group(*look.domain, board, *look.group); found) placement = *std::move(found);
  placement.group = look.group;
  placement.root = root;
  placement.place = look.member(root)->node();

  std::vector<std::string> away;
  for (const Member& member : look.members)
    if (member.name() != root && !member.is_up()) away.push_back(member.name());
  if (away.empty()) return placement;
  Group present = *look.group;
  std::erase_if(present.instances, [&](const std::string& name) { return contains(away, name); });
  const std::vector<Feeding> tree = feed_tree(*look.domain, present, root);
  for (Feeding& feeding : placement.feeding) {
    if (contains(away, feeding.instance)) {
      if (contains(away, feeding.feeder)) feeding.feeder.clear();
      continue;
    }
    const auto found = std::ranges::find(tree, feeding.instance, &Feeding::instance);
    if (found != tree.end()) feeding.feeder = found->feeder;
  }
  return placement;
}

std::vector<std::string> downwards(const Placement& placement, const std::vector<std::string>& late) {
  std::vector<std::string> order;
  std::vector<std::string> level = {placement.root};
  while (!level.empty() && order.size() <= placement.feeding.size()) {
    std::vector<std::string> next;
    for (const Feeding& feeding : placement.feeding)
      if (contains(level, feeding.feeder)) next.push_back(feeding.instance);
    order.insert(order.end(), next.begin(), next.end());
    level = std::move(next);
  }
  std::stable_partition(order.begin(), order.end(),
                        [&](const std::string& name) { return !leads_through(placement, name, late); });
  return order;
}

Status feed(JobContext& context, const GroupLook& look, const Placement& placement, const std::string& instance) {
  const std::string feeder = placement.feeder_of(instance);
  const std::vector<DomainServer> servers = domain_servers(*look.domain, {placement});
  for (const DomainServer& server : servers)
    if (server.name == "source:" + instance && server.instance == feeder) HW_TRY_VOID(bring_up(context, server));
  if (look.member(instance)->is_up())
    for (const DomainServer& server : servers)
      if (server.name == "receiver:" + instance) HW_TRY_VOID(bring_up(context, server));
  HW_TRY_VOID(context.orders.change([&](Orders& orders) { want_feeder(orders, instance, feeder); }));
  for (const Member& other : look.members)
    if (other.name() != feeder && other.heard()) HW_TRY_VOID(end_feeding(context, look, servers, other, instance));
  return {};
}

std::vector<DomainServer> engine_servers(const GroupLook& look, const Placement& placement,
                                         const std::string& instance) {
  std::vector<DomainServer> engine = domain_servers(*look.domain, {placement});
  std::erase_if(engine,
                [&](const DomainServer& server) { return server.instance != instance || !server.is_of_instance(); });
  return engine;
}

}  // namespace hw::cluster
