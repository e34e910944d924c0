/// engine/recovery/seqno_gap.h -- whether the journals of an instance's regions have every part of every transaction.
///
/// Regions that replicate share one row of seqnos: each is in the journal of at least one region, and each record says
/// in how many regions its transaction has a part. So the journals tell when a part is missing, though not whose it is:
/// a crash took the end of a journal, or a database is not here that was, or an earlier copy has taken its place.
///
/// Source: docs/durability.md, "Why a power loss loses no more than promised".
#pragma once

#include <optional>
#include <span>

#include "engine/region/open_region.h"
#include "journal/backward_reader.h"

namespace hw {

/// How far a region has come.
struct RegionEnd {
  const OpenRegion* region = nullptr;
  JournalPlace end;      ///< of its journal
  Seqno next_seqno{1};   ///< its own
  bool crashed = false;  ///< it was not closed cleanly, and may have lost what was not on disk
};

/// A journaled region that was closed cleanly, as its header has it.
RegionEnd end_of_closed(const OpenRegion& region);

/// The first transaction of which a part is missing.
struct SeqnoGap {
  Seqno seqno;
  std::uint64_t time_us = 0;       ///< of it, or of the one that follows where nothing of it is there
  std::uint64_t last_time_us = 0;  ///< of the last one in these journals
};

/// Looks at transactions from `from` on, as far back as all journals go, from their ends backwards. `all_of_them`: the
/// one at `from` must be there; otherwise the row begins with the first one that is.
/// Errors: JNLFILEOPNERR, JNLBADLABEL, JNLBADRECFMT. Blocks: reads that part of the journals.
Result<std::optional<SeqnoGap>> first_seqno_gap(std::span<const RegionEnd> regions, Seqno from, bool all_of_them);

/// Commits are on disk a second after they were made, or two; a disk that is slow is allowed for.
inline constexpr std::uint64_t kUnsyncedMaxUs = 60'000'000;

/// Whether a crash can have taken what is missing from one of these regions: one that crashed, and whose journal ends
/// before it, at most kUnsyncedMaxUs before the last commit.
bool can_be_lost(std::span<const RegionEnd> regions, const SeqnoGap& gap);

/// HWSEQNOGAP: none of these regions can have lost it.
Error part_is_elsewhere(std::span<const RegionEnd> regions, const SeqnoGap& gap);

/// The regions of an instance are closed. Each database file is at the end of its journal, and together they have all
/// transactions before `to`, from 10,000 before the last one on, or from where a region that has just been given a
/// journal is. Call before anything is changed. Errors: HWSEQNOGAP; those of require_end_of_journal and
/// first_seqno_gap.
Status require_all_parts(std::span<OpenRegion* const> regions, Seqno to);

}  // namespace hw
