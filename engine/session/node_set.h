/// engine/session/node_set.h -- nodes and whole subtrees that updates have touched. Pure.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "journal/transaction_frame.h"

namespace hw {

/// Thread: one at a time.
class NodeSet {
 public:
  /// What the update sets or removes: a KILL everything from its node down.
  void add(UpdateType type, std::string_view key) { (type == UpdateType::Kill ? killed_ : nodes_).emplace(key); }
  /// Whether an update of the set has touched what `type` of `key` would touch.
  bool touches(UpdateType type, std::string_view key) const;
  void clear();

 private:
  using Keys = std::set<std::string, std::less<>>;
  static bool any_below(const Keys& keys, std::string_view root);

  Keys nodes_;
  Keys killed_;  ///< roots of removed subtrees
};

}  // namespace hw
