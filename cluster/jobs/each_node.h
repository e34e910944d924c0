/// cluster/jobs/each_node.h -- the same at several nodes at the same time.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace hw::cluster {

/// Calls `work` for each node, each in a thread of its own, and returns when all have ended. Where the system allows no
/// more threads the rest is done by the caller's, one after the other: slower, and the same. `work` does not throw.
void at_each_node(const std::vector<std::string>& nodes, const std::function<void(const std::string& node)>& work);

}  // namespace hw::cluster
