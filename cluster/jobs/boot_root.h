/// cluster/jobs/boot_root.h -- boot's step 2: the root, whose source servers are up, takes updates, when it may.
///
/// Source: operations, sections 4 and 9 "manual".
#pragma once

#include "cluster/jobs/boot_run.h"

namespace hw::cluster {

/// Begins the reign, or goes on with it, and says so in the orders; says why when it may not: HWNEEDCONF, HWFENCED with
/// dcs etcd while the lease is not its (the instance is up, its updates are off). A failure is a line of the instance.
/// The outcome is told to `run.roots`.
void boot_root(BootRun& run, const Placement& placement, const std::string& node);

/// The candidates of the record: who may become root, now that all that was booted is up.
void note_candidates(JobContext& context, const Placement& placement);

}  // namespace hw::cluster
