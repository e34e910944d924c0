/// cluster/agent/coordinator_rule.h -- who is coordinator, from what one agent knows. Pure.
///
/// The coordinator has a number that rises with each change; an agent obeys the highest that it has heard, of equal
/// ones the first in domain.master. Only an operator makes another one, but for the very first: that is the first of
/// `master` that runs, and, with prefer_first_s, the first node when it is back for so long. With dcs etcd the first
/// backup that is heard takes the place of one that is silent, when it reaches the store: who is root does not hang on
/// the coordinator there.
/// Source: operations, section 6.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cluster/board/board_parts.h"
#include "cluster/config/domain.h"
#include "engine/base/result.h"

namespace hw::cluster {

/// Place of a node in domain.master, 0 the first; none: it is no master.
std::optional<std::uint32_t> rank_in(const Domain& domain, std::string_view node);

/// Whether this node becomes the first coordinator that there is. `settled`: every other node has been heard, or is
/// silent.
bool becomes_first(const Domain& domain, const Board& board, std::string_view own_node, bool settled);

/// With dcs etcd, a coordinator that is silent: whether this node, the first of `master` that is heard, takes its
/// place.
bool takes_lost_seat(const Domain& domain, const Board& board, std::string_view own_node);

/// Whether some node will: a backup that is heard, this one or another.
bool lost_seat_is_taken(const Domain& domain, const Board& board, std::string_view own_node);

/// The orders of a new coordinator: number and stamp are above all that this agent knows. Its rank is that in
/// domain.master; a node that is not there ranks last. `handed_over`: by the one before.
void take_orders(Orders& orders, const Domain& domain, std::string_view own_node, std::uint64_t now_us,
                 bool handed_over);

/// HWMASTERBACK: the first master runs, and another node is coordinator because it was lost.
bool first_is_back(const Domain& domain, const Board& board);

/// HWRELMISMATCH: the node would be a coordinator older than a node that is heard. Releases are `Headwater 1.2.3`.
Status check_release(const Board& board, std::string_view node);

}  // namespace hw::cluster
