#include "engine/seqno_gap.h"

#include <algorithm>
#include <cerrno>
#include <map>
#include <vector>

#include "engine/journal_note.h"
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

/// The file before, when it is there, closed, and the same database's.
Result<std::optional<BackwardReader>> file_before(const JournalFileHeader& current) {
  if (current.previous_path.empty()) return std::optional<BackwardReader>();
  const auto info = read_journal_info(current.previous_path);
  if (!info.has_value() && info.error().os_errno != ENOENT) return info.error();
  if (!info.has_value() || !info->closing || info->header.database_id != current.database_id ||
      info->header.generation + 1 != current.generation)
    return std::optional<BackwardReader>();
  HW_TRY(BackwardReader reader, BackwardReader::open_closed(current.previous_path));
  return std::optional(std::move(reader));
}

/// Enters a region's transactions from `from` on. Returns the seqno from which on it tells all it had.
Result<Seqno> enter(const RegionEnd& region, Seqno from, Transactions& out) {
  HW_TRY(BackwardReader reader,
         BackwardReader::open(region.region->header.journal_path, region.end.offset, region.end.last_record_bytes));
  Seqno noted = region.next_seqno;  // The region's next seqno by what is between two transactions; 0: nothing is.
  for (;;) {
    Record record;
    HW_TRY(const bool more, reader.previous(record));
    if (!more) {
      const Seqno first = reader.header().first_seqno;
      if (first <= from) return from;
      HW_TRY(auto before, file_before(reader.header()));
      if (!before) return first;
      reader = std::move(*before);
      noted = first;
      continue;
    }
    const Seqno seqno = record.header.seqno;
    if (record.header.type == RecordType::Removed) continue;
    if (record.header.type != RecordType::Transaction) {
      noted = seqno;
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
  error.note(
      fmt::format("MUPIP JOURNAL -ROLLBACK -BACKWARD -RESYNC={} takes out this transaction and all after it", seqno));
  return error.note("Where a region is gone by intent, MUPIP SET -JOURNAL=... -NOPREVJNLFILE for the others ends this");
}

Status require_end_of_journal(const OpenRegion& region) {
  const RegionHeader& own = region.header;
  HW_TRY(JournalReader reader, JournalReader::open(own.journal_path));
  const JournalFileHeader& file = reader.header();
  if (file.database_id != own.database_id)
    return make_error<MsgId::JNLBADLABEL>(own.journal_path, "a journal of " + region.path,
                                          "another database's journal");
  if (own.generation != file.generation) {
    Error error = make_error<MsgId::JNLFILOPN>(own.journal_path, region.path);
    return error.note(
        fmt::format("The database expects generation {}, the file is generation {}", own.generation, file.generation));
  }
  Record record;
  HW_TRY(BackwardReader before, BackwardReader::open(own.journal_path, own.offset, own.last_record_bytes));
  HW_TRY_VOID(before.previous(record));  // The file has been cut otherwise.
  reader.seek(own.offset);
  const auto more = reader.next(record);
  if (!more.has_value() || !*more) return {};  // Nothing, or remains that a commit may replace.
  Error error = make_error<MsgId::JNLFILOPN>(own.journal_path, region.path);
  error.note(fmt::format("The database holds its journal up to 0x{:X}, sequence number {}; the journal goes on there",
                         own.offset, own.reg_seqno.value - 1));
  return std::move(error.note(
      "The database file is an earlier one. mupip integ -rebuild makes it from checkpoint image and journal"));
}

Status require_all_parts(std::span<OpenRegion* const> regions, Seqno to) {
  std::vector<RegionEnd> ends;
  Seqno last = to;
  for (const OpenRegion* region : regions) {
    if (region->header.journal_state != JournalState::On) continue;
    HW_TRY_VOID(require_end_of_journal(*region));
    ends.push_back(end_of_closed(*region));
    last = std::max(last, region->header.reg_seqno);
  }
  const Seqno from{std::min(to.value, last.value > kSeqnosLookedAt ? last.value - kSeqnosLookedAt : 1)};
  HW_TRY(const std::optional<SeqnoGap> gap, first_seqno_gap(ends, from, false));
  if (!gap || gap->seqno >= to) return {};
  return part_is_elsewhere(ends, *gap);
}

}  // namespace hw
