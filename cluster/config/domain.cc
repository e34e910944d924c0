#include "cluster/config/domain.h"

#include <fmt/format.h>

#include <algorithm>

namespace hw::cluster {
namespace {

template <typename Object>
const Object* named(const std::vector<Object>& objects, std::string_view name) {
  const auto found = std::ranges::find(objects, name, &Object::name);
  return found == objects.end() ? nullptr : &*found;
}

}  // namespace

std::string Endpoint::text() const {
  return host.find(':') == host.npos ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

const Node* Domain::node(std::string_view name) const { return named(nodes, name); }
const Instance* Domain::instance(std::string_view name) const { return named(instances, name); }
const Group* Domain::group(std::string_view name) const { return named(groups, name); }
const Gateway* Domain::gateway(std::string_view name) const { return named(gateways, name); }
const Server* Domain::server(std::string_view name) const { return named(servers, name); }
const Resource* Domain::resource(std::string_view name) const { return named(resources, name); }

const Group* Domain::group_of_instance(std::string_view instance) const {
  const auto has_it = [&](const Group& group) {
    return std::ranges::find(group.instances, instance) != group.instances.end();
  };
  const auto found = std::ranges::find_if(groups, has_it);
  return found == groups.end() ? nullptr : &*found;
}

const Group* Domain::group_of_gateway(std::string_view gateway_name) const {
  const Gateway* const found = gateway(gateway_name);
  return found == nullptr ? nullptr : group_of_instance(found->instance);
}

const Instance* Domain::instance_at(const Group& group, std::string_view node) const {
  for (const std::string& name : group.instances)
    if (const Instance* const found = instance(name); found != nullptr && found->node == node) return found;
  return nullptr;
}

}  // namespace hw::cluster
