#include "cluster/jobs/wanted.h"

#include <algorithm>

#include "cluster/jobs/group_edit.h"

namespace hw::cluster {
namespace {

ServerOrder* order_of(Orders& orders, const ServerRef& server, const std::string& node) {
  const auto found = std::ranges::find_if(orders.servers, [&](const ServerOrder& order) {
    return order.node == node && order.group == server.group && order.name == server.name && order.copy == server.copy;
  });
  return found == orders.servers.end() ? nullptr : &*found;
}

void want_node(Orders& orders, const std::string& node) {
  for (NodeOrder& order : orders.nodes)
    if (order.name == node) order.wanted = Wanted::Up;
}

}  // namespace

WantedBefore want_up(JobContext& context, const ServerRef& server, const std::string& node,
                     const std::string& options) {
  WantedBefore before;
  const Status changed = context.orders.change([&](Orders& orders) {
    if (const ServerOrder* const order = order_of(orders, server, node); order != nullptr) before.order = *order;
    want_server(orders, context.domain, server, node, Wanted::Up);
    want_node(orders, node);
    ServerOrder& order = *order_of(orders, server, node);
    order.hold = false;
    if (!options.empty()) order.options = options;
  });
  if (!changed) before.fault = changed.error();
  return before;
}

Status put_back(JobContext& context, const ServerRef& server, const std::string& node, const WantedBefore& before) {
  return context.orders.change([&](Orders& orders) {
    ServerOrder* const order = order_of(orders, server, node);
    if (order == nullptr) return;
    order->wanted = before.order ? before.order->wanted : Wanted::Down;
    order->options = before.order ? before.order->options : "";
  });
}

Status want_down(JobContext& context, const ServerRef& server, const std::string& node, bool hold) {
  return context.orders.change([&](Orders& orders) {
    ServerOrder* const order = order_of(orders, server, node);
    if (order == nullptr) return;
    order->wanted = Wanted::Down;
    order->options.clear();
    order->hold = order->hold || hold;
  });
}

}  // namespace hw::cluster
