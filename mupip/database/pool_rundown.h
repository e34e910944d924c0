/// mupip/database/pool_rundown.h -- the journal pool that dead servers left, for rundown and rollback.
#pragma once

#include "mupip/command.h"

namespace hw::mupip {

/// Removes the journal pool of the instance named by gtm_repl_instance when no process is attached to it; its databases
/// are closed and the instance file gets its seqno. Says on console.err what it did, or why it did not (processes are
/// attached). Without an instance, or without a pool, there is nothing to do.
///
/// Returns: false when a pool is there and stays. Errors: HWUNSEEN when that cannot be told from here.
Result<bool> run_down_pool(Console& console);

}  // namespace hw::mupip
