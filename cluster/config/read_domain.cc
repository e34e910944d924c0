#include "cluster/config/read_domain.h"

#include <algorithm>
#include <cstring>

#include "cluster/config/checks.h"
#include "cluster/config/section.h"
#include "engine/base/file.h"
#include "engine/base/limits.h"

namespace hw::cluster {
namespace {

/// Fills a Domain from the tree, section by section. What is wrong is a finding, and the rest is read all the same.
class Reader {
 public:
  Reader(const TomlTable& root, Findings& findings) : root_(root), findings_(findings) {}

  Domain read() {
    check_top();
    read_settings("domain", domain_.domain);
    read_settings("etcd", domain_.etcd);
    read_settings("lease", domain_.lease);
    read_settings("agent", domain_.agent);
    read_settings("security", domain_.security);
    Node node;
    node.agent = domain_.agent;
    read_objects("node", node, domain_.nodes, refuse_name);
    read_objects("instance", Instance{}, domain_.instances, refuse_instance_name);
    read_objects("group", Group{}, domain_.groups, refuse_name);
    read_objects("gateway", Gateway{}, domain_.gateways, refuse_name);
    read_objects("server", Server{}, domain_.servers, refuse_name);
    read_objects("resource", Resource{}, domain_.resources, refuse_name);
    return std::move(domain_);
  }

 private:
  void check_top() {
    static const std::vector<std::string> kKnown = {"format", "domain",   "etcd",  "lease",   "agent",  "security",
                                                    "node",   "instance", "group", "gateway", "server", "resource"};
    for (const TomlEntry& entry : root_.entries)
      if (std::ranges::find(kKnown, entry.key) == kKnown.end()) add_unknown_key(entry.key, entry, kKnown, findings_);
    if (const TomlEntry* const format = root_.find("format"); format != nullptr)
      if (const auto number = take_number(format->value, "format", kFormat, kFormat); !number.has_value())
        findings_.add("format", format->at, number.error());
  }

  /// The table of that name; an empty one when it is missing. Null when it is something else, which is a finding.
  const TomlTable* table(const TomlTable& around, const std::string& name, const std::string& full) {
    static const TomlTable kEmpty;
    const TomlEntry* const entry = around.find(name);
    if (entry == nullptr) return &kEmpty;
    const auto* found = entry->value.as<TomlTable>();
    if (found == nullptr) findings_.add_bad(full, entry->at, "a table is wanted");
    return found;
  }

  template <typename Keys>
  void read_settings(const std::string& name, Keys& keys) {
    if (const TomlTable* const found = table(root_, name, name)) read_object(keys, *found, name, findings_);
  }

  template <typename Object>
  void read_objects(const std::string& kind, const Object& model, std::vector<Object>& objects, TextRule rule) {
    const TomlTable* const all = table(root_, kind, kind);
    if (all == nullptr) return;
    for (const TomlEntry& entry : all->entries) {
      const std::string full = kind + "." + entry.key;
      if (objects.size() == kDomainObjectsMax) {
        findings_.add_bad(full, entry.at, fmt::format("more than {}", kDomainObjectsMax));
        return;
      }
      if (const std::string why = rule(entry.key); !why.empty()) findings_.add_bad(full, entry.at, why);
      const TomlTable* const found = table(*all, entry.key, full);
      if (found == nullptr) continue;
      objects.push_back(model);
      objects.back().name = entry.key;
      read_object(objects.back(), *found, full, findings_);
    }
  }

  static constexpr std::int64_t kFormat = 1;

  const TomlTable& root_;
  Findings& findings_;
  Domain domain_;
};

/// Defaults that are made of other keys.
void fill_in(Domain& domain, const std::string& home) {
  for (Node& node : domain.nodes) {
    if (node.home.empty()) node.home = home;
    if (node.dir.empty()) node.dir = "/var/lib/headwater/" + node.name;
  }
  if (domain.domain.master.empty() && !domain.nodes.empty()) domain.domain.master = {domain.nodes.front().name};
  for (Group& group : domain.groups) {
    if (group.kind == GroupKind::Role) {
      group.instance.clear();
      group.nodes.clear();
      for (const std::string& name : group.instances)
        if (const Instance* const instance = domain.instance(name)) group.nodes.push_back(instance->node);
      continue;
    }
    group.instances.clear();
    if (!group.instance.empty()) group.instances = {group.instance};
    for (Instance& instance : domain.instances)
      if (instance.name == group.instance && instance.node.empty() && !group.nodes.empty())
        instance.node = group.nodes.front();
  }
}

}  // namespace

CheckedDomain read_domain(std::string_view text, const std::string& home) {
  CheckedDomain out;
  out.text = text;
  auto root = parse_toml(text, out.findings);
  if (!root.has_value()) return out;
  out.written = std::move(*root);
  Domain domain = Reader(out.written, out.findings).read();
  fill_in(domain, home);
  const KeyPlaces places(out.written);
  const Checking checking{domain, places, out.findings};
  check_needed(checking);
  check_references(checking);
  check_groups(checking);
  check_ports(checking);
  check_numbers(checking);
  check_security(checking);
  check_trees(checking);
  warn_of_keys(checking);
  out.findings.sort();
  if (out.findings.passed()) out.domain = std::move(domain);
  return out;
}

CheckedDomain read_domain_file(const std::string& path, const std::string& home) {
  auto text = read_file(path, kDomainTextBytesMax);
  if (text.has_value()) return read_domain(*text, home);
  CheckedDomain out;
  const int reason = text.error().os_errno;
  out.findings.add_bad("file", {}, reason != 0 ? std::strerror(reason) : text.error().lines());
  return out;
}

}  // namespace hw::cluster
