/// cluster/site/node_check.h -- `boot --check` at one node: what must be there before anything starts. It changes
/// nothing. Thread: any. Source: operations, section 4.
#pragma once

#include "cluster/site/site_parts.h"

namespace hw::cluster {

/// Findings in the order of the printed line: agent, programs, scripts, database, instance file; the first fault of
/// each. Errors: those of GenerationStore; HWREMOTE when mupip does not answer by the deadline.
Result<CheckReport> check_node(SiteParts& parts, const CheckRequest& request, Deadline deadline);

}  // namespace hw::cluster
