// down: its order, its question, its lines, and what it leaves when a step fails.
#include "cluster/jobs/jobs.h"
#include "test/support/cluster_fake_sites.h"
#include "test/unit/cluster_plan/plan_sample.h"

namespace hw::cluster::test {
namespace {

class Down : public testing::Test {
 protected:
  Down() : fake(domain_of(kSmall)) {
    JobContext context = fake.context();
    EXPECT_EQ(run(BootCommand{}, context).result.outcome, Outcome::Done);
  }
  JobEnd down(const DownCommand& command = {}, unsigned yes = 1) {
    fake.said.clear();
    fake.world.calls.clear();
    JobContext context = fake.context(yes);
    return run(command, context);
  }
  JobEnd down_of(const Selection& selection) {
    DownCommand command;
    command.selection = selection;
    return down(command);
  }
  std::string last_line() const { return fake.said.lines.empty() ? "" : fake.said.lines.back(); }

  FakeDomain fake;
};

TEST_F(Down, AsksFirstAndChangesNothing) {
  const JobEnd end = down({}, 0);
  ASSERT_TRUE(end.ask.has_value());
  EXPECT_EQ(*end.ask, "Stops 11 servers on n1, n2, n3. Stops root A of acct. What is queued at gwB gets HWCLOSED.");
  EXPECT_TRUE(fake.changes().empty());
  EXPECT_TRUE(fake.said.lines.empty());
}

TEST_F(Down, EachNodeFromBehindAndTheReignEndsBeforeThePoolGoes) {
  const JobEnd end = down();
  EXPECT_EQ(end.result.outcome, Outcome::Done);
  EXPECT_EQ(fake.changes("n1"),
            (Names{"n1 stop vip", "n1 stop report", "n1 stop handler:gwA", "n1 stop gateway:gwA", "n1 stop_updates A",
                   "n1 give_up A", "n1 stop source:B", "n1 close A", "n1 generation 0"}));
  EXPECT_EQ(fake.changes("n2"), (Names{"n2 stop handler:gwB", "n2 stop gateway:gwB", "n2 stop receiver:B",
                                       "n2 stop source:C", "n2 close B", "n2 generation 0"}));
  EXPECT_EQ(last_line(), "stopped 11, already down 0, failed 0");
  EXPECT_EQ(end.result.values[0].first, "stopped");
  EXPECT_EQ(end.result.values[1].first, "already_down");
}

TEST_F(Down, TheOrdersSayThatNobodyTakesOver) {
  fake.position("A").next_seqno = 77;
  down();
  const GroupOrder group = fake.group_order("acct");
  EXPECT_EQ(group.record.lease, BoardLease::Down);
  EXPECT_EQ(group.record.holder, "A");
  EXPECT_EQ(group.record.epoch, 1U);
  EXPECT_EQ(group.record.seqno, 77U);
  EXPECT_EQ(group.state, GroupState::Down);
  EXPECT_EQ(group.wanted, Wanted::Down);
  for (const ServerOrder& server : fake.orders.read().servers) EXPECT_EQ(server.wanted, Wanted::Down) << server.name;
  for (const NodeOrder& node : fake.orders.read().nodes) EXPECT_EQ(node.wanted, Wanted::Down) << node.name;
}

TEST_F(Down, TheLineOfAProcess) {
  down_of({.nodes = {"n3"}});
  ASSERT_EQ(fake.said.lines.size(), 3U);
  EXPECT_TRUE(fake.said.lines[0].starts_with("n3 receiver:C pid ")) << fake.said.lines[0];
  EXPECT_TRUE(fake.said.lines[0].ends_with(" stopped")) << fake.said.lines[0];
  EXPECT_EQ(last_line(), "stopped 2, already down 0, failed 0");
  EXPECT_FALSE(fake.position("C").up);
  EXPECT_TRUE(fake.position("A").accepting);
  EXPECT_EQ(fake.group_order("acct").state, GroupState::Up);
}

TEST_F(Down, TwiceFindsAllDownAndAsksNothing) {
  down();
  const JobEnd end = down({}, 0);
  EXPECT_FALSE(end.ask.has_value());
  EXPECT_EQ(end.result.outcome, Outcome::Done);
  EXPECT_EQ(last_line(), "stopped 0, already down 11, failed 0");
  EXPECT_TRUE(contains(fake.said.lines, "n1 source:B already down"));
  EXPECT_EQ(fake.group_order("acct").record.lease, BoardLease::Down);
}

TEST_F(Down, WhatDoesNotEndByItselfIsKilledAndSaid) {
  fake.world.killed = {"n1 report"};
  EXPECT_EQ(down_of({.servers = {{"report", 1}}}).result.outcome, Outcome::Done);
  ASSERT_FALSE(fake.said.lines.empty());
  EXPECT_TRUE(fake.said.lines[0].ends_with(" killed")) << fake.said.lines[0];
  EXPECT_EQ(fake.said.messages, Names{"n1: %GTM-W-HWKILLED, report killed after 30 s"});
  EXPECT_EQ(last_line(), "stopped 1, already down 0, failed 0");
  EXPECT_TRUE(fake.calls("n1 close").empty());
}

TEST_F(Down, MemoryThatIsLeftIsSaid) {
  fake.instance("C").memory_left = true;
  EXPECT_EQ(down().result.outcome, Outcome::Partly);
  EXPECT_EQ(fake.said.messages, Names{"n3: %GTM-W-HWIPCLEFT, Memory 77 used by 4711"});
  EXPECT_EQ(last_line(), "stopped 11, already down 0, failed 0");
}

TEST_F(Down, ANodeThatIsAwayIsSaidAndTheRestIsStopped) {
  fake.away("n2");
  EXPECT_EQ(down().result.outcome, Outcome::Partly);
  EXPECT_EQ(fake.said.messages, Names{"n2: %GTM-E-HWREMOTE, n2: not heard"});
  EXPECT_EQ(last_line(), "stopped 7, already down 0, failed 0");
  EXPECT_TRUE(fake.world.runs("n2", "receiver:B"));
  for (const ServerOrder& server : fake.orders.read().servers) EXPECT_EQ(server.wanted, Wanted::Down) << server.name;
  // Again goes on.
  fake.back("n2");
  EXPECT_EQ(down().result.outcome, Outcome::Done);
  EXPECT_FALSE(fake.world.runs("n2", "receiver:B"));
}

TEST_F(Down, ARootThatIsAwayKeepsItsRecord) {
  ASSERT_TRUE(fake.orders.change([](Orders& orders) { orders.coordinator.node = "n2"; }).has_value());
  fake.away("n1");
  EXPECT_EQ(down().result.outcome, Outcome::Partly);
  EXPECT_EQ(fake.group_order("acct").record.lease, BoardLease::Held);
}

TEST_F(Down, AFailureAtEachStepDoesNotKeepTheRestUp) {
  for (const char* const call : {"n1 stop report", "n1 stop gateway:gwA", "n1 stop_updates A", "n1 give_up A",
                                 "n1 stop source:B", "n1 close A", "n1 generation 0", "n1 position A"}) {
    SCOPED_TRACE(call);
    FakeDomain fresh(domain_of(kSmall));
    JobContext booted = fresh.context();
    ASSERT_EQ(run(BootCommand{}, booted).result.outcome, Outcome::Done);
    fresh.world.failures.emplace(call, make_error<MsgId::HWREMOTE>("n1", "no"));
    JobContext context = fresh.context(1);
    EXPECT_EQ(run(DownCommand{}, context).result.outcome, Outcome::Partly);
    EXPECT_FALSE(fresh.world.runs("n2", "receiver:B"));
    EXPECT_FALSE(fresh.world.runs("n1", "vip"));
    fresh.world.failures.clear();
    JobContext again = fresh.context(1);
    EXPECT_EQ(run(DownCommand{}, again).result.outcome, Outcome::Done);
    EXPECT_TRUE(fresh.world.servers.empty());
    EXPECT_FALSE(fresh.position("A").up);
    EXPECT_EQ(fresh.group_order("acct").record.lease, BoardLease::Down);
    EXPECT_EQ(fresh.group_order("acct").state, GroupState::Down);
  }
}

TEST_F(Down, AServerThatDoesNotStopIsALineAndItsInstanceStaysOpen) {
  fake.world.failures.emplace("n1 stop source:B", make_error<MsgId::HWREMOTE>("n1", "hangs"));
  EXPECT_EQ(down().result.outcome, Outcome::Partly);
  EXPECT_TRUE(contains(fake.said.lines, "n1 source:B failed: %GTM-E-HWREMOTE, n1: hangs"));
  EXPECT_EQ(last_line(), "stopped 10, already down 0, failed 1");
  EXPECT_TRUE(fake.calls("n1 close").empty());
}

TEST_F(Down, AtOnceCutsWorkOff) {
  DownCommand command;
  command.selection.servers = {{"report", 1}};
  command.at_once = true;
  down(command);
  EXPECT_EQ(fake.changes("n1"), Names{"n1 cut report"});
}

TEST_F(Down, HeldServersAreNotStartedByTheirAgent) {
  DownCommand command;
  command.selection.all_of = {"report"};
  command.hold = true;
  EXPECT_EQ(down(command).result.outcome, Outcome::Done);
  for (const ServerOrder& server : fake.orders.read().servers) EXPECT_EQ(server.hold, server.name == "report");
  command.selection = {};
  EXPECT_EQ(down(command).result.outcome, Outcome::Usage);
}

TEST_F(Down, OneProcessByItsNumber) {
  const Board board = fake.board();
  const auto gateway = std::ranges::find(board.servers, "gateway:gwB", &BoardServer::name);
  ASSERT_NE(gateway, board.servers.end());
  DownCommand command;
  command.process = gateway->id;
  EXPECT_EQ(down(command).result.outcome, Outcome::Done);
  EXPECT_EQ(fake.changes(), Names{"n2 stop gateway:gwB"});
  command.process = 4711;
  EXPECT_EQ(down(command).result.outcome, Outcome::Usage);
}

TEST_F(Down, BeginsWhenItsTimeHasCome) {
  DownCommand command;
  command.selection.servers = {{"report", 1}};
  command.begin_after_s = 1;
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(down(command).result.outcome, Outcome::Done);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::seconds(1));
  fake.cancelled = true;
  EXPECT_EQ(down(command).result.outcome, Outcome::Refused);
}

TEST_F(Down, AtTheEndOfItsTimeItStillRuns) {
  fake.world.waiting = {"n1 stop report"};
  JobContext context = fake.context(1);
  context.deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(300);
  EXPECT_EQ(run(DownCommand{}, context).result.outcome, Outcome::Running);
}

TEST_F(Down, OfAnotherGenerationThanRuns) {
  Domain other = fake.domain;
  other.gateways.front().max = 1;
  JobContext context = fake.context(1);
  context.stored = [&](std::uint64_t number) -> Result<Domain> {
    if (number == 4) return other;
    return make_error<MsgId::HWCFGBAD>("generation", "not stored");
  };
  DownCommand command;
  command.generation = 4;
  EXPECT_EQ(run(command, context).result.outcome, Outcome::Refused);
  EXPECT_EQ(fake.said.messages, Names{"%GTM-E-HWCFGSTALE, Generation 4 asked, 3 runs on n1"});
  command.generation = 5;
  EXPECT_EQ(run(command, context).result.outcome, Outcome::Refused);
  command.generation = 3;
  EXPECT_EQ(run(command, context).result.outcome, Outcome::Done);
}

TEST_F(Down, NoRecoveryIsLeftToEnd) {
  DownCommand command;
  command.recovery_only = true;
  EXPECT_EQ(down(command, 0).result.outcome, Outcome::Done);
  EXPECT_TRUE(contains(fake.said.lines, "n1 recovery:A already down"));
}

}  // namespace
}  // namespace hw::cluster::test
