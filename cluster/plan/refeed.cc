#include "cluster/plan/refeed.h"

#include <fmt/format.h>

#include <algorithm>

#include "cluster/config/feed_tree.h"
#include "engine/base/limits.h"

namespace hw::cluster {
namespace {

/// The group as it is while some are away.
Group without_absent(const Group& group, const std::string& root,
                     const std::function<bool(const std::string&)>& takes_part) {
  Group present = group;
  std::erase_if(present.instances, [&](const std::string& name) { return name != root && !takes_part(name); });
  return present;
}

}  // namespace

std::vector<Refeed> refeed_order(const Domain& domain, const Group& group, const std::string& root,
                                 const std::function<std::string(const std::string&)>& fed_by,
                                 const std::function<bool(const std::string&)>& takes_part) {
  const std::vector<Feeding> tree = feed_tree(domain, without_absent(group, root, takes_part), root);
  std::vector<Refeed> order;
  std::vector<std::string> level = {root};
  while (!level.empty()) {
    std::vector<std::string> next;
    for (const Feeding& feeding : tree) {
      if (std::ranges::find(level, feeding.feeder) == level.end()) continue;
      next.push_back(feeding.instance);
      if (std::string now = fed_by(feeding.instance); now != feeding.feeder)
        order.push_back({feeding.instance, std::move(now), feeding.feeder});
    }
    level = std::move(next);
  }
  return order;
}

std::string objection_to_feeder(const Domain& domain, const std::string& root, const std::string& instance,
                                const std::string& feeder,
                                const std::function<std::string(const std::string&)>& fed_by) {
  const Group* const group = domain.group_of_instance(instance);
  if (instance == root) return "it is root";
  if (instance == feeder) return "an instance does not feed itself";
  if (group == nullptr || domain.group_of_instance(feeder) != group) return "they are not of one group";
  std::string above = feeder;
  for (std::size_t steps = 0; !above.empty() && above != root; ++steps) {
    if (above == instance || steps > group->instances.size()) return "a circle";
    above = fed_by(above);
  }
  if (above.empty()) return fmt::format("{} is not fed itself", feeder);
  const auto fed = std::ranges::count_if(group->instances, [&](const std::string& name) {
    return name != instance && name != root && fed_by(name) == feeder;
  });
  if (static_cast<std::size_t>(fed) >= kSlotsMax) return fmt::format("{} feeds {} already", feeder, kSlotsMax);
  return {};
}

}  // namespace hw::cluster
