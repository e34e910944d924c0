#include "cluster/agent/unfinished_change.h"

#include <gtest/gtest.h>

#include "test/unit/cluster_agent/domain_stage.h"

namespace hw::cluster {
namespace {

using Names = std::vector<std::string>;

/// A has been stopped for a switchover to B; the coordinator has nothing to do.
BoardParts stopped() {
  BoardParts parts = test::two_nodes_up();
  NodeReport& report = parts.report("n1");
  report.coordinator_requests = 1;
  report.coordinator_service = "IDLE";
  report.instances.front().accepting = false;
  return parts;
}

Names unfinished(const BoardParts& parts) { return unfinished_changes(test::two_nodes(), join(parts, "n1", 1)); }

TEST(UnfinishedChange, AStoppedRootIsLeftToNobody) {
  BoardParts parts = stopped();
  EXPECT_EQ(unfinished(parts), Names{"acct"});
  parts.report("n1").instances.front().accepting = true;
  EXPECT_EQ(unfinished(parts), Names{});
}

TEST(UnfinishedChange, OneThatHadReleasedTheRecordIsOneToo) {
  BoardParts parts = stopped();
  parts.orders.groups.front().record.lease = BoardLease::Released;
  parts.orders.groups.front().move_to = "n2";
  EXPECT_EQ(unfinished(parts), Names{"acct"});
  // The new root was named and had not begun, and the old one is down by now.
  parts.orders.groups.front().record.holder = "B";
  parts.report("n1").instances.front().role = BoardRole::Down;
  EXPECT_EQ(unfinished(parts), Names{"acct"});
}

TEST(UnfinishedChange, ARootThatCrashedIsNone) {
  BoardParts parts = stopped();
  parts.report("n1").instances.front().role = BoardRole::Down;
  EXPECT_EQ(unfinished(parts), Names{});
}

TEST(UnfinishedChange, OneThatIsUnderWayIsLeftAlone) {
  BoardParts parts = stopped();
  parts.report("n1").coordinator_service = "switchover B";
  EXPECT_EQ(unfinished(parts), Names{});
}

TEST(UnfinishedChange, WhatAnOperatorHasToDecideIsLeftToHim) {
  BoardParts parts = stopped();
  parts.orders.paused_until_us = kUntilResume_us;
  EXPECT_EQ(unfinished(parts), Names{});
  for (const GroupState state : {GroupState::Failed, GroupState::Down, GroupState::Quiescing, GroupState::Migrating}) {
    parts = stopped();
    parts.orders.groups.front().state = state;
    EXPECT_EQ(unfinished(parts), Names{}) << word_of(state);
  }
  parts = stopped();
  note_silence(parts, "n2");
  EXPECT_EQ(unfinished(parts), Names{}) << "B may be root";
}

/// With etcd: the record names B, which takes updates, and the orders still have A's node.
BoardParts taken_by_b() {
  BoardParts parts = stopped();
  parts.orders.dcs = Dcs::Etcd;
  parts.orders.groups.front().wanted = Wanted::Up;
  RecordCopy& copy = parts.records.emplace_back();
  copy.group = "acct";
  copy.record = {"B", BoardLease::Held, 42, 7, 100, {}};
  parts.report("n2").instances.front().accepting = true;
  return parts;
}
Names unsettled(const BoardParts& parts) { return unsettled_groups(join(parts, "n1", 1), parts.orders); }

TEST(UnsettledGroup, ACandidateThatTookTheLeaseIsToFeedTheOthers) {
  BoardParts parts = taken_by_b();
  EXPECT_EQ(unsettled(parts), Names{"acct"});
  note_silence(parts, "n3");
  EXPECT_EQ(unsettled(parts), Names{"acct"}) << "whoever is away";
  parts.orders.groups.front().place = "n2";
  EXPECT_EQ(unsettled(parts), Names{});
  parts.orders.groups.front().move_to = "n2";
  EXPECT_EQ(unsettled(parts), Names{"acct"}) << "a change whose coordinator died";
}

TEST(UnsettledGroup, NothingIsDoneBeforeItTakesUpdatesOrWhileThereIsWorkOrAPause) {
  BoardParts parts = taken_by_b();
  parts.report("n2").instances.front().accepting = false;
  EXPECT_EQ(unsettled(parts), Names{});
  parts = taken_by_b();
  parts.report("n1").coordinator_service = "switchover B";
  EXPECT_EQ(unsettled(parts), Names{});
  parts = taken_by_b();
  parts.orders.paused_until_us = kUntilResume_us;
  EXPECT_EQ(unsettled(parts), Names{});
  parts = taken_by_b();
  parts.orders.dcs = Dcs::Manual;
  EXPECT_EQ(unsettled(parts), Names{});
}

}  // namespace
}  // namespace hw::cluster
