#include "cluster/board/board_parts.h"

#include <algorithm>

#include "test/unit/cluster_board/board_sample.h"

namespace hw::test {
namespace {

NodeReport report_of(const char* node, PartStamp stamp) {
  NodeReport report;
  report.node = node;
  report.stamp = stamp;
  report.service = "of " + std::to_string(stamp.change);
  return report;
}

TEST(Merge, TakesTheNewerOrders) {
  BoardParts mine = sample_parts();
  BoardParts other = sample_parts();
  ++other.orders.stamp.change;
  other.orders.paused_until_us = kUntilResume_us;
  EXPECT_TRUE(merge(mine, other, "n2").orders);
  EXPECT_EQ(mine.orders, other.orders);
  EXPECT_FALSE(merge(mine, sample_parts(), "n2").any()) << "an older copy changes nothing";
  EXPECT_EQ(mine.orders, other.orders);
}

TEST(Merge, TheHigherCoordinatorIsObeyedWhateverTheOlderOneChanged) {
  BoardParts mine = sample_parts();
  mine.orders.stamp = {4, 0, 1000};
  BoardParts other = sample_parts();
  other.orders.stamp = {5, 1, 1};
  other.orders.coordinator.node = "n2";
  EXPECT_TRUE(merge(mine, other, "n1").orders);
  EXPECT_EQ(mine.orders.coordinator.node, "n2");
}

TEST(Merge, OfCoordinatorsOfOneNumberTheFirstInMasterIsObeyed) {
  BoardParts first = sample_parts();
  first.orders.stamp = {5, 0, 1};
  BoardParts second = sample_parts();
  second.orders.stamp = {5, 1, 80};
  EXPECT_FALSE(merge(first, second, "n1").orders);
  EXPECT_TRUE(merge(second, first, "n2").orders);
}

TEST(Merge, TakesReportsNewerThanItsOwnCopies) {
  BoardParts mine;
  mine.reports = {report_of("n1", {1, 0, 5}), report_of("n2", {1, 0, 5})};
  BoardParts other;
  other.reports = {report_of("n1", {1, 0, 4}), report_of("n2", {1, 0, 6}), report_of("n3", {1, 0, 1})};
  const BoardChange change = merge(mine, other, "n4");
  EXPECT_EQ(change.reports, (std::vector<std::string>{"n2", "n3"}));
  EXPECT_EQ(mine.find_report("n1")->service, "of 5");
  EXPECT_EQ(mine.find_report("n2")->service, "of 6");
  EXPECT_EQ(mine.find_report("n3")->service, "of 1");
}

TEST(Merge, AnAgentsOwnReportIsNobodyElses) {
  BoardParts mine;
  mine.reports = {report_of("n1", {1, 0, 5})};
  BoardParts other;
  other.reports = {report_of("n1", {9, 0, 2})};
  const BoardChange change = merge(mine, other, "n1");
  EXPECT_EQ(mine.find_report("n1")->service, "of 5");
  EXPECT_GT(mine.find_report("n1")->stamp, other.reports.front().stamp) << "so the others take it";
  EXPECT_EQ(change.reports, (std::vector<std::string>{"n1"}));
  EXPECT_FALSE(merge(mine, other, "n1").any());
}

TEST(Merge, ACopyOfAnotherDomainChangesNothing) {
  BoardParts mine = sample_parts();
  BoardParts other = sample_parts();
  other.orders.domain = "shop";
  other.orders.stamp.number = 99;
  other.reports.front().stamp.number += 1;
  EXPECT_FALSE(merge(mine, other, "n2").any());
  EXPECT_EQ(mine, sample_parts());
}

TEST(Merge, EachRecordIsThatOfTheHigherEpochThenRevision) {
  BoardParts mine;
  mine.records = {{"a", {"A", BoardLease::Held, 41, 7, 0, {}}}, {"b", {"B", BoardLease::Held, 9, 7, 0, {}}}};
  BoardParts other;
  other.records = {{"a", {"A2", BoardLease::Held, 42, 3, 0, {}}},
                   {"b", {"B2", BoardLease::Held, 9, 6, 0, {}}},
                   {"c", {"C", BoardLease::Down, 1, 1, 0, {}}}};
  EXPECT_TRUE(merge(mine, other, "n1").records);
  ASSERT_EQ(mine.records.size(), 3u);
  EXPECT_EQ(mine.records[0].record.holder, "A2");
  EXPECT_EQ(mine.records[1].record.holder, "B");
  EXPECT_EQ(mine.records[2].record.holder, "C");
}

TEST(Merge, WhenOthersWereHeardIsNotTaken) {
  BoardParts mine;
  BoardParts other = sample_parts();
  merge(mine, other, "n1");
  EXPECT_TRUE(mine.heard.empty());
}

TEST(Merge, IsTheSameInAnyOrder) {
  BoardParts a = sample_parts();
  a.orders.stamp = {2, 0, 1};
  BoardParts b = sample_parts();
  b.reports.back().stamp.change += 5;
  b.reports.back().service = "later";
  BoardParts c = sample_parts();
  c.orders.stamp = {1, 0, 700};
  BoardParts abc;
  for (const BoardParts* one : {&a, &b, &c}) merge(abc, *one, "n9");
  BoardParts cba;
  for (const BoardParts* one : {&c, &b, &a}) merge(cba, *one, "n9");
  EXPECT_EQ(abc, cba);
  EXPECT_EQ(abc.find_report("n2")->service, "later");
}

TEST(OwnParts, SayWhatTheAgentWrites) {
  const BoardParts parts = sample_parts();
  BoardParts n2 = sample_parts();
  n2.orders = {};
  n2.reports = {parts.reports.back()};
  const BoardParts of_n1 = own_parts(parts, "n1");
  EXPECT_EQ(of_n1.reports, std::vector<NodeReport>{parts.reports.front()});
  EXPECT_TRUE(merge(n2, of_n1, "n2").orders);
  EXPECT_EQ(n2.orders, parts.orders);
  EXPECT_EQ(own_parts(parts, "n2").orders, Orders{}) << "it is not the coordinator";
}

TEST(BeginReport, IsNewerThanAnyReportKnown) {
  BoardParts parts = sample_parts();
  const PartStamp before = parts.report("n1").stamp;
  begin_report(parts, "n1", 12);  // The clock was set back.
  EXPECT_GT(parts.report("n1").stamp, before);
  begin_report(parts, "n1", kNow_us);
  EXPECT_EQ(parts.report("n1").stamp.number, kNow_us);
}

TEST(BeginReport, NobodyHasBeenHeardYet) {
  BoardParts parts = sample_parts();
  hear(parts, "n2", kLastHeard_us);
  begin_report(parts, "n1", kNow_us);
  const Board board = join(parts, "n1", kNow_us);
  EXPECT_EQ(board.node("n2")->state, NodeState::Unheard);
  EXPECT_EQ(board.node("n2")->heard_us, kLastHeard_us);
}

TEST(NumberServers, InOrderOfTheirStartAndNeverTwice) {
  BoardParts parts = sample_parts();
  NodeReport& report = parts.report("n2");
  ServerReport late = sample_server(ServerKind::Gateway, "gateway:gwB", 2820);
  late.since_us += 9;
  ServerReport early = sample_server(ServerKind::Receiver, "receiver:B", 2815);
  ServerReport never = sample_server(ServerKind::Application, "report", 0);
  never.state = BoardServerState::Down;
  report.servers = {late, early, never};
  const PartStamp before = parts.orders.stamp;
  EXPECT_TRUE(number_servers(parts));
  EXPECT_GT(parts.orders.stamp, before);
  const Board board = join(parts, "n1", kNow_us);
  ASSERT_NE(board.server(105), nullptr);
  ASSERT_NE(board.server(106), nullptr);
  EXPECT_EQ(board.server(105)->name, "receiver:B");
  EXPECT_EQ(board.server(106)->name, "gateway:gwB");
  EXPECT_EQ(board.server(106)->wanted, Wanted::Up);
  EXPECT_EQ(board.server(107), nullptr);
  EXPECT_FALSE(number_servers(parts));
}

TEST(NumberServers, ARestartedServerKeepsItsNumber) {
  BoardParts parts = sample_parts();
  for (ServerReport& server : parts.report("n1").servers) {
    server.pid += 1000;
    server.since_us = kNow_us;
    ++server.restarts;
  }
  EXPECT_FALSE(number_servers(parts));
  EXPECT_EQ(join(parts, "n1", kNow_us).server(101)->pid, 3787u);
}

TEST(CleanNode, TakesServersAndCandidatesOffTheBoard) {
  BoardParts parts = sample_parts();
  parts.orders.groups.front().record.candidates = {"B", "A", "C"};
  const CleanedNode removed = clean_node(parts, "n1");
  EXPECT_EQ(removed.servers, 4u);
  EXPECT_EQ(removed.candidates, 1u);
  const Board board = join(parts, "n2", kNow_us);
  EXPECT_TRUE(board.servers.empty());
  EXPECT_EQ(board.groups.front().candidates, (std::vector<std::string>{"B", "C"}));
  EXPECT_EQ(board.node("n1")->state, NodeState::Cleaned);
  EXPECT_TRUE(std::ranges::none_of(board.problems, [](const BoardProblem& one) { return one.node == "n1"; }));
}

TEST(CleanNode, WhatOthersKeepOfItDoesNotComeBack) {
  BoardParts coordinator = sample_parts();
  clean_node(coordinator, "n2");
  EXPECT_TRUE(merge(coordinator, sample_parts(), "n1").reports.empty());
  EXPECT_EQ(coordinator.find_report("n2"), nullptr);
  BoardParts third = sample_parts();
  merge(third, coordinator, "n3");
  EXPECT_EQ(third.find_report("n2"), nullptr);
}

TEST(CleanNode, ANodeHeardAgainIsBack) {
  BoardParts coordinator = sample_parts();
  clean_node(coordinator, "n2");
  EXPECT_TRUE(restore_node(coordinator, "n2"));
  EXPECT_FALSE(restore_node(coordinator, "n2"));
  hear(coordinator, "n2", kNow_us);
  BoardParts from_n2;
  from_n2.reports = {report_of("n2", {kNow_us, 0, 1})};
  EXPECT_EQ(merge(coordinator, from_n2, "n1").reports, (std::vector<std::string>{"n2"}));
  EXPECT_EQ(join(coordinator, "n1", kNow_us).node("n2")->state, NodeState::Running);
}

}  // namespace
}  // namespace hw::test
