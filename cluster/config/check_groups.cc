#include <algorithm>
#include <map>

#include "cluster/config/checks.h"
#include "engine/base/limits.h"

namespace hw::cluster {
namespace {

/// The key of a group that names its instances.
std::string instances_key(const Group& group) {
  return "group." + group.name + (group.kind == GroupKind::Role ? ".instances" : ".instance");
}

void check_membership(const Checking& checking) {
  std::map<std::string_view, const Group*> group_of;
  for (const Group& group : checking.domain.groups) {
    const std::string key = instances_key(group);
    if (group.instances.size() > kGroupInstancesMax)
      checking.add_bad(key, fmt::format("{} instances, at most {}", group.instances.size(), kGroupInstancesMax));
    for (const std::string& name : group.instances) {
      const auto [found, is_new] = group_of.emplace(name, &group);
      if (is_new || found->second == &group) continue;
      checking.add_bad(key, fmt::format("{} is in group {} already", shown(name), shown(found->second->name)));
    }
  }
  // When a group could not be read, those that it names would all be accused.
  if (checking.findings.has_error_in("group")) return;
  for (const Instance& instance : checking.domain.instances)
    if (!group_of.contains(instance.name)) checking.add_bad("instance." + instance.name, "in no group");
}

void check_nodes(const Checking& checking, const Group& group) {
  std::map<std::string_view, std::string_view> instance_at;
  bool may_be_root = false;
  for (const std::string& name : group.instances) {
    const Instance* const instance = checking.domain.instance(name);
    if (instance == nullptr) return;  // Another check has said so.
    may_be_root |= instance->priority > 0;
    if (instance->node.empty()) continue;
    const auto [found, is_new] = instance_at.emplace(instance->node, name);
    if (!is_new && found->second != name)
      checking.add_bad("instance." + name + ".node", fmt::format("{} has {} of group {} already", shown(instance->node),
                                                                 shown(found->second), shown(group.name)));
    if (group.kind == GroupKind::Files && !group.nodes.empty() && instance->node != group.nodes.front())
      checking.add_bad("instance." + name + ".node",
                       fmt::format("{} is not {}, the first of group {}", shown(instance->node),
                                   shown(group.nodes.front()), shown(group.name)));
  }
  if (group.kind == GroupKind::Role && !may_be_root && !group.instances.empty())
    checking.add_bad(instances_key(group), "none of them has priority above 0");
}

/// What is shown by its name alone: node, group and name together are unique.
void check_server_names(const Checking& checking) {
  for (const Resource& resource : checking.domain.resources) {
    const Server* const server = checking.domain.server(resource.name);
    if (server != nullptr && server->group == resource.group)
      checking.add_bad("resource." + resource.name,
                       fmt::format("group {} has a server of that name", shown(resource.group)));
  }
}

}  // namespace

void check_groups(const Checking& checking) {
  check_membership(checking);
  for (const Group& group : checking.domain.groups) check_nodes(checking, group);
  check_server_names(checking);
}

}  // namespace hw::cluster
