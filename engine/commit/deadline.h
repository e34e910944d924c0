/// engine/commit/deadline.h -- updates end with the lease of the instance.
///
/// An instance whose file says Fence Required may be root up to a deadline that its agent moves on. A commit is
/// acknowledged when the clock, read after it was published, has not reached the deadline (Domain::acknowledge). One
/// that is late stays made, and gets HWLATE: another instance may be root by now. It also sets the stop flag, with
/// which updates get SCNDDBNOUPD before they take a seqno.
///
/// Of durable commits the process that syncs reads the clock once for all that it serves (GroupCommit), before the
/// sync.
///
/// Not held against it: transactions of the primary, of regions that do not replicate, and what a dead process had in
/// flight, which nobody is told of.
///
/// Source: ours; docs/decisions/0010-fencing.md.
#pragma once

#include <chrono>

#include "engine/commit/domain.h"

namespace hw {

/// Sets the stop flag, or takes it off, under the commit lock, which the thread may have. Returns the next seqno: with
/// the flag set nobody takes it. Raises the pool's event when it changes something.
/// Errors: HWINUSE when the lock is not to be had until `until`; those of CommitLock::take.
Result<Seqno> set_stop_flag(Domain& domain, bool stop, std::chrono::steady_clock::time_point until);

/// Updates on or off, likewise. Errors: those of set_stop_flag.
Status set_updates(Domain& domain, bool on, std::chrono::steady_clock::time_point until);

}  // namespace hw
