#include "cluster/config/feed_tree.h"

#include <algorithm>
#include <optional>
#include <span>

#include "engine/base/check.h"

namespace hw::cluster {
namespace {

/// Instances are their places in the group.
class FeederChoice {
 public:
  FeederChoice(const Domain& domain, const Group& group, std::size_t root)
      : root_(root), upstreams_(group.instances.size()), feeders_(group.instances.size()) {
    for (std::size_t i = 0; i < group.instances.size(); ++i) {
      const Instance* const instance = domain.instance(group.instances[i]);
      if (instance == nullptr) continue;
      for (const std::string& name : instance->upstreams) {
        const auto found = std::ranges::find(group.instances, name);
        if (found != group.instances.end())
          upstreams_[i].push_back(static_cast<std::size_t>(found - group.instances.begin()));
      }
      if (instance->priority > 0) candidates_.push_back(i);
    }
  }

  /// Of each instance its feeder; none for the root, and for one that nobody feeds.
  const std::vector<std::optional<std::size_t>>& choose() {
    // First those that have no choice. Then each chosen edge leaves every other instance a way to the root if it had
    // one: a way through the chooser goes on as the chooser's own does.
    std::vector<bool> chosen(feeders_.size(), false);
    chosen[root_] = true;
    upstreams_[root_].clear();
    for (const std::size_t i : candidates_) {
      if (i == root_) continue;
      const bool named = std::ranges::find(upstreams_[i], root_) != upstreams_[i].end();
      settle(i, named ? std::optional(root_) : std::nullopt);
      chosen[i] = true;
    }
    for (std::size_t i = 0; i < feeders_.size(); ++i) {
      if (chosen[i]) continue;
      const auto leads_to_root = [&](std::size_t upstream) { return upstream != i && reaches_root(upstream, i); };
      const auto found = std::ranges::find_if(upstreams_[i], leads_to_root);
      settle(i, found == upstreams_[i].end() ? std::nullopt : std::optional(*found));
    }
    return feeders_;
  }

 private:
  void settle(std::size_t instance, std::optional<std::size_t> feeder) {
    feeders_[instance] = feeder;
    upstreams_[instance].clear();
    if (feeder.has_value()) upstreams_[instance].push_back(*feeder);
  }

  bool reaches_root(std::size_t from, std::size_t without) const {
    std::vector<bool> seen(feeders_.size(), false);
    seen[from] = seen[without] = true;
    std::vector<std::size_t> next = {from};
    while (!next.empty()) {
      const std::size_t at = next.back();
      next.pop_back();
      if (at == root_) return true;
      for (const std::size_t upstream : upstreams_[at])
        if (!seen[upstream]) {
          seen[upstream] = true;
          next.push_back(upstream);
        }
    }
    return false;
  }

  std::size_t root_;
  std::vector<std::vector<std::size_t>> upstreams_;  ///< of one that has chosen, its feeder alone
  std::vector<std::optional<std::size_t>> feeders_;
  std::vector<std::size_t> candidates_;
};

}  // namespace

std::vector<Feeding> feed_tree(const Domain& domain, const Group& group, const std::string& root) {
  const auto found = std::ranges::find(group.instances, root);
  HW_CHECK(found != group.instances.end());
  const auto place = static_cast<std::size_t>(found - group.instances.begin());
  FeederChoice choice(domain, group, place);
  const auto& feeders = choice.choose();
  std::vector<Feeding> out;
  for (std::size_t i = 0; i < group.instances.size(); ++i)
    if (i != place) out.push_back({group.instances[i], feeders[i].has_value() ? group.instances[*feeders[i]] : ""});
  return out;
}

}  // namespace hw::cluster
