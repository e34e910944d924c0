/// A domain for plans: its board as the coordinator would have it, of orders alone or with servers that run.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cluster/board/board_domain.h"
#include "cluster/plan/domain_servers.h"
#include "test/unit/cluster_config/config_text.h"

namespace hw::cluster::test {

struct PlanSample {
  explicit PlanSample(const std::string& text = kSmall) : domain(domain_of(text)) {
    apply_domain(parts.orders, domain, {3, std::string(64, 'a')});
    parts.orders.coordinator = {domain.nodes.front().name, 1, 1};
    for (const Node& node : domain.nodes) {
      parts.report(node.name).stamp = {1, 0, 1};
      hear(parts, node.name, 1);
    }
  }

  Board board() const { return join(parts, seen_by.empty() ? domain.nodes.front().name : seen_by, 2); }
  std::vector<Placement> placements() const {
    Result<std::vector<Placement>> placed = place_groups(domain, board());
    EXPECT_TRUE(placed.has_value()) << (placed ? "" : placed.error().lines());
    return placed ? *std::move(placed) : std::vector<Placement>();
  }
  GroupOrder& group(std::string_view name) {
    for (GroupOrder& order : parts.orders.groups)
      if (order.name == name) return order;
    ADD_FAILURE() << "no group " << name;
    return parts.orders.groups.front();
  }
  /// A server runs, and is wanted.
  void up(const std::string& node, ServerKind kind, const std::string& name, std::uint32_t copy = 1,
          const std::string& its_group = "acct") {
    ServerReport server;
    server.kind = kind;
    server.name = name;
    server.group = its_group;
    server.copy = copy;
    server.position = position_in(domain, kind, name, its_group, node);
    server.pid = 100 + copy;
    server.state = BoardServerState::Ready;
    parts.report(node).servers.push_back(server);
    number_servers(parts);
  }
  void role(const std::string& node, const std::string& instance, BoardRole role) {
    InstanceReport report;
    report.name = instance;
    report.role = role;
    report.accepting = role == BoardRole::Root;
    report.epoch = 1;
    parts.report(node).instances.push_back(report);
  }
  /// Everything that a boot of all would start.
  void all_up() {
    for (const DomainServer& server : domain_servers(domain, placements()))
      for (std::uint32_t copy = 1; copy <= server.min; ++copy)
        up(server.node, server.kind, server.name, copy, server.group);
    for (const Placement& placement : placements()) {
      GroupOrder& order = group(placement.group->name);
      order.state = GroupState::Up;
      order.record = {placement.root, BoardLease::Held, 1, 0, 1, {}};
      for (const std::string& name : placement.group->instances)
        role(domain.instance(name)->node, name, name == placement.root ? BoardRole::Root : BoardRole::Secondary);
    }
  }

  Domain domain;
  BoardParts parts;
  std::string seen_by = {};  ///< the node whose agent's board it is; empty: the first
};

/// A second group, whose root is at n2; one server of it that is only a backup, and one at each node.
inline const std::string kTwoGroups =
    kSmall + instance_text("X", "n2", 7712, R"(["Y"])") + instance_text("Y", "n1", 7713, R"(["X"])") + R"([group.stock]
instances = ["X", "Y"]
[server.spare]
group = "stock"
run = "/opt/spare"
backup = true
[server.watch]
group = "stock"
run = "/opt/watch"
place = "each"
max = 3
[server.batch]
group = "stock"
run = "/opt/batch"
min = 2
max = 4
restart = false
)";

}  // namespace hw::cluster::test
