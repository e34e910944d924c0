#include "cluster/board/board_domain.h"

#include <algorithm>

namespace hw::cluster {
namespace {

/// The former order of that name, or a new one.
template <typename Row>
Row kept(const std::vector<Row>& rows, const std::string& name) {
  const auto found = std::ranges::find(rows, name, &Row::name);
  if (found != rows.end()) return *found;
  Row made;
  made.name = name;
  return made;
}

template <typename Rows>
std::uint32_t position(const Rows& rows, std::string_view name) {
  const auto found = std::ranges::find_if(rows, [&](const auto& row) { return row.name == name; });
  return found == rows.end() ? 0 : static_cast<std::uint32_t>(found - rows.begin()) + 1;
}

/// The part after `gateway:`.
std::string_view behind_colon(std::string_view name) { return name.substr(name.find(':') + 1); }

/// The node of the instance that is root when nobody ever was, or of the files.
std::string first_place(const Domain& domain, const Group& group) {
  if (group.kind == GroupKind::Files) return group.nodes.empty() ? "" : group.nodes.front();
  for (const std::string& name : group.instances)
    if (const Instance* const instance = domain.instance(name); instance != nullptr && instance->priority > 0)
      return instance->node;
  return "";
}

std::vector<NodeOrder> node_orders(const Orders& orders, const Domain& domain) {
  std::vector<NodeOrder> nodes;
  for (const Node& node : domain.nodes) {
    nodes.push_back(kept(orders.nodes, node.name));
    nodes.back().address = node.endpoint().text();
  }
  return nodes;
}

std::vector<GroupOrder> group_orders(const Orders& orders, const Domain& domain) {
  std::vector<GroupOrder> groups;
  for (const Group& group : domain.groups) {
    GroupOrder& order = groups.emplace_back(kept(orders.groups, group.name));
    order.kind = group.kind;
    if (order.place.empty()) order.place = first_place(domain, group);
  }
  return groups;
}

std::vector<InstanceOrder> instance_orders(const Orders& orders, const Domain& domain) {
  std::vector<InstanceOrder> instances;
  for (const Instance& instance : domain.instances) {
    InstanceOrder& order = instances.emplace_back(kept(orders.instances, instance.name));
    const Group* const group = domain.group_of_instance(instance.name);
    order.group = group == nullptr ? "" : group->name;
    order.node = instance.node;
    if (std::ranges::find(instance.upstreams, order.upstream) == instance.upstreams.end()) order.upstream.clear();
  }
  return instances;
}

std::uint32_t position_of(const Domain& domain, const ServerOrder& server) {
  return position_in(domain, server.kind, server.name, server.group, server.node);
}

/// A source server is named after whom it feeds.
std::uint32_t position_of_own_instance(const Domain& domain, std::string_view fed, std::string_view group,
                                       std::string_view node) {
  const Group* const own = domain.group(group);
  if (own == nullptr || (domain.instance(fed) == nullptr && fed != kNoSecondary)) return 0;
  // Files are at any of the group's nodes.
  const bool moves = own->kind == GroupKind::Files && std::ranges::find(own->nodes, node) != own->nodes.end();
  const Instance* const instance = moves ? domain.instance(own->instance) : domain.instance_at(*own, node);
  return instance == nullptr ? 0 : position(domain.instances, instance->name);
}

}  // namespace

void apply_domain(Orders& orders, const Domain& domain, const BoardGeneration& generation) {
  orders.domain = domain.domain.name;
  orders.dcs = domain.domain.dcs;
  orders.generation = generation;
  orders.nodes = node_orders(orders, domain);
  orders.groups = group_orders(orders, domain);
  orders.instances = instance_orders(orders, domain);
  for (ServerOrder& server : orders.servers) server.position = position_of(domain, server);
  std::erase_if(orders.servers, [](const ServerOrder& server) { return server.position == 0; });
  ++orders.stamp.change;
}

std::uint32_t position_in(const Domain& domain, ServerKind kind, std::string_view name, std::string_view group,
                          std::string_view node) {
  if (domain.node(node) == nullptr || domain.group(group) == nullptr) return 0;
  switch (kind) {
    case ServerKind::Source:
      return position_of_own_instance(domain, behind_colon(name), group, node);
    case ServerKind::Receiver:
      return position(domain.instances, behind_colon(name));
    case ServerKind::Gateway:
    case ServerKind::Handler:
      return position(domain.gateways, behind_colon(name));
    case ServerKind::Application:
      return position(domain.servers, name);
    case ServerKind::Resource: {
      const std::uint32_t place = position(domain.resources, name);
      return place == 0 ? 0 : static_cast<std::uint32_t>(domain.servers.size()) + place;
    }
  }
  return 0;
}

}  // namespace hw::cluster
