#include "engine/session/node_set.h"

namespace hw {

bool NodeSet::touches(UpdateType type, std::string_view key) const {
  if (nodes_.contains(key)) return true;
  // A subtree's root is a prefix of every key in it.
  for (std::size_t bytes = 1; bytes <= key.size(); ++bytes)
    if (key[bytes - 1] == '\0' && killed_.contains(key.substr(0, bytes))) return true;
  return type == UpdateType::Kill && (any_below(nodes_, key) || any_below(killed_, key));
}

void NodeSet::clear() {
  nodes_.clear();
  killed_.clear();
}

bool NodeSet::any_below(const Keys& keys, std::string_view root) {
  const auto at = keys.lower_bound(root);
  return at != keys.end() && std::string_view(*at).starts_with(root);
}

}  // namespace hw
