#include "cluster/jobs/place_servers.h"

#include <algorithm>

#include "cluster/jobs/group_edit.h"
#include "cluster/jobs/group_servers.h"
#include "cluster/jobs/job_time.h"

namespace hw::cluster {
namespace {

bool starts_again(const Domain& domain, const std::string& name) {
  const Server* const server = domain.server(name);
  return server == nullptr || server->restart;
}

/// Orders of the group's servers that are where its root is.
std::vector<ServerOrder> place_orders(const Orders& orders, const Domain& domain, const std::string& group) {
  std::vector<ServerOrder> found;
  for (const ServerOrder& order : orders.servers)
    if (order.group == group && is_at_place(domain, order.kind, order.name)) found.push_back(order);
  std::ranges::stable_sort(found, {}, [](const ServerOrder& order) { return std::pair(order.kind, order.position); });
  return found;
}

/// The same server, by its number, is at another node from now on; one that is there already goes.
void move_order(Orders& orders, const ServerOrder& server, const std::string& node) {
  const auto is_same = [&](const ServerOrder& one) {
    return one.group == server.group && one.name == server.name && one.copy == server.copy;
  };
  std::erase_if(orders.servers,
                [&](const ServerOrder& one) { return is_same(one) && one.node == node && one.id != server.id; });
  for (ServerOrder& one : orders.servers)
    if (one.id == server.id) one.node = node;
}

ServerRef ref_of(const ServerOrder& order) { return {order.kind, order.name, order.group, order.copy}; }

/// Ends it where it is. A node that is not heard does not count: the change of root has seen to it.
Status end_at_old_place(JobContext& context, const ServerOrder& server) {
  const Result<Site*> site = context.sites.at(server.node);
  return site ? halt(context, **site, ref_of(server)) : Status();
}

}  // namespace

bool is_at_place(const Domain& domain, ServerKind kind, const std::string& name) {
  if (kind == ServerKind::Resource) return true;
  if (kind != ServerKind::Application) return false;
  const Server* const server = domain.server(name);
  return server != nullptr && server->place == Place::Root;
}

bool start_place_servers(JobContext& context, const GroupLook& look, const std::string& node) {
  bool all = true;
  const auto said = [&](const Status& status) {
    if (status) return true;
    context.say.message(status.error(), node);
    return all = false;
  };
  for (const ServerOrder& server : place_orders(context.orders.read(), context.domain, look.group->name)) {
    if (server.wanted != Wanted::Up) continue;
    const bool stays_down = server.node != node && !starts_again(context.domain, server.name);
    if (server.node != node) said(end_at_old_place(context, server));
    if (!said(context.orders.change([&](Orders& orders) {
          move_order(orders, server, node);
          if (stays_down) want_server(orders, context.domain, ref_of(server), node, Wanted::Down);
        })))
      continue;
    if (stays_down) {
      context.say.message(make_error<MsgId::HWNOTRESTART>(server.name), node);
      continue;
    }
    DomainServer again;
    again.kind = server.kind;
    again.name = server.name;
    again.group = server.group;
    again.node = node;
    if (const Instance* const own = context.domain.instance_at(*look.group, node); own != nullptr)
      again.instance = own->name;
    said(bring_up(context, again, server.copy));
  }
  return all;
}

Status forget_place_servers(JobContext& context, const std::string& group) {
  return context.orders.change([&](Orders& orders) {
    for (ServerOrder& order : orders.servers)
      if (order.group == group && is_at_place(context.domain, order.kind, order.name)) {
        order.wanted = Wanted::Down;
        order.hold = false;
      }
  });
}

}  // namespace hw::cluster
