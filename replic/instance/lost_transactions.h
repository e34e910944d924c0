/// replic/instance/lost_transactions.h -- from where on a former root differs, until its lost transactions are dealt
/// with.
#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "engine/commit/domain.h"
#include "replic/instance/instance_file.h"

namespace hw {

/// Told what is done, for a server's log.
using DivergenceLines = std::function<void(std::string_view)>;

/// What the instance file says of the mark becomes known to all processes of the instance. After each change of the
/// file that may have made one: before an update of a reign that follows another root's. While there is one, nobody is
/// told any more that the lost transactions of an earlier root are complete.
/// Errors: those of InstanceFile::look_at_newest. Thread: any; the last change of the file wins.
Status publish_mark(PoolHeader& pool, InstanceFile& instance);

/// -losttncomplete, run here or come from the primary: sets Zqgblmod Seqno and Trans to 0 in every region of the
/// domain and in the instance file, clears its mark of a root with unfinished lost transactions, and leaves word in the
/// journal pool, so that each source server tells its secondary, now if it is connected, else on each connection until
/// the pool goes or there is a new mark.
///
/// When it returns the instance file and what recovery reads of the regions' headers are on disk (fdatasync of the
/// instance file and of the checkpoint images). Blocks: takes the commit lock. Errors: those of CommitLock::take,
/// DBFILERR, those of InstanceFile::update_header. Source: docs/conformance.md 3.*, 7.*.
Status complete_lost_transactions(Domain& domain, InstanceFile& instance);

/// Remembers that a former root does not share the seqnos from `from` on: $ZQGBLMOD speaks of what was changed since.
/// In every region, the instance file and the pool; an older mark that is not complete stays. In the databases, and so
/// safe from the death of any process, when it returns. `say` gets two lines a region. Blocks: takes the checkpoint
/// lock, then the commit lock. Errors: those of CommitLock::take, DBFILERR, InstanceFile::update_header.
/// Source: docs/conformance.md 7.*.
Status mark_divergence(Domain& domain, InstanceFile& instance, Seqno from, const DivergenceLines& say = {});
/// The regions alone, for a caller that has both locks. Errors: DBFILERR.
Status mark_held_divergence(Domain& domain, Seqno from, const DivergenceLines& say = {});
/// The same for regions that this process alone has open and that are clean. Durable on return. Errors: DBFILERR.
Status mark_closed_divergence(std::span<OpenRegion* const> regions, Seqno from);

/// The instance has gone back to `next`: a mark above it becomes `next`, since what is committed now has seqnos from
/// there on that no former root has. No mark is made where there was none. For a caller that has both locks. Errors:
/// DBFILERR.
Status lower_held_marks(Domain& domain, Seqno next);
/// The same for regions that this process alone has open and that are clean. Durable on return. Errors: DBFILERR.
Status lower_closed_marks(std::span<OpenRegion* const> regions, Seqno next);

}  // namespace hw
