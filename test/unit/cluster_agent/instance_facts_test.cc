#include "cluster/agent/instance_facts.h"

#include <gtest/gtest.h>

#include "test/unit/cluster_agent/domain_stage.h"

namespace hw::cluster {
namespace {

/// A, root in reign 41: feeds B, has a passive server for D, and had one for C.
InstanceLook root() {
  InstanceLook look;
  look.was_root = true;
  look.position.up = true;
  look.position.accepting = true;
  look.position.fence_required = true;
  look.position.known_epoch = 41;
  look.position.pool_epoch = 41;
  look.position.next_seqno = 918234;
  look.position.last_commit_us = 5'000'000;
  SourceSeen& source = look.sources.emplace_back();
  source.to = "B";
  source.alive = true;
  source.sent_seqno = 918233;
  source.applied_seqno = 918229;
  source.sent_bytes = 4096;
  source.wire_bytes_per_s = 51200;
  look.sources.push_back({.to = "C"});
  look.sources.push_back({.to = "D", .alive = true, .passive = true});
  return look;
}

Board board_with_b(std::uint64_t last_commit_us) {
  BoardParts parts = test::two_nodes_up();
  parts.report("n2").instances.front().last_commit_us = last_commit_us;
  return join(parts, "n1", 1);
}

TEST(InstanceFacts, OfARoot) {
  const InstanceFacts facts = facts_of_look("A", root(), board_with_b(4'900'000));
  EXPECT_EQ(facts.report.role, BoardRole::Root);
  EXPECT_TRUE(facts.report.accepting);
  EXPECT_EQ(facts.own_epoch, 41u);
  EXPECT_EQ(facts.report.epoch, 41u);
  EXPECT_EQ(facts.report.next_seqno, 918234u);
  ASSERT_EQ(facts.hops.size(), 1u) << "a passive server feeds nobody, a dead one nobody either";
  EXPECT_EQ(facts.hops[0], (Hop{"A", "B", 0, 4, 0.1, 51200}));
  EXPECT_EQ(facts.servers.at("source:B").transactions, 918233u);
  EXPECT_EQ(facts.servers.at("source:B").kib, 4u);
  EXPECT_TRUE(facts.servers.contains("source:D"));
  EXPECT_FALSE(facts.servers.contains("source:C"));
}

TEST(InstanceFacts, WhoHasAllIsNotBehind) {
  InstanceLook look = root();
  look.sources.front().applied_seqno = 918233;
  EXPECT_EQ(facts_of_look("A", look, board_with_b(0)).hops[0].seconds, 0.0);
  look.sources.front().applied_seqno = 1;
  EXPECT_EQ(facts_of_look("A", look, board_with_b(0)).hops[0].seconds, std::nullopt);
}

TEST(InstanceFacts, OfASecondary) {
  InstanceLook look;
  look.position.up = true;
  look.position.known_epoch = 41;
  look.position.next_seqno = 918230;
  look.position.received_seqno = 918231;
  look.receiver.emplace();
  look.receiver->alive = true;
  look.receiver->fed_by = "A";
  const InstanceFacts facts = facts_of_look("B", look, board_with_b(0));
  EXPECT_EQ(facts.report.role, BoardRole::Secondary);
  EXPECT_FALSE(facts.report.accepting);
  EXPECT_EQ(facts.own_epoch, 0u);
  EXPECT_EQ(facts.report.received_seqno, 918231u);
  EXPECT_EQ(facts.report.fed_by, "A");
  EXPECT_EQ(facts.servers.at("receiver:B").transactions, 918229u);
}

TEST(InstanceFacts, OneThatIsDownKeepsItsNumbers) {
  InstanceLook look = root();
  look.position.up = false;
  look.sources.clear();
  const InstanceFacts facts = facts_of_look("A", look, board_with_b(0));
  EXPECT_EQ(facts.report.role, BoardRole::Down);
  EXPECT_FALSE(facts.report.accepting);
  EXPECT_EQ(facts.report.next_seqno, 918234u);
  EXPECT_TRUE(facts.hops.empty());
}

TEST(InstanceFacts, OneThatMayNotBeLookedAtIsNeitherUpNorDown) {
  InstanceLook files = root();
  files.position.up = false;
  const InstanceFacts facts = facts_of_unseen("A", files);
  EXPECT_EQ(facts.report.role, BoardRole::Unseen);
  EXPECT_FALSE(facts.up || facts.report.accepting);
  EXPECT_EQ(facts.report.epoch, 41u);
  EXPECT_EQ(facts.report.next_seqno, 918234u);
  EXPECT_TRUE(facts.hops.empty() && facts.servers.empty());
}

}  // namespace
}  // namespace hw::cluster
