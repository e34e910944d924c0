#include "engine/gbl/lost_identity.h"

#include <algorithm>

#include "engine/base/checksum.h"

namespace hw::gbl {
namespace {

constexpr char kMark = '~';
constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Of updates in their order.
class Contents {
 public:
  void add(UpdateType type, std::string_view key, std::string_view value) {
    std::array<std::byte, 17> front{};
    put_le<std::uint64_t>(front, 0, sum_);
    put_le<std::uint64_t>(front, 8, checksum(as_bytes(key)));
    front[16] = static_cast<std::byte>(type);
    sum_ = checksum(front, as_bytes(value));
  }
  std::uint64_t sum() const { return sum_; }

 private:
  std::uint64_t sum_ = 0;
};

}  // namespace

LostIdentity identity_of(std::string_view instance, const ExtractGroup& lost) {
  LostIdentity identity;
  Contents contents;
  for (const ExtractUpdate& update : lost.updates) contents.add(update.type, update.key, update.value);
  identity.contents = contents.sum();
  std::uint64_t bits = checksum(as_bytes(instance), as_bytes(std::string_view(lost.text)));
  identity.id.fill(kMark);
  for (char& digit : std::span(identity.id).subspan(1)) {
    digit = kDigits[bits % kDigits.size()];
    bits /= kDigits.size();
  }
  return identity;
}

LostIdentity identity_of(const JournaledTransaction& transaction) {
  LostIdentity identity;
  Contents contents;
  for (const JournalUpdate& one : transaction.updates) contents.add(one.update.type, one.update.key, one.update.value);
  identity.contents = contents.sum();
  std::copy_n(transaction.id.begin(), std::min(transaction.id.size(), identity.id.size()), identity.id.begin());
  return identity;
}

void LostIndex::sort() { std::ranges::sort(entries_, {}, &Entry::identity); }

bool LostIndex::is_applied(const LostIdentity& one) const {
  const auto found = std::ranges::lower_bound(entries_, one, {}, &Entry::identity);
  return found != entries_.end() && found->identity == one && found->applied;
}

void LostIndex::forget() {
  for (Entry& entry : entries_) entry.applied = false;
}

bool LostIndex::is_own(const JournaledTransaction& transaction) {
  if (!transaction.id.starts_with(kMark)) return false;
  // A file may have the same lines twice.
  const LostIdentity identity = identity_of(transaction);
  const auto first = std::ranges::lower_bound(entries_, identity, {}, &Entry::identity);
  auto each = first;
  for (; each != entries_.end() && each->identity == identity; ++each) each->applied = true;
  return each != first;
}

}  // namespace hw::gbl
