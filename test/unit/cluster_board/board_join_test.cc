#include "test/unit/cluster_board/board_sample.h"

namespace hw::test {
namespace {

TEST(Join, ANodeIsUnheardUntilItIsHeardOrMissed) {
  BoardParts parts = sample_parts();
  parts.heard.clear();
  EXPECT_EQ(join(parts, "n1", kNow_us).node("n2")->state, NodeState::Unheard);
  note_silence(parts, "n2");
  EXPECT_EQ(join(parts, "n1", kNow_us).node("n2")->state, NodeState::Silent);
  hear(parts, "n2", kNow_us);
  const Board board = join(parts, "n1", kNow_us);
  EXPECT_EQ(board.node("n2")->state, NodeState::Running);
  EXPECT_EQ(board.node("n2")->heard_us, kNow_us);
  EXPECT_EQ(board.node("n1")->heard_us, kNow_us) << "its own";
}

TEST(Join, LagIsBehindTheRootByCommitTimes) {
  const Board board = join(sample_parts(), "n1", kNow_us);
  EXPECT_EQ(board.instance("B")->lag.transactions, 4u);
  EXPECT_DOUBLE_EQ(*board.instance("B")->lag.seconds, 0.1);
  EXPECT_EQ(board.instance("A")->lag, (Lag{0, 0.0}));
}

TEST(Join, LagIsUnknownWithoutARootOrTimes) {
  BoardParts parts = sample_parts();
  parts.report("n2").instances.front().last_commit_us = 0;
  EXPECT_EQ(join(parts, "n1", kNow_us).instance("B")->lag, (Lag{4, std::nullopt}));
  parts.report("n1").instances.front().role = BoardRole::Secondary;
  EXPECT_EQ(join(parts, "n1", kNow_us).instance("B")->lag, Lag{});
}

TEST(Join, AReportThatIsNewerThanTheRootsIsNotAhead) {
  BoardParts parts = sample_parts();
  parts.report("n2").instances = {sample_instance("B", BoardRole::Secondary, 918'300)};
  EXPECT_EQ(join(parts, "n1", kNow_us).instance("B")->lag, (Lag{0, 0.0}));
}

TEST(Join, OfTwoRootsTheHigherEpochIsTheRoot) {
  BoardParts parts = sample_parts();
  parts.report("n2").instances = {sample_instance("B", BoardRole::Root, 918'230)};
  parts.report("n2").instances.front().epoch = 42;
  EXPECT_EQ(root_of(join(parts, "n1", kNow_us), "acct")->name, "B");
}

TEST(Join, AGroupWhosePlaceIsSilentIsPartitioned) {
  BoardParts parts = sample_parts();
  note_silence(parts, "n1");
  GroupState& state = parts.orders.groups.front().state;
  for (const auto& [stored, shown] :
       {std::pair(GroupState::Up, GroupState::Partitioned), std::pair(GroupState::Quiescing, GroupState::Partitioned),
        std::pair(GroupState::Migrating, GroupState::Partitioned), std::pair(GroupState::Moved, GroupState::Moved),
        std::pair(GroupState::Down, GroupState::Down), std::pair(GroupState::Failed, GroupState::Failed)}) {
    state = stored;
    EXPECT_EQ(join(parts, "n2", kNow_us).groups.front().state, shown);
    EXPECT_EQ(join(parts, "n1", kNow_us).groups.front().state, stored) << "n1 hears itself";
  }
}

TEST(Join, WithEtcdTheRecordSaysWhereAGroupIs) {
  BoardParts parts = sample_parts();
  parts.orders.dcs = Dcs::Etcd;
  note_silence(parts, "n1");
  parts.records = {{"acct", {"B", BoardLease::Held, 42, 8, 918'230, {"C"}}}};
  const BoardGroup group = join(parts, "n2", kNow_us).groups.front();
  EXPECT_EQ(group.place, "n2");
  EXPECT_EQ(group.state, GroupState::Up);
  EXPECT_EQ(group.holder, "B");
  EXPECT_EQ(group.epoch, 42u);
  EXPECT_EQ(group.lease, BoardLease::Held);
  parts.records.front().record.lease = BoardLease::Down;
  EXPECT_EQ(join(parts, "n2", kNow_us).groups.front().place, "n1") << "nobody has it";
}

TEST(Join, AnInstanceOfAGroupOfKindFilesIsAtItsPlace) {
  BoardParts parts = sample_parts();
  parts.orders.groups = {{"files", GroupKind::Files, Wanted::Up, false, GroupState::Up, "n2", "", {}}};
  parts.orders.instances = {{"F", "files", "n1", ""}};
  parts.report("n1").instances = {sample_instance("F", BoardRole::Down, 5)};
  parts.report("n2").instances = {sample_instance("F", BoardRole::Root, 77)};
  hear(parts, "n2", kNow_us);
  const Board board = join(parts, "n1", kNow_us);
  EXPECT_EQ(board.instance("F")->node, "n2");
  EXPECT_EQ(board.instance("F")->next_seqno, 77u);
}

TEST(Join, WhatASilentNodeDoesIsNotKnown) {
  BoardParts parts = sample_parts();
  note_silence(parts, "n1");
  const Board board = join(parts, "n2", kNow_us);
  EXPECT_FALSE(board.instance("A")->accepting);
  EXPECT_EQ(board.instance("A")->next_seqno, 918'234u) << "as it was last told";
  EXPECT_EQ(board.server(101)->state, BoardServerState::Partitioned);
  EXPECT_EQ(board.server(101)->requests, std::nullopt);
  EXPECT_EQ(board.coordinator.requests, std::nullopt);
  EXPECT_FALSE(has_coordinator(board));
}

TEST(Join, ProblemsAreEachAgentsAndWhatFollowsFromSilence) {
  BoardParts parts = sample_parts();
  const BoardProblem certificate{'W', "HWCERT", "Certificate of n1 ends in 7 days", "n1"};
  parts.report("n1").problems = {certificate, certificate};
  parts.report("n2").problems = {{'W', "HWCERT", "Certificate of n2 ends in 7 days", "n2"}};
  const Board board = join(parts, "n1", kNow_us);
  ASSERT_EQ(board.problems.size(), 2u) << "n2 is silent: what it had may have ended";
  EXPECT_EQ(board.problems[0].code, "HWREMOTE");
  EXPECT_EQ(board.problems[1], certificate);
}

TEST(Join, WithoutACoordinatorTheDomainIsLimited) {
  BoardParts parts = sample_parts();
  note_silence(parts, "n1");
  const Board board = join(parts, "n2", kNow_us);
  ASSERT_FALSE(board.problems.empty());
  EXPECT_EQ(board.problems.front().code, "HWLIMITED");
  EXPECT_EQ(board.problems.front().text, "No coordinator: watching, master only");
}

TEST(Join, ACoordinatorThatWasNotMissedYetIsThere) {
  BoardParts parts = sample_parts();
  EXPECT_TRUE(has_coordinator(join(parts, "n2", kNow_us))) << "n1 is unheard";
  clean_node(parts, "n1");
  EXPECT_FALSE(has_coordinator(join(parts, "n2", kNow_us)));
  parts.orders.coordinator.node.clear();
  EXPECT_FALSE(has_coordinator(join(parts, "n2", kNow_us)));
}

TEST(Join, AServerThatHasNoNumberYetIsThere) {
  BoardParts parts = sample_parts();
  parts.orders.servers.clear();
  const Board board = join(parts, "n1", kNow_us);
  EXPECT_EQ(board.servers.size(), 4u);
  for (const BoardServer& server : board.servers) EXPECT_EQ(server.id, 0u);
}

TEST(Join, OrdersWithoutAReportAreDown) {
  BoardParts parts = sample_parts();
  parts.report("n1").servers.clear();
  parts.orders.servers.front().hold = true;
  parts.orders.servers.front().options = "-v";
  const Board board = join(parts, "n1", kNow_us);
  ASSERT_NE(board.server(101), nullptr);
  EXPECT_EQ(board.server(101)->state, BoardServerState::Down);
  EXPECT_TRUE(board.server(101)->hold);
  EXPECT_EQ(board.server(101)->options, "-v");
}

TEST(Join, AReceiptThatIsBeingBroughtElsewhereIsThereOnce) {
  BoardParts parts = sample_parts();
  parts.report("n1").receipts = {sample_receipt()};
  parts.report("n2").receipts = {sample_receipt()};
  const Board board = join(parts, "n1", kNow_us);
  EXPECT_EQ(board.receipts.size(), 1u);
  EXPECT_NE(board.receipt("acct-42"), nullptr);
}

}  // namespace
}  // namespace hw::test
