#include "replic/refresh/refresh_check.h"

#include <algorithm>

namespace hw {
namespace {

bool has(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

/// Whether a reign of the instance's own begins at or above `from`, with updates.
bool reigned_since(const RefreshSelf& self, Seqno from) {
  const auto records = self.history.records();
  for (std::size_t i = 0; i < records.size(); ++i) {
    const Seqno end = i + 1 < records.size() ? records[i + 1].start : self.next_seqno;
    if (records[i].root_name == self.reigned_as && std::max(records[i].start, from) < end) return true;
  }
  return false;
}

}  // namespace

Status check_offer(const RefreshSelf& self, const refresh::Offer& offer) {
  if (offer.instance == self.name) return make_error<MsgId::REPLINSTNMSAME>(self.name);
  for (const std::string& name : offer.regions)
    if (!has(self.regions, name))
      return make_error<MsgId::HWREFRESHREGIONS>(offer.instance, name, "in this instance's global directory");
  for (const std::string& name : self.regions)
    if (!has(offer.regions, name))
      return make_error<MsgId::HWREFRESHREGIONS>(offer.instance, name, "in that instance's global directory");
  return {};
}

Status check_contents(const RefreshSelf& self, const refresh::Offer& offer, const refresh::Contents& contents) {
  std::vector<std::string> coming;
  for (const auto& region : contents.regions) {
    if (!has(offer.regions, region.name) || has(coming, region.name))
      return make_error<MsgId::HWREPLPROTO>("copies are of other regions than were offered");
    coming.push_back(region.name);
  }
  for (const std::string& name : self.created)
    if (!has(coming, name))
      return make_error<MsgId::HWREFRESHREGIONS>(offer.instance, name, "created there, and is here");
  return {};
}

std::optional<std::string> only_here(const RefreshSelf& self, const History* peer, Seqno peer_next) {
  if (self.unknown_past) return "its databases have transactions, and no instance file tells which of them others have";
  if (self.lost_transactions) return "its lost transactions are not complete";
  if (self.root_primary && self.crash) return "it was not shut down, and what it last did is not known";
  const Seqno upper = std::min(self.next_seqno, peer_next);
  Seqno shared = upper;
  // Histories that have nothing in common share no transaction.
  if (peer != nullptr) shared = find_resync_seqno(self.history, *peer, upper).value_or(Seqno{1});
  if (shared == self.next_seqno || !reigned_since(self, shared)) return std::nullopt;
  return fmt::format("of seqnos {} [0x{:X}] to {} [0x{:X}]", shared.value, shared.value, self.next_seqno.value - 1,
                     self.next_seqno.value - 1);
}

std::uint64_t room_needed(std::span<const RefreshRoom> files) {
  std::uint64_t arrives = 0, replaces = 0;
  for (const RefreshRoom& file : files) {
    arrives += file.arrives;
    replaces += file.replaces;
  }
  return arrives + (arrives > replaces ? arrives - replaces : 0);
}

}  // namespace hw
