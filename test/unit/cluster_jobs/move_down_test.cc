// down -R: a group is stopped for a move, or a whole node after its groups have moved.
#include "cluster/jobs/jobs.h"
#include "test/support/cluster_fake_sites.h"
#include "test/unit/cluster_plan/plan_sample.h"

namespace hw::cluster::test {
namespace {

class MoveDown : public testing::Test {
 protected:
  explicit MoveDown(const std::string& text = kSmall) : fake(domain_of(text)) {
    JobContext context = fake.context();
    EXPECT_EQ(run(BootCommand{}, context).result.outcome, Outcome::Done);
    fake.position("A").next_seqno = 50;
    // They follow it.
    for (const char* const name : {"B", "C"}) {
      fake.position(name).last_root = "A";
      fake.position(name).known_epoch = 1;
    }
  }
  JobEnd down(unsigned yes = 1) {
    fake.said.clear();
    fake.world.calls.clear();
    JobContext context = fake.context(yes);
    DownCommand command;
    command.move = true;
    command.selection.group = "acct";
    return run(command, context);
  }

  FakeDomain fake;
};

TEST_F(MoveDown, QuiescingThenMigratingWhenTheAlternateHasAll) {
  EXPECT_EQ(down().result.outcome, Outcome::Done);
  EXPECT_EQ(fake.changes(), (Names{"n1 stop vip", "n1 stop report", "n1 stop_updates A", "n2 wait_applied B 50"}));
  ASSERT_FALSE(fake.said.lines.empty());
  EXPECT_EQ(fake.said.lines.front(), "acct: UP -> QUIESCING");
  EXPECT_TRUE(contains(fake.said.lines, "acct: QUIESCING -> MIGRATING"));
  EXPECT_EQ(fake.said.lines.back(), "stopped 2, already down 0, failed 0");
  const GroupOrder group = fake.group_order("acct");
  EXPECT_EQ(group.state, GroupState::Migrating);
  EXPECT_EQ(group.move_to, "n2");
  EXPECT_EQ(group.record.lease, BoardLease::Held);
  EXPECT_EQ(group.record.seqno, 50U);
  // Its agent leaves it alone, and a move finds it.
  for (const ServerOrder& server : fake.orders.read().servers)
    if (server.name == "report") {
      EXPECT_EQ(server.wanted, Wanted::Up);
      EXPECT_TRUE(server.hold);
    }
}

TEST_F(MoveDown, AsksOnce) {
  const JobEnd end = down(0);
  ASSERT_TRUE(end.ask.has_value());
  EXPECT_EQ(*end.ask, "Stops acct on n1 for a move: updates wait for migg.");
  EXPECT_TRUE(fake.changes().empty());
}

TEST_F(MoveDown, TwiceSaysSo) {
  down();
  EXPECT_EQ(down(0).result.outcome, Outcome::Done);
  EXPECT_EQ(fake.said.lines.front(), "acct is MIGRATING");
  EXPECT_TRUE(fake.changes().empty());
}

TEST_F(MoveDown, AnAlternateThatDoesNotGetAllLeavesItUp) {
  fake.domain.groups[0].drain = Milliseconds(100);
  fake.instance("B").never_applies = true;
  EXPECT_EQ(down().result.outcome, Outcome::Partly);
  EXPECT_TRUE(fake.said.has("HWSWITCHBACK"));
  EXPECT_TRUE(contains(fake.said.lines, "acct: QUIESCING -> UP"));
  EXPECT_TRUE(fake.position("A").accepting);
  EXPECT_TRUE(fake.world.runs("n1", "report"));
  EXPECT_TRUE(fake.world.runs("n1", "vip"));
}

TEST_F(MoveDown, AStepThatFailsLeavesItUp) {
  for (const char* const call : {"n1 stop report", "n1 stop_updates A"}) {
    SCOPED_TRACE(call);
    fake.world.failures.emplace(call, make_error<MsgId::HWREMOTE>("n1", "no"));
    EXPECT_EQ(down().result.outcome, Outcome::Partly);
    EXPECT_EQ(fake.group_order("acct").state, GroupState::Up);
    EXPECT_TRUE(fake.position("A").accepting);
    fake.world.failures.clear();
  }
}

TEST_F(MoveDown, WithoutAnAlternateNothingChanges) {
  fake.away("n2");
  EXPECT_EQ(down().result.outcome, Outcome::Refused);
  EXPECT_TRUE(fake.said.has("HWNOALT"));
  EXPECT_TRUE(fake.changes().empty());
}

TEST_F(MoveDown, ALostPlaceIsRefused) {
  ASSERT_TRUE(fake.orders.change([](Orders& orders) { orders.coordinator.node = "n2"; }).has_value());
  fake.away("n1");
  EXPECT_EQ(down().result.outcome, Outcome::Refused);
  EXPECT_TRUE(fake.said.has("HWREMOTE"));
}

TEST_F(MoveDown, OfANodeAllItsGroups) {
  JobContext context = fake.context();
  DownCommand command;
  command.move = true;
  command.selection.nodes = {"n1"};
  EXPECT_EQ(plan(command, context).result.outcome, Outcome::Done);
  EXPECT_EQ(fake.said.lines.back(), "step     updates of acct wait, B applies all");
  command.selection.nodes = {"n3"};
  JobContext other = fake.context(1);
  EXPECT_EQ(run(command, other).result.outcome, Outcome::Done);
  EXPECT_EQ(fake.said.lines.back(), "stopped 0");
}

TEST_F(MoveDown, AServerThatDoesNotRestartStaysDown) {
  FakeDomain fresh(
      domain_of(edited(kSmall, {{"run = \"/opt/report\"\n", "run = \"/opt/report\"\nrestart = false\n"}})));
  JobContext booted = fresh.context();
  ASSERT_EQ(run(BootCommand{}, booted).result.outcome, Outcome::Done);
  fresh.position("B").last_root = "A";
  fresh.position("B").known_epoch = 1;
  JobContext context = fresh.context(1);
  DownCommand command;
  command.move = true;
  command.selection.group = "acct";
  EXPECT_EQ(run(command, context).result.outcome, Outcome::Done);
  EXPECT_TRUE(contains(fresh.said.messages, "n1: %GTM-W-HWNOTRESTART, report stays down at the new place; boot -s"));
  const Orders orders = fresh.orders.read();
  EXPECT_EQ(std::ranges::find(orders.servers, "report", &ServerOrder::name)->wanted, Wanted::Down);
}

TEST_F(MoveDown, RollingAsksAndStopsWhereAGroupStays) {
  DownCommand command;
  command.rolling = true;
  command.selection.nodes = {"n1"};
  JobContext first = fake.context();
  const JobEnd asked = run(command, first);
  ASSERT_TRUE(asked.ask.has_value());
  EXPECT_EQ(*asked.ask, "Moves acct to other nodes. Stops 5 servers on n1.");
  fake.away("n2");
  JobContext context = fake.context(1);
  EXPECT_EQ(run(command, context).result.outcome, Outcome::Partly);
  EXPECT_EQ(fake.said.lines.back(), "acct stays on n1");
  EXPECT_TRUE(fake.world.runs("n1", "report"));
  EXPECT_TRUE(fake.position("A").accepting);
}

}  // namespace
}  // namespace hw::cluster::test
