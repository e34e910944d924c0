#include <algorithm>
#include <map>
#include <vector>

#include "cluster/config/checks.h"
#include "cluster/config/feed_tree.h"
#include "engine/base/limits.h"

namespace hw::cluster {
namespace {

/// What is wrong with one instance, the same for each of the roots.
struct Fault {
  std::string key;
  std::string why;

  auto operator<=>(const Fault&) const = default;
};

class TreeCheck {
 public:
  TreeCheck(const Checking& checking, const Group& group) : checking_(checking), group_(group) {}

  void check() {
    for (const std::string& name : group_.instances)
      if (checking_.domain.instance(name)->priority > 0) check_root(name);
    for (const auto& [fault, roots] : roots_of_) {
      std::string names = roots.front();
      for (std::size_t i = 1; i < roots.size(); ++i) names += ", " + roots[i];
      checking_.add(fault.key, make_error<MsgId::HWTREE>(names, fault.why));
    }
  }

 private:
  void check_root(const std::string& root) {
    std::map<std::string, std::size_t> fed_by;
    for (const Feeding& feeding : feed_tree(checking_.domain, group_, root)) {
      const std::string key = "instance." + feeding.instance + ".upstreams";
      if (!feeding.feeder.empty())
        ++fed_by[feeding.feeder];
      else if (checking_.domain.instance(feeding.instance)->priority > 0)
        fault({key, feeding.instance + " has priority above 0 and does not name it"}, root);
      else
        fault({key, "no upstream of " + feeding.instance + " leads to it"}, root);
    }
    for (const auto& [feeder, count] : fed_by)
      if (count > kSlotsMax)
        fault({"instance." + feeder, fmt::format("{} would feed {}, at most {}", feeder, count, kSlotsMax)}, root);
  }

  void fault(Fault fault, const std::string& root) { roots_of_[std::move(fault)].push_back(root); }

  const Checking& checking_;
  const Group& group_;
  std::map<Fault, std::vector<std::string>> roots_of_;
};

/// Where a key of the group or of its instances is wrong, the tree would be wrong because of it.
bool keys_are_right(const Checking& checking, const Group& group) {
  if (group.kind != GroupKind::Role || group.instances.size() > kGroupInstancesMax) return false;
  if (checking.findings.has_error_in("group." + group.name)) return false;
  return std::ranges::none_of(group.instances, [&](const std::string& name) {
    return checking.domain.instance(name) == nullptr || checking.findings.has_error_in("instance." + name);
  });
}

}  // namespace

void check_trees(const Checking& checking) {
  for (const Group& group : checking.domain.groups)
    if (keys_are_right(checking, group)) TreeCheck(checking, group).check();
}

}  // namespace hw::cluster
