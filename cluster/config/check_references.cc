#include <algorithm>
#include <map>
#include <set>

#include "cluster/config/checks.h"

namespace hw::cluster {
namespace {

/// The names of all objects of one kind, and its word.
struct Kind {
  std::string_view word;
  std::vector<std::string> names;

  bool has(const std::string& name) const { return std::ranges::find(names, name) != names.end(); }
};

template <typename Object>
Kind kind_of(std::string_view word, const std::vector<Object>& objects) {
  Kind out{word, {}};
  for (const Object& object : objects) out.names.push_back(object.name);
  return out;
}

class References {
 public:
  explicit References(const Checking& checking)
      : checking_(checking),
        domain_(checking.domain),
        nodes_(kind_of("node", domain_.nodes)),
        instances_(kind_of("instance", domain_.instances)),
        groups_(kind_of("group", domain_.groups)),
        gateways_(kind_of("gateway", domain_.gateways)) {
    for (const Group& group : domain_.groups)
      for (const std::string& name : group.instances) group_of_.emplace(name, &group);
  }

  void check() {
    names("domain.master", domain_.domain.master, nodes_);
    for (const Instance& instance : domain_.instances) check_instance(instance, "instance." + instance.name);
    for (const Group& group : domain_.groups) check_group(group, "group." + group.name);
    for (const Gateway& gateway : domain_.gateways) check_gateway(gateway, "gateway." + gateway.name);
    for (const Server& server : domain_.servers) name("server." + server.name + ".group", server.group, groups_);
    for (const Resource& resource : domain_.resources)
      name("resource." + resource.name + ".group", resource.group, groups_);
  }

 private:
  void check_instance(const Instance& instance, const std::string& prefix) {
    const std::string key = prefix + ".upstreams";
    name(prefix + ".node", instance.node, nodes_);
    names(key, instance.upstreams, instances_);
    const Group* const group = group_of(instance.name);
    for (const std::string& upstream : instance.upstreams) {
      const Group* const other = group_of(upstream);
      check_other(key, instance.name, upstream, group, other);
    }
  }

  void check_group(const Group& group, const std::string& prefix) {
    if (group.kind == GroupKind::Role) {
      names(prefix + ".instances", group.instances, instances_);
      return;
    }
    name(prefix + ".instance", group.instance, instances_);
    names(prefix + ".nodes", group.nodes, nodes_);
  }

  void check_gateway(const Gateway& gateway, const std::string& prefix) {
    name(prefix + ".instance", gateway.instance, instances_);
    const Group* const group = group_of(gateway.instance);
    const auto others = [&](const std::string& key, const std::vector<std::string>& list) {
      names(key, list, gateways_);
      for (const std::string& other : list) check_other(key, gateway.name, other, group, group_of_gateway(other));
    };
    others(prefix + ".backup", gateway.backup);
    others(prefix + ".balance", gateway.balance);
  }

  const Group* group_of(std::string_view instance) const {
    const auto found = group_of_.find(instance);
    return found == group_of_.end() ? nullptr : found->second;
  }

  const Group* group_of_gateway(std::string_view name) const {
    const Gateway* const found = domain_.gateway(name);
    return found == nullptr ? nullptr : group_of(found->instance);
  }

  /// What an object names among its own kind: not itself, and of its own group. Objects in no group are
  /// left to other checks.
  void check_other(const std::string& key, const std::string& own, const std::string& other, const Group* group,
                   const Group* other_group) {
    if (own == other)
      checking_.add_bad(key, fmt::format("{} names itself", shown(own)));
    else if (group != nullptr && other_group != nullptr && group != other_group)
      checking_.add_bad(
          key, fmt::format("{} is of group {}, not {}", shown(other), shown(other_group->name), shown(group->name)));
  }

  void names(const std::string& key, const std::vector<std::string>& list, const Kind& kind) {
    std::set<std::string_view> seen;
    for (const std::string& each : list) {
      name(key, each, kind);
      if (!seen.insert(each).second) checking_.add_bad(key, fmt::format("{} is named twice", shown(each)));
    }
  }

  void name(const std::string& key, const std::string& named, const Kind& kind) {
    if (!checking_.places.wrote(key) || kind.has(named)) return;
    if (named.empty() && checking_.findings.has_error_in(key)) return;  // Its value was refused.
    checking_.add_bad(key, fmt::format("no {} {}{}", kind.word, named.empty() ? "\"\"" : shown(named),
                                       nearest_text(named, kind.names, checking_.findings)));
  }

  const Checking& checking_;
  const Domain& domain_;
  Kind nodes_, instances_, groups_, gateways_;
  std::map<std::string_view, const Group*> group_of_;  ///< of each instance the first; look-ups by name take too long
};

}  // namespace

void check_references(const Checking& checking) { References(checking).check(); }

void check_needed(const Checking& checking) {
  const Domain& domain = checking.domain;
  const auto need = [&](const std::string& key) {
    if (!checking.places.wrote(key)) checking.add_bad(key, "missing");
  };
  const auto need_some = [&](const std::string& key, const std::vector<std::string>& names) {
    need(key);
    if (names.empty() && checking.places.wrote(key) && !checking.findings.has_error_in(key))
      checking.add_bad(key, "names none");
  };
  if (domain.nodes.empty() && !checking.findings.has_error_in("node")) checking.add_bad("node", "missing");
  if (domain.domain.dcs == Dcs::Etcd) need_some("etcd.endpoints", domain.etcd.endpoints);
  std::set<std::string_view> of_files;
  for (const Group& group : domain.groups) {
    const std::string prefix = "group." + group.name;
    if (group.kind == GroupKind::Role) {
      need_some(prefix + ".instances", group.instances);
      continue;
    }
    of_files.insert(group.instance);
    need(prefix + ".instance");
    need_some(prefix + ".nodes", group.nodes);
    need(prefix + ".move");
  }
  for (const Instance& instance : domain.instances) {
    if (of_files.contains(instance.name)) continue;  // Nothing receives, and the group names its nodes.
    need("instance." + instance.name + ".node");
    need("instance." + instance.name + ".listen");
  }
}

}  // namespace hw::cluster
