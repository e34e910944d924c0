/// cluster/agent/node_check.h -- what a configuration says of this node's disk, before the node takes it: folders,
/// programs, scripts.
///
/// Source: operations, sections 2 and 8.
#pragma once

#include <string>
#include <vector>

#include "cluster/config/domain.h"
#include "engine/base/result.h"

namespace hw::cluster {

/// Everything that is wrong, in file order; empty: nothing. HWCFGBAD names the key; HWSCRIPT. Blocks: looks at files.
std::vector<Error> check_node(const Domain& domain, const std::string& node);

/// A script that the agent runs: absolute, executable, writable by its owner alone. Errors: HWSCRIPT.
Status check_script(const std::string& path);

}  // namespace hw::cluster
