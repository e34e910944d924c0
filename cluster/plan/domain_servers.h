/// cluster/plan/domain_servers.h -- every server that a domain has where its groups are now, in boot's order.
///
/// Pure. Source: operations, section 4 "A server, as SRV" and steps 2 to 5.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/plan/placement.h"

namespace hw::cluster {

struct DomainServer {
  ServerKind kind = ServerKind::Application;
  std::string name;  ///< as in the Server column
  std::string group;
  std::string node;
  std::string instance;  ///< whose server it is; of application servers and resources that of the group at the node
  std::uint32_t position = 0;  ///< boot's order within a kind
  std::uint32_t min = 1;       ///< processes that boot starts
  std::uint32_t max = 1;
  bool backup = false;    ///< only by boot -b
  bool restart = true;    ///< false: it stays down at the new place of a group
  bool at_place = false;  ///< place = root: it is where the group's root is, and comes after it
  bool relay = false;     ///< its instance only feeds others
  bool as_root = false;   ///< source servers: of the group's root
  bool passive = false;   ///< source servers: makes the pool, feeds nobody

  /// The pool's and the databases' servers, and the gateways; not those of users.
  bool is_engine() const { return kind <= ServerKind::Handler; }
  /// Whether the instance must be open for it, or is opened by it.
  bool is_of_instance() const { return kind <= ServerKind::Receiver; }
};

/// Nodes in file order, on each source servers, those of roots first, receivers, gateways with their handlers,
/// application servers, resources; within a kind in the order of their tables in the file. An instance that feeds
/// nobody has one passive source server, named after its first upstream, or kNoSecondary when it has none
/// (board_domain.h).
std::vector<DomainServer> domain_servers(const Domain& domain, const std::vector<Placement>& placements);

/// Of the server's processes, by their copies: those that run, or that the board wants and that have not been given up.
std::vector<std::uint32_t> copies_up(const Board& board, const DomainServer& server);

}  // namespace hw::cluster
