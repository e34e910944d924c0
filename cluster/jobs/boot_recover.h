/// cluster/jobs/boot_recover.h -- boot -t recov: step 1 alone.
///
/// Source: operations, section 4, table of boot.
#pragma once

#include <string>

#include "cluster/jobs/boot_run.h"

namespace hw::cluster {

/// The recoveries of `run.plan` at that node: an instance that is down is made clean, and one that is a former root
/// gives up what the root does not have, when the plan says so. One that is up stays as it is.
void recover_node(BootRun& run, const std::string& node);

}  // namespace hw::cluster
