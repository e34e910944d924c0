// Where a group's root is, who feeds whom, and which servers follow from that, in boot's order.
#include "cluster/plan/placement.h"

#include "test/unit/cluster_plan/plan_sample.h"

namespace hw::cluster::test {
namespace {

std::vector<std::string> names_at(const PlanSample& sample, const std::string& node) {
  std::vector<std::string> names;
  for (const DomainServer& server : domain_servers(sample.domain, sample.placements()))
    if (server.node == node) names.push_back(server.name);
  return names;
}

using Names = std::vector<std::string>;

TEST(Placement, AGroupThatNeverHadARootGetsTheFirstWithPriority) {
  const PlanSample sample(edited(kSmall, {{"listen = 7700\n", "listen = 7700\npriority = 0\n"}}));
  EXPECT_EQ(sample.placements().front().root, "B");
  EXPECT_EQ(sample.placements().front().place, "n2");
}

TEST(Placement, TheHolderOnRecordIsRootWhateverTheFileSaysFirst) {
  PlanSample sample;
  EXPECT_EQ(sample.placements().front().root, "A");
  sample.group("acct").record = {"B", BoardLease::Down, 7, 0, 0, {}};
  EXPECT_EQ(sample.placements().front().root, "B");
  EXPECT_EQ(sample.placements().front().feeding, (std::vector<Feeding>{{"A", "B"}, {"C", "B"}}));
}

TEST(Placement, WithoutARecordWhoIsRootOnTheBoardIsRoot) {
  PlanSample sample;
  sample.role("n2", "B", BoardRole::Root);
  EXPECT_EQ(sample.placements().front().root, "B");
}

TEST(Placement, AHolderThatTheConfigurationHasNoMoreIsSaid) {
  PlanSample sample;
  sample.group("acct").record.holder = "Z";
  const auto placed = place_groups(sample.domain, sample.board());
  ASSERT_FALSE(placed.has_value());
  EXPECT_EQ(placed.error().id, MsgId::HWNOCAND);
}

TEST(Placement, AReparentedInstanceKeepsItsFeederWhereThatLeadsToTheRoot) {
  PlanSample sample;
  EXPECT_EQ(sample.placements().front().feeder_of("C"), "B");
  sample.parts.orders.instances[2].upstream = "A";
  EXPECT_EQ(sample.placements().front().feeder_of("C"), "A");
  EXPECT_EQ(sample.placements().front().fed_by("A"), (Names{"B", "C"}));
  // A candidate is fed by the root itself.
  sample.parts.orders.instances[1].upstream = "C";
  EXPECT_EQ(sample.placements().front().feeder_of("B"), "A");
}

TEST(DomainServers, BootsOrderOfEachNode) {
  const PlanSample sample;
  EXPECT_EQ(names_at(sample, "n1"), (Names{"source:B", "gateway:gwA", "handler:gwA", "report", "vip"}));
  // B feeds C, which feeds nobody: its passive source server makes the pool.
  EXPECT_EQ(names_at(sample, "n2"), (Names{"source:C", "receiver:B", "gateway:gwB", "handler:gwB"}));
  EXPECT_EQ(names_at(sample, "n3"), (Names{"source:B", "receiver:C"}));
}

TEST(DomainServers, WhatIsAtTheRootMovesWithIt) {
  PlanSample sample;
  sample.group("acct").record = {"B", BoardLease::Held, 7, 0, 0, {}};
  EXPECT_EQ(names_at(sample, "n1"), (Names{"source:B", "receiver:A", "gateway:gwA", "handler:gwA"}));
  EXPECT_EQ(names_at(sample, "n2"), (Names{"source:A", "source:C", "gateway:gwB", "handler:gwB", "report", "vip"}));
}

TEST(DomainServers, TwoGroupsOnANodeGoStepByStepRootsFirst) {
  const PlanSample sample(kTwoGroups);
  EXPECT_EQ(names_at(sample, "n2"),
            (Names{"source:Y", "source:C", "receiver:B", "gateway:gwB", "handler:gwB", "spare", "watch", "batch"}));
  EXPECT_EQ(names_at(sample, "n1"),
            (Names{"source:B", "source:X", "receiver:Y", "gateway:gwA", "handler:gwA", "report", "watch", "vip"}));
}

TEST(DomainServers, AnInstanceAloneHasAPassiveSourceServerOfNoName) {
  const std::string alone = R"(format = 1
[domain]
name = "bank"
[node.n1]
[instance.A]
node = "n1"
dir = "/db/A"
listen = 7700
[group.acct]
instances = ["A"]
)";
  const PlanSample sample(alone);
  const std::vector<DomainServer> servers = domain_servers(sample.domain, sample.placements());
  ASSERT_EQ(servers.size(), 1U);
  EXPECT_EQ(servers.front().name, "source:passive");
  EXPECT_TRUE(servers.front().passive);
  EXPECT_TRUE(servers.front().as_root);
  // The board keeps it over a new generation.
  EXPECT_EQ(servers.front().position, 1U);
}

TEST(DomainServers, CopiesThatRunOrAreWantedAreUp) {
  PlanSample sample(kTwoGroups);
  const std::vector<DomainServer> servers = domain_servers(sample.domain, sample.placements());
  const DomainServer& batch = *std::ranges::find(servers, "batch", &DomainServer::name);
  EXPECT_TRUE(copies_up(sample.board(), batch).empty());
  sample.up("n2", ServerKind::Application, "batch", 2, "stock");
  EXPECT_EQ(copies_up(sample.board(), batch), (std::vector<std::uint32_t>{2}));
  // It runs no more, and is wanted: its agent starts it again.
  sample.parts.report("n2").servers.clear();
  EXPECT_EQ(copies_up(sample.board(), batch), (std::vector<std::uint32_t>{2}));
  // It has been given up.
  sample.up("n2", ServerKind::Application, "batch", 2, "stock");
  sample.parts.report("n2").servers.front().state = BoardServerState::Failed;
  EXPECT_TRUE(copies_up(sample.board(), batch).empty());
}

}  // namespace
}  // namespace hw::cluster::test
