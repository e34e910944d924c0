#include "test/sim/model.h"

#include <cstdlib>

#include "engine/base/check.h"

namespace hw::sim {

Timeline::Timeline() { nodes_.emplace_back(); }

Place Timeline::commit(Place place, const Operation& operation) {
  move_to(place);
  Node node;
  node.parent = place;
  node.seqno = nodes_[place].seqno + 1;
  node.durable = operation.durable;
  node.digests = nodes_[place].digests;
  node.deltas = apply(operation, node.digests);
  nodes_.push_back(std::move(node));
  here_ = static_cast<Place>(nodes_.size() - 1);
  return here_;
}

Place Timeline::find_or_commit(Place place, const Operation& operation) {
  const Digests after = digests_after(place, operation);
  for (Place at = static_cast<Place>(nodes_.size() - 1); at > place; --at) {
    const Node& node = nodes_[at];
    if (node.parent == place && node.durable == operation.durable && node.digests == after) return at;
  }
  return commit(place, operation);
}

Digests Timeline::digests_after(Place place, const Operation& operation) {
  move_to(place);
  Digests digests = nodes_[place].digests;
  undo(apply(operation, digests));
  return digests;
}

Place Timeline::at(Place place, std::uint64_t seqno) const {
  while (nodes_[place].seqno > seqno) place = nodes_[place].parent;
  return place;
}

Place Timeline::common(Place one, Place other) const {
  one = at(one, seqno(other));
  other = at(other, seqno(one));
  while (one != other) {
    one = nodes_[one].parent;
    other = nodes_[other].parent;
  }
  return one;
}

const std::map<std::string, std::string>& Timeline::content(Place place) {
  move_to(place);
  return content_;
}

void Timeline::move_to(Place place) {
  const Place meeting = common(here_, place);
  while (here_ != meeting) {
    undo(nodes_[here_].deltas);
    here_ = nodes_[here_].parent;
  }
  std::vector<Place> forward;
  for (Place at = place; at != meeting; at = nodes_[at].parent) forward.push_back(at);
  for (; !forward.empty(); forward.pop_back())
    for (const Delta& delta : nodes_[forward.back()].deltas) put(delta, delta.after);
  here_ = place;
}

void Timeline::put(const Delta& delta, const std::optional<std::string>& value) {
  if (value) {
    content_[delta.key] = *value;
  } else {
    content_.erase(delta.key);
  }
}

void Timeline::undo(const std::vector<Delta>& deltas) {
  for (auto delta = deltas.rbegin(); delta != deltas.rend(); ++delta) put(*delta, delta->before);
}

std::vector<Timeline::Delta> Timeline::apply(const Operation& operation, Digests& digests) {
  std::vector<Delta> deltas;
  const auto change = [&](const std::string& key, std::optional<std::string> after) {
    const auto found = content_.find(key);
    Delta delta{key, found == content_.end() ? std::nullopt : std::optional(found->second), std::move(after)};
    NodeDigest& digest = digests[region_of(key)];
    if (delta.before) digest.remove(key, *delta.before);
    if (delta.after) digest.add(key, *delta.after);
    put(delta, delta.after);
    deltas.push_back(std::move(delta));
  };
  for (const Change& one : operation.changes) {
    switch (one.kind) {
      case ChangeKind::Set:
        change(one.key, one.value);
        break;
      case ChangeKind::ZKill:
        if (content_.count(one.key) != 0) change(one.key, std::nullopt);
        break;
      case ChangeKind::Kill: {
        std::vector<std::string> below;
        for (auto at = content_.lower_bound(one.key); at != content_.end() && at->first.starts_with(one.key); ++at)
          below.push_back(at->first);
        for (const std::string& key : below) change(key, std::nullopt);
        break;
      }
      case ChangeKind::Increment: {
        const auto found = content_.find(one.key);
        const long long present = found == content_.end() ? 0 : std::atoll(found->second.c_str());
        change(one.key, std::to_string(present + std::atoll(one.value.c_str())));
        break;
      }
    }
  }
  return deltas;
}

}  // namespace hw::sim
