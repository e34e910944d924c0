#include "engine/commit/redo_batch.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/storage/page.h"

namespace hw {
namespace {

/// So many updates of nodes chosen at random are on `wanted` of `pages` pages: each next one is on a page of its own
/// with the share of pages that have none yet.
std::uint64_t updates_for(std::uint64_t wanted, std::uint64_t pages) {
  if (pages <= wanted) return std::numeric_limits<std::uint64_t>::max();
  const auto all = static_cast<double>(pages);
  return static_cast<std::uint64_t>(-all * std::log1p(-static_cast<double>(wanted) / all));
}

/// The kills of a node and of what it is below, while one node after the other is looked at in the order of the keys.
class KillsAbove {
 public:
  /// A kill of this node: those of the nodes that come before it are known.
  void add(std::string_view key, std::uint32_t number) {
    leave(key);
    kills_.push_back({key, kills_.empty() ? number : std::max(number, kills_.back().number)});
  }
  /// The node was killed after its update `number`.
  bool any_after(std::string_view key, std::uint32_t number) {
    leave(key);
    return !kills_.empty() && kills_.back().number > number;
  }

 private:
  struct Kill {
    std::string_view key;
    std::uint32_t number;  ///< of the last one, of this node or of what it is below
  };
  void leave(std::string_view key) {
    while (!kills_.empty() && !key.starts_with(kills_.back().key)) kills_.pop_back();
  }
  std::vector<Kill> kills_;  ///< from the top down
};

}  // namespace

RedoBatch::RedoBatch(std::uint64_t used_bytes) : updates_max_(updates_for(kPagesMax, used_bytes / kPageBytes)) {}

std::span<char> RedoBatch::keep(std::string_view bytes) {
  if (bytes.empty()) return {};
  auto* const to = static_cast<char*>(memory_.allocate(bytes.size(), 1));
  std::ranges::copy(bytes, to);
  bytes_ += bytes.size();
  return {to, bytes.size()};
}

void RedoBatch::add(const UpdateView& update) {
  ++added_;
  if (!updates_.empty() && update.type == UpdateType::Set && updates_.back().type == UpdateType::Set &&
      updates_.back().key_text() == update.key && update.value.size() <= updates_.back().value.size()) {
    std::span<char>& value = updates_.back().value;  // Of a counter, mostly.
    std::ranges::copy(update.value, value.begin());
    value = value.first(update.value.size());
    return;
  }
  updates_.push_back({keep(update.key), keep(update.value), static_cast<std::uint32_t>(updates_.size()), update.type});
  bytes_ += sizeof(Update);
}

void RedoBatch::add(const TransactionBody& body) {
  for (const JournalUpdate& one : transaction_updates(body)) add(one.update);
}

void RedoBatch::sort() {
  const auto before = [](const Update& a, const Update& b) {
    const int order = a.key_text().compare(b.key_text());
    return order != 0 ? order < 0 : a.number < b.number;
  };
  if (!std::ranges::is_sorted(updates_, before)) std::ranges::sort(updates_, before);
}

/// Of what the file holds. Whatever was set after a kill is done later.
Status RedoBatch::apply_kills(WriteTransaction& transaction) const {
  const Update* above = nullptr;
  for (const Update& one : updates_) {
    if (one.type != UpdateType::Kill) continue;
    if (above != nullptr && one.key_text().starts_with(above->key_text())) continue;
    HW_TRY_VOID(
        transaction.remove_subtree(one.key_text(), [](std::string_view, std::string_view) { return Status(); }));
    above = &one;
  }
  return {};
}

Status RedoBatch::apply(WriteTransaction& transaction) {
  sort();
  HW_TRY_VOID(apply_kills(transaction));
  KillsAbove kills;
  for (auto one = updates_.begin(); one != updates_.end();) {
    const std::string_view key = one->key_text();
    const Update* last = nullptr;  // But for kills.
    for (; one != updates_.end() && one->key_text() == key; ++one) {
      if (one->type == UpdateType::Kill)
        kills.add(key, one->number);
      else
        last = &*one;
    }
    if (last == nullptr || kills.any_after(key, last->number)) continue;
    if (last->type == UpdateType::ZKill)
      HW_TRY_VOID(transaction.remove(key, [](std::string_view) {}));
    else
      HW_TRY_VOID(transaction.put(key, {last->value.data(), last->value.size()}));
  }
  return {};
}

}  // namespace hw
