/// cluster/jobs/boot_node.h -- boot at one node: its servers in boot's order, each READY before the next.
///
/// Source: operations, section 4 steps 1 to 5, letters -d -D -W -w -o.
#pragma once

#include <string>

#include "cluster/jobs/boot_run.h"

namespace hw::cluster {

/// What of `run.plan` is at that node. Called by a thread of the node's own.
void boot_node(BootRun& run, const std::string& node);

}  // namespace hw::cluster
