/// engine/commit/in_flight.h -- what a process that died holding the commit lock has left half done.
///
/// The pool's in-flight entry says how far its commit was (engine/commit/commit.h). Shared memory is alive, so the live
/// files are good; what is missing in them is in the journals.
#pragma once

#include "engine/base/result.h"

namespace hw {

class Domain;

/// Finishes (state Committing) or erases (state Writing) the commit in flight, and a journal switch that was under way.
/// Commit lock held. Errors: HWPOOLDAMAGED; the caller must not let anybody commit then.
Status finish_in_flight(Domain& domain);

}  // namespace hw
