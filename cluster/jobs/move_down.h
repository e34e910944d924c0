/// cluster/jobs/move_down.h -- down -R -g G, -R -l NODE: groups are stopped where they are, to be moved by `migg`.
///
/// Kind role: UP -> QUIESCING, the application servers and resources of the place end, updates are held at the root;
/// when the alternate has applied all, QUIESCING -> MIGRATING. Instances, source servers and gateways stay, reads are
/// answered. What was stopped and is to run again is wanted and held in the orders, so that its agent leaves it alone
/// and start_place_servers finds it; a server with restart = false is not wanted any more (HWNOTRESTART).
///
/// Source: operations, section 7.
#pragma once

#include <string>
#include <vector>

#include "cluster/jobs/job.h"
#include "cluster/plan/commands.h"
#include "cluster/plan/plan_steps.h"

namespace hw::cluster {

/// The alternate does not get everything within drain_s: HWSWITCHBACK, the group is UP as before (exit 3).
/// Refused: HWREMOTE while its place is not heard, HWNOALT without a candidate, HWREFUSED for kind files.
JobEnd run_move_down(const DownCommand& command, JobContext& context);

/// Of down -R -g, -R -l and -R -n.
PlanSteps plan_of_moves(const DownCommand& command, JobContext& context);

}  // namespace hw::cluster
