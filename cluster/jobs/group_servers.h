/// cluster/jobs/group_servers.h -- servers of a group as a change of root starts and stops them; what is wanted of them
/// is written down first.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "cluster/jobs/group_look.h"
#include "cluster/plan/domain_servers.h"

namespace hw::cluster {

/// One server that starts, or ends: its work may take so long.
inline constexpr std::chrono::seconds kServerStep{60};

ServerRef ref_of(const DomainServer& server, std::uint32_t copy = 1);
ServerRef ref_of(const BoardServer& server);

/// Of the group at a node, those that run by the board, in its order.
std::vector<BoardServer> running_servers(const Board& board, const std::string& group, const std::string& node);

/// It is wanted, and runs: done already is success. A receiver whose instance has no history resynchronizes.
/// Errors: those of OrderBook::change, Sites::at and Site::start.
Status bring_up(JobContext& context, const DomainServer& server, std::uint32_t copy = 1);

/// It is not wanted any more, and does not run. Errors: as above, and Site::stop. A node that is not heard: HWREMOTE,
/// and it is not wanted all the same.
Status take_down(JobContext& context, const ServerRef& server, const std::string& node);

/// Stops it for a step; what is wanted of it stays. Errors: those of Site::stop.
Status halt(JobContext& context, Site& site, const ServerRef& server);

}  // namespace hw::cluster
