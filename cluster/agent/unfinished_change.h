/// cluster/agent/unfinished_change.h -- groups that a planned change of root has left without one, because its
/// coordinator died: dcs manual.
///
/// The next coordinator, be it the same agent come back, ends such a change unasked: the instance that was to be root
/// takes, or where none had been told yet the old one goes on. Nothing of that is done while an instance that may be
/// root is silent: then an operator decides. Pure. Source: operations, section 6 "Steps under way when it dies".
#pragma once

#include <string>
#include <vector>

#include "cluster/board/board_parts.h"
#include "cluster/config/domain.h"

namespace hw::cluster {

/// Names of groups. None while the coordinator is at work, or the domain is paused.
std::vector<std::string> unfinished_changes(const Domain& domain, const Board& board);

/// Dcs etcd: groups whose root is another than the orders have it, because a candidate took the lease or a change did
/// not end: the others are to be fed by it. None while the coordinator is at work, or the domain is paused.
std::vector<std::string> unsettled_groups(const Board& board, const Orders& orders);

}  // namespace hw::cluster
