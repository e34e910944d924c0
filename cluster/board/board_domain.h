/// cluster/board/board_domain.h -- a configuration becomes what the board has of it.
#pragma once

#include <string_view>

#include "cluster/board/board_parts.h"
#include "cluster/config/domain.h"

namespace hw::cluster {

/// `source:passive`: the source server that makes the pool of an instance which feeds nobody and has no upstreams.
inline constexpr std::string_view kNoSecondary = "passive";

/// A generation has become current: nodes, groups and instances are those of the domain, in file order, and what was
/// wanted of those that were there stays, with their places and records. A group that is new has its first place. The
/// orders of servers that the domain does not have any more go; numbers are not given twice. For the coordinator.
void apply_domain(Orders& orders, const Domain& domain, const BoardGeneration& generation);

/// Boot's order of a server within its kind: the place of its table in the configuration, from 1; a source server or
/// receiver has that of the instance at its node, a handler its gateway's. `name` is as in the Server column. 0: the
/// domain has no such server.
std::uint32_t position_in(const Domain& domain, ServerKind kind, std::string_view name, std::string_view group,
                          std::string_view node);

}  // namespace hw::cluster
