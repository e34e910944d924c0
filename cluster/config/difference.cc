#include "cluster/config/difference.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <type_traits>

#include "cluster/config/checks.h"
#include "cluster/config/key_tables.h"

namespace hw::cluster {
namespace {

using Names = std::vector<std::string>;

void add_name(Names& names, const std::string& name) {
  if (!name.empty() && std::ranges::find(names, name) == names.end()) names.push_back(name);
}

void add_group(const Domain& domain, const Group* group, ObjectChange& change) {
  if (group == nullptr) return;
  add_name(change.groups, group->name);
  for (const Node& node : domain.nodes)
    if (std::ranges::find(group->nodes, node.name) != group->nodes.end()) add_name(change.nodes, node.name);
}

// Where an object of one of the two domains acts.

void add_reach(const Domain& domain, const Node& node, ObjectChange& change) {
  add_name(change.nodes, node.name);
  for (const Group& group : domain.groups)
    if (std::ranges::find(group.nodes, node.name) != group.nodes.end()) add_name(change.groups, group.name);
}

void add_reach(const Domain& domain, const Instance& instance, ObjectChange& change) {
  const Group* const group = domain.group_of_instance(instance.name);
  if (group == nullptr || group->kind == GroupKind::Files) return add_group(domain, group, change);
  add_name(change.groups, group->name);
  add_name(change.nodes, instance.node);
}

void add_reach(const Domain& domain, const Group& group, ObjectChange& change) { add_group(domain, &group, change); }

void add_reach(const Domain& domain, const Gateway& gateway, ObjectChange& change) {
  if (const Instance* const instance = domain.instance(gateway.instance)) add_reach(domain, *instance, change);
}

void add_reach(const Domain& domain, const Server& server, ObjectChange& change) {
  add_group(domain, domain.group(server.group), change);
}

void add_reach(const Domain& domain, const Resource& resource, ObjectChange& change) {
  add_group(domain, domain.group(resource.group), change);
}

/// A section without a name acts everywhere.
template <typename Keys>
void add_reach(const Domain& domain, const Keys&, ObjectChange& change) {
  for (const Node& node : domain.nodes) add_name(change.nodes, node.name);
  for (const Group& group : domain.groups) add_name(change.groups, group.name);
}

/// What the names of a list are names of.
ObjectKind named_kind(std::string_view key) {
  if (key == "master" || key == "nodes") return ObjectKind::Node;
  return key == "instances" || key == "upstreams" ? ObjectKind::Instance : ObjectKind::Gateway;
}

/// Keys that fill_in makes out of others are compared where they come from.
template <typename Object>
bool is_compared(const Object& before, const Object& after, std::string_view key) {
  if constexpr (std::is_same_v<Object, Group>)
    return is_key_of_kind(before.kind, key) || is_key_of_kind(after.kind, key);
  return true;
}

class Comparison {
 public:
  Comparison(const Domain& before, const Domain& after) : before_(before), after_(after) {}

  Difference run() {
    settings(ObjectKind::Domain, before_.domain, after_.domain);
    settings(ObjectKind::Etcd, before_.etcd, after_.etcd);
    settings(ObjectKind::Lease, before_.lease, after_.lease);
    settings(ObjectKind::Security, before_.security, after_.security);
    objects(ObjectKind::Node, before_.nodes, after_.nodes);
    objects(ObjectKind::Instance, before_.instances, after_.instances);
    objects(ObjectKind::Group, before_.groups, after_.groups);
    objects(ObjectKind::Gateway, before_.gateways, after_.gateways);
    objects(ObjectKind::Server, before_.servers, after_.servers);
    objects(ObjectKind::Resource, before_.resources, after_.resources);
    mark_additions();
    return std::move(out_);
  }

 private:
  /// A changed key, and the names that its list has got when that may be an addition.
  struct Grown {
    std::size_t object;
    std::size_t key;
    ObjectKind kind;
    Names names;
  };

  template <typename Object>
  void changed_keys(const Object& before, const Object& after, ObjectChange& change) {
    for (const Key<Object>& key : keys_of<Object>()) {
      const std::string was = key.text(before), is = key.text(after);
      if (was == is || !is_compared(before, after, key.name)) continue;
      if (key.added)
        if (auto names = key.added(before, after); names.has_value())
          grown_.push_back({out_.objects.size(), change.keys.size(), named_kind(key.name), std::move(*names)});
      change.keys.push_back({fmt::format("{}.{}", change.full_name(), key.name), was, is});
    }
    if constexpr (std::is_same_v<Object, Node>) changed_keys(before.agent, after.agent, change);
  }

  template <typename Object>
  void both(ObjectKind kind, const std::string& name, const Object& before, const Object& after) {
    ObjectChange change{kind, name, DifferenceKind::Changed, {}, {}, {}};
    changed_keys(before, after, change);
    if (change.keys.empty()) return;
    add_reach(before_, before, change);
    add_reach(after_, after, change);
    out_.objects.push_back(std::move(change));
  }

  template <typename Keys>
  void settings(ObjectKind kind, const Keys& before, const Keys& after) {
    both(kind, "", before, after);
  }

  template <typename Object>
  void one(ObjectKind kind, DifferenceKind how, const Domain& domain, const Object& object) {
    ObjectChange change{kind, object.name, how, {}, {}, {}};
    add_reach(domain, object, change);
    out_.objects.push_back(std::move(change));
  }

  template <typename Object>
  void objects(ObjectKind kind, const std::vector<Object>& before, const std::vector<Object>& after) {
    for (const Object& object : before)
      if (std::ranges::find(after, object.name, &Object::name) == after.end())
        one(kind, DifferenceKind::Removed, before_, object);
    for (const Object& object : after) {
      const auto former = std::ranges::find(before, object.name, &Object::name);
      if (former == before.end())
        one(kind, DifferenceKind::Added, after_, object);
      else
        both(kind, object.name, *former, object);
    }
  }

  /// A list has grown by an addition when all that it has got is new itself: an old object named at one more place is a
  /// change of that place.
  void mark_additions() {
    for (const Grown& grown : grown_) {
      const Names added = out_.added(grown.kind);
      const auto is_new = [&](const std::string& name) { return std::ranges::find(added, name) != added.end(); };
      out_.objects[grown.object].keys[grown.key].addition = std::ranges::all_of(grown.names, is_new);
    }
  }

  const Domain& before_;
  const Domain& after_;
  Difference out_;
  std::vector<Grown> grown_;
};

}  // namespace

std::string_view section_name(ObjectKind kind) {
  static constexpr std::array<std::string_view, 10> kNames = {"domain",   "etcd",  "lease",   "security", "node",
                                                              "instance", "group", "gateway", "server",   "resource"};
  return kNames.at(static_cast<std::size_t>(kind));
}

std::string ObjectChange::full_name() const {
  return name.empty() ? std::string(section_name(kind)) : fmt::format("{}.{}", section_name(kind), name);
}

bool ObjectChange::is_addition() const {
  return change == DifferenceKind::Added ||
         (change == DifferenceKind::Changed && std::ranges::all_of(keys, &KeyChange::addition));
}

std::string ObjectChange::first_key() const {
  const auto other = std::ranges::find(keys, false, &KeyChange::addition);
  if (other != keys.end()) return other->key;
  return keys.empty() ? full_name() : keys.front().key;
}

const ObjectChange* Difference::first_other() const {
  const auto found = std::ranges::find(objects, false, &ObjectChange::is_addition);
  return found == objects.end() ? nullptr : &*found;
}

bool Difference::only_additions() const { return first_other() == nullptr; }

std::vector<std::string> Difference::added(ObjectKind kind) const {
  std::vector<std::string> out;
  for (const ObjectChange& each : objects)
    if (each.kind == kind && each.change == DifferenceKind::Added) out.push_back(each.name);
  return out;
}

Difference compare_domains(const Domain& before, const Domain& after) { return Comparison(before, after).run(); }

}  // namespace hw::cluster
