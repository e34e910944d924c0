/// engine/recovery/rollback.h -- all regions of an instance back to one seqno, in one step that no crash can halve.
///
/// Order of events, and what a process or machine that stops leaves to the next one that opens a region:
///
///   1. each region's header says "under way to S"; not clean
///   2. each region's transactions >= S are undone in the live file, which is synced; the checkpoint image is
///      rebuilt from it, for the place in the journal after S-1       -> the journals bring everything back
///   3. each image's header, then each live header, says "decided"       -> the cuts are finished
///   4. the journals are cut                                             -> the cuts are finished
///   5. the marks go away; clean
///
/// When the instance goes back, regions of it that have nothing to undo go through the same steps: a copy of such a
/// region carries the seqno of the instance, and what is updated next gets seqnos that the copy believes to hold. Only
/// what each region notes of the rollback (journal/undone.h) tells them apart.
///
/// With the decision a mark of where a former root differs (zqgblmod_seqno) that is above S becomes S: what comes next
/// has seqnos below the former mark, and nobody else has it.
///
/// Until the first header says "decided" every journal is whole, so what was taken out can be read from them; callers
/// write the lost transactions before they call, and a repeated call finds the same ones. What else belongs to the
/// rollback of an instance, and in which order: replic/instance/instance_rollback.h.
/// Source: docs/conformance.md 2.*, 7.*, breaks.4, breaks.20, breaks.23, breaks.24, breaks.28.
#pragma once

#include <span>

#include "engine/recovery/undo.h"

#include "engine/recovery/recovery.h"

namespace hw {

/// Who else has the regions open. Others: they are kept from committing, and the control files stay as they are, "open"
/// (engine/recovery/live_rollback.h).
enum class Attached { Nobody, Others };

/// Takes every transaction with a seqno of at least `to` out of the regions, which are open for writing, all of the
/// instance's that replicate, and clean unless others are attached; their headers say where their journals end.
/// Errors: NOPREVLINK, JNLFILEOPNERR, JNLBADRECFMT when a journal that is needed is missing or damaged (nothing has
/// changed when the chain of files is too short); DBFILERR, GBLOFLOW and kin. Blocks: reads and writes as much as is
/// undone, and a copy of each database for its image.
Status roll_back_regions(std::span<OpenRegion* const> regions, Seqno to, Attached attached = Attached::Nobody,
                         const UndoProgress& progress = {});
/// The same with a seqno for each region: databases without replication count their transactions each for itself.
Status roll_back_regions(std::span<OpenRegion* const> regions, std::span<const Seqno> to,
                         Attached attached = Attached::Nobody, const UndoProgress& progress = {});

/// For recovery. `decided`: a rollback has undone every region; finishes its cut in one of them, whose header says
/// where, and returns its state. The live file holds what the header says. Errors: those of cut_journal; DBFILERR,
/// GBLOFLOW and kin.
Result<RegionRecovery> finish_cut(OpenRegion& region);

/// For recovery: a rollback was broken off before it was decided. Does again what it undid; the journal's tail is
/// `state`'s. Errors: JNLFILEOPNERR, JNLBADRECFMT; DBFILERR, GBLOFLOW and kin.
Status undo_rollback(OpenRegion& region, const RegionRecovery& state);

}  // namespace hw
