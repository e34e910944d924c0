/// replic/instance/rollback_online.h -- a rollback of an instance that is up, while its processes stay.
#pragma once

#include "engine/commit/domain.h"
#include "replic/instance/instance_rollback.h"

namespace hw {

/// roll_back_instance beside the instance's processes: its steps are made under the locks of LiveRollback. From step 3
/// on this thread cannot be stopped by SIGTERM, SIGINT and SIGHUP, which then take effect at the end. Where there is
/// nothing to take out the processes are left in peace; a former root's regions are marked all the same.
/// Errors: those of LiveRollback::begin and roll_back_instance; after step 2 the pool stays damaged, and accepts no
/// commit. Blocks: until commits and a checkpoint under way are done, then as roll_back_instance.
Result<RolledBack> roll_back_online(Domain& domain, InstanceFile& instance, Seqno to, const RollbackOptions& options,
                                    const RollbackWatch& watch);

}  // namespace hw
