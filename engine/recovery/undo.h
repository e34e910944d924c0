/// engine/recovery/undo.h -- taking transactions back out of a region: the database first, its journal after.
///
/// Every record holds the values it replaced, so undoing the newest transaction first gives exactly the state before,
/// without a base copy. Doing it twice from the same journal gives the same state: each node ends with what the oldest
/// undone transaction replaced.
///
/// No other process is attached to the region. Memory: one transaction, and the nodes that its KILLs removed.
#pragma once

#include <functional>

#include "engine/region/open_region.h"
#include "journal/backward_reader.h"

namespace hw {

/// The file that a region's header names as its journal is its own, and of that generation. Errors: JNLBADLABEL.
Status require_own_journal(const OpenRegion& region, std::uint64_t generation, const std::string& path,
                           const JournalFileHeader& current);

/// The region's journal is its own and at `generation`, and the oldest one that undoing down to `from` has to read is
/// there. Call before anything is changed. Errors: JNLBADLABEL for another database's file, or one of an earlier
/// generation; NOPREVLINK or JNLFILEOPNERR naming the file where the chain ends too early, or leads to a file that
/// another database uses.
Status can_undo_to(const OpenRegion& region, std::uint64_t generation, Seqno from);

/// Told now and then how many transactions have been undone in a region so far.
using UndoProgress = std::function<void(const OpenRegion& region, std::uint64_t transactions)>;

/// Where the data of a region is after an undo.
struct UndoneTo {
  JournalPlace place;   ///< after the last transaction that stays, which may be in an earlier generation
  Seqno next_seqno{1};  ///< the region's own: below `from` when that transaction is older
};

/// Undoes, in the live file, every transaction with a seqno of at least `from` that comes before `end` in the journal.
/// The journal is not changed. Errors: JNLBADRECFMT, JNLFILEOPNERR; DBFILERR and kin.
Result<UndoneTo> undo_back_to(OpenRegion& region, const JournalPlace& end, Seqno from,
                              const UndoProgress& progress = {});

/// Ends the region's journal at `place`, with a note of what is `undone` by now; later generations are removed.
/// Harmless when it ends there already, and when an earlier call was broken off. Errors: JNLFILEOPNERR when the
/// generation is not there; JNLFILOPN and the system's reason.
Status cut_journal(const std::string& current_path, const JournalPlace& place, const Undone& undone);

}  // namespace hw
