/// engine/gbl/lost_identity.h -- what tells one lost transaction from all others, in its file and in the journals of
/// the instances where it has been applied. Pure.
///
/// It is applied under an id that is made from the name of the instance that lost it and its lines in the file, which
/// have the seqno, time and process that it had there. The id is in the record of the commit and goes with it to every
/// secondary: whether the transaction has been applied is known as soon as it has, whatever dies, and is not any more
/// when a rollback has taken the commit out. Its updates are compared, too: ids may meet by chance.
///
/// The id is `~` and seven characters of A-Z, a-z, 0-9, `-` and `_`.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/base/limits.h"
#include "engine/extract/extract_reader.h"
#include "engine/session/changed_nodes.h"

namespace hw::gbl {

struct LostIdentity {
  std::uint64_t contents = 0;  ///< checksum of the updates
  std::array<char, kTransactionIdBytesMax> id{};

  std::string_view text() const { return {id.data(), id.size()}; }
  friend auto operator<=>(const LostIdentity&, const LostIdentity&) = default;
};

/// `instance`: the one that lost it.
LostIdentity identity_of(std::string_view instance, const ExtractGroup& lost);
LostIdentity identity_of(const JournaledTransaction& transaction);

/// The lost transactions of one file, and which of them the journals have as applied. Thread: one at a time.
class LostIndex final : public ChangedNodes::Own {
 public:
  void add(const LostIdentity& one) { entries_.push_back({one, false}); }
  /// Call it once, after the last add and before anything else.
  void sort();
  bool empty() const { return entries_.empty(); }
  bool is_applied(const LostIdentity& one) const;

  void forget() override;
  bool is_own(const JournaledTransaction& transaction) override;

 private:
  struct Entry {
    LostIdentity identity;
    bool applied = false;
  };

  std::vector<Entry> entries_;
};

}  // namespace hw::gbl
