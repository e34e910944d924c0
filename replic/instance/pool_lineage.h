/// replic/instance/pool_lineage.h -- an instance's lineage (replic/history/lineage.h) in its journal pool: written by
/// the receiver server, read by the instance's source servers and by commands.
#pragma once

#include "journal/pool.h"
#include "replic/history/lineage.h"

namespace hw {

/// Who is above this instance, its feeder first; none once the receiver server that wrote it is dead, or not
/// connected. Errors, Blocks: those of RobustLock::take, for the pool's admin lock. Thread: any.
Result<Lineage> read_lineage(PoolHeader& pool);
/// As read_lineage, without the lock, for who may only read the pool: names may be those of two moments.
Lineage look_at_lineage(const PoolHeader& pool);

/// Puts `lineage`, at most kLineageNamesMax names (checked), in place of what was there, as this process's word.
/// Errors, Blocks: those of RobustLock::take, for the pool's admin lock. Thread: any.
Status write_lineage(PoolHeader& pool, const Lineage& lineage);

}  // namespace hw
