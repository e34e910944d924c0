/// replic/instance/slot_repair.h -- the live slots of the journal pool, held against the instance file and against each
/// other.
///
/// A slot is consistent when its name is that of the instance file's slot of the same index and its process number,
/// mode and state tell one story: a server that runs has a number, a mode and a state; one that has ended cleanly
/// has none of the three; one that died left all three; one that ended by itself left its number. Whatever else
/// is there was left by a process that died while it wrote, or was written over.
#pragma once

#include <vector>

#include "engine/base/result.h"
#include "journal/pool.h"
#include "replic/instance/instance_file.h"

namespace hw {

/// Makes every inconsistent slot of the pool consistent again: a running server keeps its slot, any other slot becomes
/// that of a server that has ended, and a slot that the instance file knows nothing of becomes free. Each is told as a
/// JNLPOOLBADSLOT warning, to the operator log too, and returned.
///
/// Blocks: a look without a lock; only when something is wrong, the pool's admin lock. Thread: any.
/// Errors: those of InstanceFile::open. Source: docs/conformance.md 3.*.
Result<std::vector<Error>> repair_slots(PoolHeader& pool, const InstanceFile& file);

}  // namespace hw
