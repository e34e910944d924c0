#include "engine/session/transaction.h"

namespace hw {

void Overlay::set(std::string_view key, std::string_view value) {
  const auto at = entries_.find(key);
  if (at != entries_.end())
    at->second = std::string(value);
  else
    entries_.emplace(key, std::string(value));
}

void Overlay::zkill(std::string_view key) {
  const auto at = entries_.find(key);
  if (at != entries_.end())
    at->second.reset();
  else
    entries_.emplace(key, std::nullopt);
}

void Overlay::kill(std::string_view key) {
  // Keys of a subtree share the prefix, so they are next to each other.
  auto entry = entries_.lower_bound(key);
  while (entry != entries_.end() && std::string_view(entry->first).starts_with(key)) entry = entries_.erase(entry);
  if (killed_above(key)) return;
  auto root = killed_.lower_bound(key);
  while (root != killed_.end() && std::string_view(*root).starts_with(key)) root = killed_.erase(root);
  const auto added = killed_.emplace(key).first;
  // killed_above looks at one root only.
  HW_CHECK_DEAR(std::next(added) == killed_.end() || !std::string_view(*std::next(added)).starts_with(key));
}

void Overlay::clear() {
  entries_.clear();
  killed_.clear();
}

std::optional<std::string_view> Overlay::killed_above(std::string_view key) const {
  // Roots never contain each other, so only the nearest root at or before the key can cover it.
  auto root = killed_.upper_bound(key);
  if (root == killed_.begin()) return std::nullopt;
  --root;
  if (key.starts_with(*root)) return std::string_view(*root);
  return std::nullopt;
}

Overlay::Known Overlay::lookup(std::string_view key, std::string_view& value) const {
  const auto at = entries_.find(key);
  if (at != entries_.end()) {
    if (!at->second) return Known::Absent;
    value = *at->second;
    return Known::Present;
  }
  return killed_above(key) ? Known::Absent : Known::No;
}

std::optional<std::pair<std::string_view, std::string_view>> Overlay::seek(std::string_view key) const {
  for (auto at = entries_.lower_bound(key); at != entries_.end(); ++at)
    if (at->second) return std::pair<std::string_view, std::string_view>(at->first, *at->second);
  return std::nullopt;
}

std::optional<std::pair<std::string_view, std::string_view>> Overlay::before(std::string_view key) const {
  auto at = entries_.lower_bound(key);
  while (at != entries_.begin()) {
    --at;
    if (at->second) return std::pair<std::string_view, std::string_view>(at->first, *at->second);
  }
  return std::nullopt;
}

void TransactionLog::bring_overlay_up_to_date() {
  HW_CHECK_LE(overlaid_, operations_.size());  // More: the overlay has what was undone.
  for (; overlaid_ < operations_.size(); ++overlaid_) {
    const UpdateView update = view(operations_[overlaid_]);
    switch (update.type) {
      case UpdateType::Set:
        overlay_.set(update.key, update.value);
        break;
      case UpdateType::Kill:
        overlay_.kill(update.key);
        break;
      case UpdateType::ZKill:
        overlay_.zkill(update.key);
        break;
    }
  }
}

void TransactionLog::add(UpdateType type, std::size_t region, std::string_view key, std::string_view value) {
  operations_.push_back(
      {type, static_cast<std::uint32_t>(key.size()), static_cast<std::uint32_t>(value.size()), region, bytes_.size()});
  bytes_.append(key).append(value);
}

void TransactionLog::undo_to(unsigned level) {
  if (level >= levels_.size()) return;
  HW_CHECK_LE(levels_[level], operations_.size());
  operations_.resize(levels_[level]);
  bytes_.resize(
      operations_.empty() ? 0 : operations_.back().at + operations_.back().key_bytes + operations_.back().value_bytes);
  levels_.resize(level);
  overlay_.clear();
  overlaid_ = 0;
}

void TransactionLog::clear() {
  operations_.clear();
  bytes_.clear();
  levels_.clear();
  if (overlaid_ != 0) overlay_.clear();
  overlaid_ = 0;
}

}  // namespace hw
