/// cluster/jobs/place_servers.h -- servers that are where the group's root is (place = root, resources): they end at
/// the old place and start at the new one, with their numbers.
///
/// Source: operations, section 7.
#pragma once

#include <string>
#include <vector>

#include "cluster/jobs/group_look.h"

namespace hw::cluster {

/// Whether a server of that name is where the root is.
bool is_at_place(const Domain& domain, ServerKind kind, const std::string& name);

/// Those that are wanted, at whatever node, are wanted at `node` alone, and start there; what runs elsewhere, at a node
/// that is heard, ends first. One with restart = false that was elsewhere stays down: HWNOTRESTART. Each fault is said,
/// the others go on. Returns whether there was none.
bool start_place_servers(JobContext& context, const GroupLook& look, const std::string& node);

/// They leave the board: not wanted any more. Errors: those of OrderBook::change.
Status forget_place_servers(JobContext& context, const std::string& group);

}  // namespace hw::cluster
