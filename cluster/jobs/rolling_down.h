/// cluster/jobs/rolling_down.h -- down -R -n NODE: what is placed there moves to another node, then the node goes down.
///
/// Source: operations, section 11 `down -R -n`, steps 3 and 6; the others are those of its gateways.
#pragma once

#include "cluster/jobs/job.h"
#include "cluster/plan/commands.h"

namespace hw::cluster {

/// A group that cannot be moved ends it with exit 3: what has moved stays, the node stays up.
JobEnd run_rolling_down(const DownCommand& command, JobContext& context);

}  // namespace hw::cluster
