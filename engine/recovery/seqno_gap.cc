#include "engine/recovery/seqno_gap.h"

#include <algorithm>
#include <map>
#include <vector>

#include "engine/recovery/journal_end.h"
#include "engine/recovery/undo.h"
#include "journal/reader.h"

namespace hw {
namespace {

/// Where databases were exchanged, what is missing goes on to the end: it need not be looked for from the beginning.
constexpr std::uint64_t kSeqnosLookedAt = 10'000;

struct Parts {
  unsigned found = 0;
  unsigned expected = 0;
  std::uint64_t time_us = 0;
};
using Transactions = std::map<std::uint64_t, Parts>;  // by seqno

/// The file before, when it can be read, was closed, and is the same database's.
std::optional<BackwardReader> file_before(const JournalFileHeader& current) {
  if (current.previous_path.empty()) return std::nullopt;
  const auto info = read_journal_info(current.previous_path);
  if (!info.has_value() || !info->closing || info->header.database_id != current.database_id ||
      info->header.generation + 1 != current.generation)
    return std::nullopt;
  auto reader = BackwardReader::open_closed(current.previous_path);
  if (!reader.has_value()) return std::nullopt;
  return std::move(*reader);
}

/// Enters a region's transactions from `from` on. Returns the seqno from which on it tells all it had. An earlier file
/// that is gone or cannot be read ends what it tells, no more: it is not needed. Errors: those of the current file.
Result<Seqno> enter(const RegionEnd& region, Seqno from, Transactions& out) {
  HW_TRY(BackwardReader reader,
         BackwardReader::open(region.region->header.journal_path, region.end.offset, region.end.last_record_bytes));
  Seqno noted = region.next_seqno;  // The highest that anything between two transactions says the region is at.
  Seqno tells = region.next_seqno;
  for (bool current = true;;) {
    Record record;
    const auto more = reader.previous(record);
    if (!more.has_value() && current) return more.error();
    if (!more.has_value()) return std::max(tells, from);
    if (!*more) {
      const Seqno first = reader.header().first_seqno;
      tells = std::min(tells, first);
      if (first <= from) return from;
      auto before = file_before(reader.header());
      if (!before) return first;
      reader = std::move(*before);
      noted = std::max(noted, first);
      current = false;
      continue;
    }
    const Seqno seqno = record.header.seqno;
    if (record.header.type == RecordType::Removed) continue;
    if (record.header.type != RecordType::Transaction) {
      noted = std::max(noted, seqno);
      continue;
    }
    // The region was given a higher number between the two: by dse, or when it came from another instance's copy.
    if (noted > next(seqno)) return std::max(noted, from);
    if (seqno < from) return from;
    TransactionBody body;
    if (!decode_transaction(record.body, body))
      return bad_record(reader.path(), reader.place().offset, verdict_text(RecordVerdict::BadBody));
    Parts& parts = out[seqno.value];
    ++parts.found;
    parts.expected = std::max<unsigned>(parts.expected, body.participants);
    parts.time_us = record.header.time_us;
    noted = Seqno{0};
    tells = seqno;
  }
}

bool any_replicates(std::span<const RegionEnd> regions) {
  return std::ranges::any_of(regions, [](const RegionEnd& one) { return one.region->header.replicated; });
}

}  // namespace

RegionEnd end_of_closed(const OpenRegion& region) {
  const RegionHeader& header = region.header;
  return {&region, {header.generation, header.offset, header.last_record_bytes}, header.reg_seqno, false};
}

Result<std::optional<SeqnoGap>> first_seqno_gap(std::span<const RegionEnd> regions, Seqno from, bool all_of_them) {
  Transactions transactions;
  Seqno all_tell = from;
  for (const RegionEnd& region : regions) {
    HW_TRY(const Seqno tells, enter(region, from, transactions));
    all_tell = std::max(all_tell, tells);
  }
  // Older files may have been moved away: what they held is whole, and the other regions' parts of it say nothing.
  transactions.erase(transactions.begin(), transactions.lower_bound(all_tell.value));
  if (transactions.empty()) return std::optional<SeqnoGap>();
  const std::uint64_t last_time_us = transactions.rbegin()->second.time_us;
  // Instances that replicate have no gaps; databases without replication count their transactions each for itself.
  const bool numbered_together = any_replicates(regions);
  std::uint64_t expected = all_of_them && numbered_together ? all_tell.value : transactions.begin()->first;
  for (const auto& [seqno, parts] : transactions) {
    if (numbered_together && seqno != expected)
      return std::optional(SeqnoGap{Seqno{expected}, parts.time_us, last_time_us});
    if (parts.found < parts.expected) return std::optional(SeqnoGap{Seqno{seqno}, parts.time_us, last_time_us});
    expected = seqno + 1;
  }
  return std::optional<SeqnoGap>();
}

bool can_be_lost(std::span<const RegionEnd> regions, const SeqnoGap& gap) {
  if (gap.last_time_us > gap.time_us + kUnsyncedMaxUs) return false;
  return std::ranges::any_of(regions, [&](const RegionEnd& one) { return one.crashed && one.next_seqno <= gap.seqno; });
}

Error part_is_elsewhere(std::span<const RegionEnd> regions, const SeqnoGap& gap) {
  const std::uint64_t seqno = gap.seqno.value;
  Error error = make_error<MsgId::HWSEQNOGAP>(seqno, seqno, "none of the regions that are here has lost it");
  error.note("The database that has it is missing, is not named by the global directory, or was replaced");
  error.note("Nothing was taken out of the others. With all databases back, run the command again");
  if (!any_replicates(regions)) return error;
  error.note("Where a region is gone by intent, MUPIP SET -JOURNAL=... -NOPREVJNLFILE for the others ends this");
  return error.note(
      fmt::format("MUPIP JOURNAL -ROLLBACK -BACKWARD -RESYNC={} takes out this transaction and all after it", seqno));
}

namespace {

/// When the last record before `reader` was written; none when no file that can be read has one.
std::optional<std::uint64_t> last_written_us(BackwardReader reader) {
  for (;;) {
    Record record;
    const auto any = reader.previous(record);
    if (!any.has_value()) return std::nullopt;
    if (*any) return record.header.time_us;
    auto before = file_before(reader.header());
    if (!before) return std::nullopt;
    reader = std::move(*before);
  }
}

/// From where on to look. A region whose journal was begun after all others were last written, with nothing in it or
/// before it, may be of any earlier moment, as when it was restored: from its own seqno on the others tell.
Result<Seqno> look_from(std::span<const RegionEnd> ends, Seqno to, Seqno last) {
  struct Begun {
    std::uint64_t time_us;
    Seqno at;
  };
  std::vector<Begun> begun;
  std::uint64_t written_us = 0;
  for (const RegionEnd& one : ends) {
    HW_TRY(BackwardReader reader,
           BackwardReader::open(one.region->header.journal_path, one.end.offset, one.end.last_record_bytes));
    const JournalFileHeader file = reader.header();
    if (const auto written = last_written_us(std::move(reader))) {
      written_us = std::max(written_us, *written);
    } else if (file.previous_path.empty()) {
      begun.push_back({file.created_us, one.next_seqno});
    }
  }
  Seqno from{std::min(to.value, last.value > kSeqnosLookedAt ? last.value - kSeqnosLookedAt : 1)};
  for (const Begun& one : begun)
    if (one.time_us > written_us) from = std::min(from, one.at);
  return from;
}

}  // namespace

Status require_all_parts(std::span<OpenRegion* const> regions, Seqno to) {
  std::vector<RegionEnd> ends;
  Seqno last = to;
  for (const OpenRegion* region : regions) {
    if (region->header.journal_state != JournalState::On) continue;
    const RegionHeader& header = region->header;
    HW_TRY(const JournalFileInfo journal, read_journal_info(header.journal_path));
    HW_TRY_VOID(require_own_journal(*region, header.generation, header.journal_path, journal.header));
    HW_TRY_VOID(require_end_of_journal(*region));
    ends.push_back(end_of_closed(*region));
    last = std::max(last, header.reg_seqno);
  }
  HW_TRY(const Seqno from, look_from(ends, to, last));
  HW_TRY(const std::optional<SeqnoGap> gap, first_seqno_gap(ends, from, false));
  if (!gap || gap->seqno >= to) return {};
  return part_is_elsewhere(ends, *gap);
}

}  // namespace hw
