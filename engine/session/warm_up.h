/// engine/session/warm_up.h -- a database that no process had open comes into memory before it is asked for.
///
/// Page faults of a live file read no more than their page (engine/storage/lmdb.cc says why), so after a start of the
/// machine a scan would read page after page. The first process to open the databases asks the kernel for them as a
/// whole instead, in the background.
#pragma once

#include <functional>

#include "engine/commit/domain.h"

namespace hw {

/// Asks for the used part of each region that this process has open, in order, until a half of the memory that is free
/// now is spoken for or `stop` says so. Waits for no disk. Best effort: what does not come is read when it is
/// needed. Thread: any, one that has time.
void warm_up(Domain& domain, const std::function<bool()>& stop);

}  // namespace hw
