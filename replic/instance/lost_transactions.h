/// replic/instance/lost_transactions.h -- the end of a switch-over: the former root's lost transactions are dealt with.
#pragma once

#include <functional>
#include <string_view>

#include "engine/commit/domain.h"
#include "replic/instance/instance_file.h"

namespace hw {

/// -losttncomplete, run here or come from the primary: sets Zqgblmod Seqno and Trans to 0 in every region of the
/// domain, clears the instance's mark of a root with unfinished lost transactions, and leaves word in the journal pool,
/// so that each source server tells its secondary, now if it is connected, else on each connection until the pool goes.
///
/// When it returns the mark and what recovery reads of the regions' headers are on disk (fdatasync of the instance file
/// and of the checkpoint images). Blocks: takes the commit lock. Errors: those of CommitLock::take, DBFILERR, those of
/// InstanceFile::update_header. Source: docs/conformance.md 3.*, 7.*.
Status complete_lost_transactions(Domain& domain, InstanceFile& instance);

/// Remembers in every region that a former root does not share the seqnos from `from` on: $ZQGBLMOD speaks of what was
/// changed since. An older mark that is not complete stays. In the databases, and so safe from the death of any
/// process, when it returns. `say` gets a line a region. Blocks: takes the commit lock. Errors: those of
/// CommitLock::take, DBFILERR. Source: docs/conformance.md 7.*.
Status mark_divergence(Domain& domain, Seqno from, const std::function<void(std::string_view)>& say);

}  // namespace hw
