/// cluster/agent/fresh_look.h -- who has still to say what is so now. Pure.
///
///   to be asked --to_ask--> asked --answered--> known
///        ^                    |
///        +---- no answer -----+---- no answer, and its node is silent --> known: as it was heard last
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace hw::cluster {

class FreshLook {
 public:
  explicit FreshLook(const std::vector<std::string>& nodes) {
    for (const std::string& node : nodes) awaited_[node] = false;
  }

  /// They are asked from now on.
  std::vector<std::string> to_ask() {
    std::vector<std::string> nodes;
    for (auto& [node, asked] : awaited_)
      if (!std::exchange(asked, true)) nodes.push_back(node);
    return nodes;
  }
  void answered(const std::string& node) { awaited_.erase(node); }
  /// One that has only failed to answer may be on its way back.
  void gave_none(const std::string& node, bool is_silent) {
    const auto found = awaited_.find(node);
    if (found == awaited_.end()) return;
    if (is_silent)
      awaited_.erase(found);
    else
      found->second = false;
  }
  bool is_over() const { return awaited_.empty(); }

 private:
  std::map<std::string, bool> awaited_;  ///< and whether it is being asked
};

}  // namespace hw::cluster
