#include "engine/session/changed_nodes.h"

#include <algorithm>

#include "engine/region/region_reader.h"

namespace hw {
namespace {

Result<Seqno> zqgblmod_seqno(OpenRegion& region) {
  RegionReader reader;
  HW_TRY(const auto shown, reader.take_stored(region));
  HW_TRY(const RegionHeader header, read_region_header(*shown, region.path));
  return header.zqgblmod_seqno;
}

bool goes_not_back_enough(const Error& error) { return error.id == MsgId::NOPREVLINK || error.os_errno == ENOENT; }

}  // namespace

ChangedNodes::ChangedNodes(Domain& domain, const std::vector<OpenRegion*>& regions, Own* own)
    : domain_(domain), own_(own) {
  for (OpenRegion* region : regions) regions_.push_back({region, {}});
}

Result<Seqno> ChangedNodes::mark() {
  Seqno lowest{domain_.header().zqgblmod_seqno.load()};
  for (const Followed& each : regions_) {
    HW_TRY(const Seqno since, zqgblmod_seqno(*each.region));
    lowest = lower_mark(lowest, since);
  }
  return lowest;
}

Result<bool> ChangedNodes::is_marked() {
  HW_TRY(const Seqno since, mark());
  return since.value != 0;
}

Status ChangedNodes::catch_up() {
  for (;;) {
    HW_TRY(Seqno since, mark());
    if (since.value != 0 && count_from_) since = std::min(since, *count_from_);
    const std::uint32_t rollbacks = domain_.header().rollbacks.load();
    if (since != since_ || rollbacks != rollbacks_) begin_anew(since, rollbacks);
    if (since.value == 0) return {};
    HW_TRY(News news, look_for_news());
    Status done = news.regions.empty() ? Status() : read(std::move(news));
    // What was read while an instance went back may be of a past that is no more, and so may a failure.
    if (domain_.header().rollbacks.load() == rollbacks) return done;
  }
}

void ChangedNodes::begin_anew(Seqno since, std::uint32_t rollbacks) {
  since_ = since;
  rollbacks_ = rollbacks;
  nodes_.clear();
  if (own_ != nullptr) own_->forget();
  for (Followed& each : regions_) each = {each.region, {}};
}

Result<ChangedNodes::News> ChangedNodes::look_for_news() {
  News news;
  HW_TRY(const CommitLock lock, CommitLock::take(domain_));
  for (Followed& each : regions_) {
    const PoolRegion& facts = domain_.facts(*each.region);
    if (facts.journaled == 0) each.unknown = true;
    const JournalPlace end{facts.generation, facts.write_offset.load(), facts.last_record_bytes};
    if (each.unknown || end == each.place) continue;
    news.regions.push_back(&each);
    news.sources.push_back({.current_path = std::string(facts.journal.view()),
                            .end = end,
                            .current = CurrentJournal::of(facts),
                            .begin = each.place});
  }
  return news;
}

/// Those whose journals do not go back far enough, each for itself.
Status ChangedNodes::leave_out_unknown(News& news) const {
  for (std::size_t i = news.regions.size(); i-- > 0;) {
    const auto alone = TransactionMerge::open({news.sources[i]}, since_);
    if (alone.has_value()) continue;
    if (!goes_not_back_enough(alone.error())) return alone.error();
    news.regions[i]->unknown = true;
    news.regions.erase(news.regions.begin() + static_cast<std::ptrdiff_t>(i));
    news.sources.erase(news.sources.begin() + static_cast<std::ptrdiff_t>(i));
  }
  return {};
}

Status ChangedNodes::read(News news) {
  auto merge = TransactionMerge::open(news.sources, since_);
  if (!merge.has_value()) {
    if (!goes_not_back_enough(merge.error())) return std::move(merge).error();
    HW_TRY_VOID(leave_out_unknown(news));
    merge = TransactionMerge::open(news.sources, since_);
    if (!merge.has_value()) return std::move(merge).error();
  }
  std::vector<TransactionMerge::Part> parts;
  for (;;) {
    HW_TRY(const bool more, merge->next(parts));
    if (!more) break;
    take_in(parts);
  }
  for (std::size_t i = 0; i < news.regions.size(); ++i) news.regions[i]->place = news.sources[i].end;
  return {};
}

void ChangedNodes::take_in(const std::vector<TransactionMerge::Part>& parts) {
  std::vector<bool> taken(parts.size());
  for (std::size_t first = 0; first < parts.size(); ++first) {
    if (taken[first]) continue;
    const TransactionMerge::Part& one = parts[first];
    transaction_.seqno = one.header.seqno;
    transaction_.id = one.body.tid;
    transaction_.updates.clear();
    for (std::size_t i = first; i < parts.size(); ++i) {
      // Regions that do not replicate count their transactions each for itself: one number may be of two.
      if (parts[i].header.time_us != one.header.time_us || parts[i].body.tid != one.body.tid) continue;
      taken[i] = true;
      std::ranges::copy(transaction_updates(parts[i].body), std::back_inserter(transaction_.updates));
    }
    std::ranges::sort(transaction_.updates, {}, &JournalUpdate::number);
    if (own_ != nullptr && own_->is_own(transaction_)) continue;
    for (const JournalUpdate& update : transaction_.updates) nodes_.add(update.update.type, update.update.key);
  }
}

bool ChangedNodes::is_unknown(const OpenRegion& region) const {
  return std::ranges::none_of(regions_, [&](const Followed& each) { return each.region == &region && !each.unknown; });
}

bool ChangedNodes::may_be_changed(const OpenRegion& region, UpdateType type, std::string_view key) const {
  if (since_.value == 0) return false;
  return is_unknown(region) || nodes_.touches(type, key);
}

}  // namespace hw
