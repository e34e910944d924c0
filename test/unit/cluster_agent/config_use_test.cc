#include "cluster/agent/config_use.h"

#include <gtest/gtest.h>

#include "test/unit/cluster_agent/domain_stage.h"

namespace hw::cluster {
namespace {

using test::kTwoNodes;
using test::replaced;

/// What is in use of the change from the two nodes' text to `text`.
std::string used(const std::string& text, const BoardParts& parts) {
  return first_in_use(compare_domains(test::two_nodes(), test::domain_of(text)), join(parts, "n1", 1));
}

/// The two nodes, and nothing runs.
BoardParts all_down() {
  BoardParts parts = test::two_nodes_up();
  parts.orders.servers.clear();
  for (NodeReport& report : parts.reports) {
    report.servers.clear();
    for (InstanceReport& instance : report.instances) instance.role = BoardRole::Down;
  }
  return parts;
}

TEST(ConfigUse, WhatRunsIsNotChanged) {
  const BoardParts up = test::two_nodes_up();
  EXPECT_EQ(used(replaced(kTwoNodes, "port = 7601", "port = 7602"), up), "node.n2.port");
  EXPECT_EQ(used(replaced(kTwoNodes, "listen = 7701", "listen = 7702"), up), "instance.B.listen");
  EXPECT_EQ(used(replaced(kTwoNodes, "/opt/report", "/opt/other"), up), "server.report.run");
  EXPECT_EQ(used(kTwoNodes + "restart = false\n", up), "server.report.restart");
  EXPECT_EQ(used(kTwoNodes + "[lease]\nrenew_s = 0.9\n", up), "lease.renew_s");
}

TEST(ConfigUse, WhatIsDownMayBeChanged) {
  const BoardParts down = all_down();
  EXPECT_EQ(used(replaced(kTwoNodes, "port = 7601", "port = 7602"), down), "");
  EXPECT_EQ(used(replaced(kTwoNodes, "/opt/report", "/opt/other"), down), "");
}

TEST(ConfigUse, AServerThatIsWantedCountsAsRunning) {
  BoardParts parts = all_down();
  parts.orders.servers = test::two_nodes_up().orders.servers;
  EXPECT_EQ(used(replaced(kTwoNodes, "/opt/report", "/opt/other"), parts), "server.report.run");
}

TEST(ConfigUse, AdditionsTouchNothing) {
  const std::string more = kTwoNodes + "[server.other]\ngroup = \"acct\"\nrun = \"/opt/other\"\n";
  EXPECT_EQ(used(more, test::two_nodes_up()), "");
}

}  // namespace
}  // namespace hw::cluster
