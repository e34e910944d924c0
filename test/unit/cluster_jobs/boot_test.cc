// boot: its order, its lines, and what it does when a step fails.
#include "cluster/jobs/jobs.h"
#include "test/support/cluster_fake_sites.h"
#include "test/unit/cluster_plan/plan_sample.h"

namespace hw::cluster::test {
namespace {

class Boot : public testing::Test {
 protected:
  explicit Boot(const std::string& text = kSmall) : fake(domain_of(text)) {}

  JobEnd boot(const BootCommand& command = {}) {
    fake.said.clear();
    fake.world.calls.clear();
    JobContext context = fake.context();
    JobEnd end = run(command, context);
    epoch_made = context.epoch_made;
    return end;
  }
  JobEnd boot_of(const Selection& selection) {
    BootCommand command;
    command.selection = selection;
    return boot(command);
  }
  std::string last_line() const { return fake.said.lines.empty() ? "" : fake.said.lines.back(); }
  std::uint64_t rows(const JobEnd& end, const char* state) const {
    return static_cast<std::uint64_t>(std::ranges::count_if(
        end.result.rows.rows, [&](const std::vector<Cell>& row) { return row[3] == cell_of(state); }));
  }
  void fail(const std::string& call) {
    fake.world.failures.emplace(call, make_error<MsgId::HWGAVEUP>(call.substr(call.rfind(' ') + 1), 10));
  }

  FakeDomain fake;
  std::uint64_t epoch_made = 0;
};

class BootTwoGroups : public Boot {
 protected:
  BootTwoGroups() : Boot(kTwoGroups) {}
};

TEST_F(Boot, EachNodeInItsOrderAndTheRootReignsBeforeWhatWorksWithIt) {
  const JobEnd end = boot();
  EXPECT_EQ(end.result.outcome, Outcome::Done);
  EXPECT_EQ(fake.changes("n1"),
            (Names{"n1 generation 3", "n1 recover A", "n1 start source:B", "n1 stop receiver:A", "n1 reign A 1",
                   "n1 start gateway:gwA", "n1 start handler:gwA", "n1 start report", "n1 start vip"}));
  EXPECT_EQ(fake.changes("n2"), (Names{"n2 generation 3", "n2 recover B", "n2 start source:C", "n2 start receiver:B",
                                       "n2 start gateway:gwB", "n2 start handler:gwB"}));
  EXPECT_EQ(fake.changes("n3"), (Names{"n3 generation 3", "n3 recover C", "n3 start source:B", "n3 start receiver:C"}));
  EXPECT_EQ(last_line(), "started 11, already up 0, failed 0");
  EXPECT_EQ(end.result.values.front(), (std::pair<std::string, Cell>("started", std::uint64_t{11})));
  EXPECT_EQ(rows(end, "started"), 11U);
  EXPECT_TRUE(fake.position("A").accepting);
  EXPECT_EQ(epoch_made, 1U);
}

TEST_F(Boot, TheOrdersSayWhatIsWantedAndWhoReigns) {
  boot();
  const GroupOrder group = fake.group_order("acct");
  EXPECT_EQ(group.record.holder, "A");
  EXPECT_EQ(group.record.lease, BoardLease::Held);
  EXPECT_EQ(group.record.epoch, 1U);
  EXPECT_EQ(group.record.candidates, (Names{"B"}));
  EXPECT_EQ(group.place, "n1");
  EXPECT_EQ(group.state, GroupState::Up);
  EXPECT_EQ(group.wanted, Wanted::Up);
  const Orders orders = fake.orders.read();
  EXPECT_EQ(orders.servers.size(), 11U);
  for (const ServerOrder& server : orders.servers) EXPECT_EQ(server.wanted, Wanted::Up) << server.name;
  for (const NodeOrder& node : orders.nodes) EXPECT_EQ(node.wanted, Wanted::Up) << node.name;
  EXPECT_EQ(orders.instances[1].upstream, "A");
  EXPECT_EQ(orders.instances[2].upstream, "B");
  EXPECT_EQ(fake.board().group("acct")->lease, BoardLease::Manual);
}

TEST_F(Boot, TheLineOfAProcess) {
  boot_of({.nodes = {"n3"}});
  ASSERT_EQ(fake.said.lines.size(), 3U);
  EXPECT_EQ(fake.said.lines[0], "n3 source:B pid 1001 started");
  EXPECT_EQ(fake.said.lines[1], "n3 receiver:C pid 1002 started");
  EXPECT_EQ(last_line(), "started 2, already up 0, failed 0");
}

TEST_F(Boot, TwiceFindsAllUpAndChangesNothing) {
  boot();
  const Orders before = fake.orders.read();
  const JobEnd end = boot();
  EXPECT_EQ(end.result.outcome, Outcome::Done);
  EXPECT_EQ(last_line(), "started 0, already up 11, failed 0");
  EXPECT_TRUE(fake.calls("n1 reign").empty());
  EXPECT_TRUE(fake.calls("n1 recover").empty());
  EXPECT_EQ(fake.orders.read().servers, before.servers);
  EXPECT_EQ(fake.orders.read().groups, before.groups);
  EXPECT_EQ(epoch_made, 0U);
}

TEST_F(Boot, ASecondaryDoesNotWaitForItsFeeder) {
  const JobEnd end = boot_of({.nodes = {"n2"}});
  EXPECT_EQ(end.result.outcome, Outcome::Done);
  EXPECT_TRUE(fake.position("B").up);
  EXPECT_FALSE(fake.position("A").up);
  EXPECT_EQ(fake.group_order("acct").state, GroupState::Down);
}

TEST_F(Boot, OnlyAReceiverWithoutHistoryResynchronizes) {
  fake.position("C").has_history = true;
  boot();
  for (const FakeServer& server : fake.world.servers) {
    if (server.server.kind != ServerKind::Receiver) continue;
    EXPECT_EQ(server.request.update_resync, server.server.name == "receiver:B") << server.server.name;
  }
}

TEST_F(Boot, SourceServersKnowTheirRole) {
  boot();
  for (const FakeServer& server : fake.world.servers) {
    if (server.server.kind != ServerKind::Source) continue;
    EXPECT_EQ(server.request.as_root, server.node == "n1") << server.node;
    EXPECT_EQ(server.request.passive, server.node == "n3") << server.node;
  }
}

TEST_F(Boot, TheFirstFailureStopsIt) {
  fail("n1 start gateway:gwA");
  const JobEnd end = boot_of({.nodes = {"n1"}});
  EXPECT_EQ(end.result.outcome, Outcome::Partly);
  EXPECT_TRUE(contains(fake.said.lines, "n1 gateway:gwA failed: %GTM-E-HWGAVEUP, gateway:gwA failed 10 times"));
  EXPECT_EQ(last_line(), "started 1, already up 0, failed 1");
  EXPECT_FALSE(fake.world.runs("n1", "report"));
  EXPECT_EQ(end.result.messages.front().code, "HWGAVEUP");
  EXPECT_EQ(rows(end, "failed"), 1U);
  // What did not start is not wanted; what did is.
  for (const ServerOrder& server : fake.orders.read().servers)
    EXPECT_EQ(server.wanted, server.name == "source:B" ? Wanted::Up : Wanted::Down) << server.name;
  // Again goes on.
  fake.world.failures.clear();
  EXPECT_EQ(boot_of({.nodes = {"n1"}}).result.outcome, Outcome::Done);
  EXPECT_EQ(last_line(), "started 4, already up 1, failed 0");
}

TEST_F(Boot, AFailureAtEachStepOfTheRootLeavesItRepeatable) {
  for (const char* const call :
       {"n1 generation 3", "n1 position A", "n1 recover A", "n1 start source:B", "n1 reign A 1", "n1 start gateway:gwA",
        "n1 start handler:gwA", "n1 start report", "n1 start vip"}) {
    SCOPED_TRACE(call);
    FakeDomain fresh(domain_of(kSmall));
    fresh.world.failures.emplace(call, make_error<MsgId::HWREMOTE>("n1", "no room"));
    JobContext context = fresh.context();
    EXPECT_EQ(run(BootCommand{}, context).result.outcome, Outcome::Partly);
    EXPECT_TRUE(fresh.said.lines.back().ends_with("failed 1")) << fresh.said.lines.back();
    fresh.world.failures.clear();
    JobContext again = fresh.context();
    EXPECT_EQ(run(BootCommand{}, again).result.outcome, Outcome::Done);
    EXPECT_TRUE(fresh.said.lines.back().ends_with("failed 0")) << fresh.said.lines.back();
    EXPECT_TRUE(fresh.position("A").accepting);
    EXPECT_EQ(fresh.group_order("acct").state, GroupState::Up);
    EXPECT_EQ(fresh.world.servers.size(), 11U);
  }
}

TEST_F(Boot, ARootThatDoesNotReignIsNamedAndItsGroupFailed) {
  fake.world.failures.emplace("n1 reign A 1", make_error<MsgId::HWREMOTE>("n1", "disk full"));
  EXPECT_EQ(boot_of({.nodes = {"n1"}}).result.outcome, Outcome::Partly);
  EXPECT_TRUE(contains(fake.said.lines, "n1 A failed: %GTM-E-HWREMOTE, n1: disk full"));
  EXPECT_EQ(fake.group_order("acct").state, GroupState::Failed);
  fake.world.failures.clear();
  EXPECT_EQ(boot().result.outcome, Outcome::Done);
  // The number that may have been begun is not given again.
  EXPECT_GT(fake.group_order("acct").record.epoch, 1U);
}

TEST_F(Boot, WhenTheOrdersCannotBeWrittenNothingStarts) {
  fake.orders.fault = make_error<MsgId::HWREMOTE>("n1", "disk full");
  EXPECT_EQ(boot().result.outcome, Outcome::Refused);
  EXPECT_TRUE(fake.changes().empty());
}

TEST_F(Boot, AtTheEndOfItsTimeItStillRuns) {
  fake.world.waiting = {"n1 start report"};
  JobContext context = fake.context();
  context.deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(300);
  EXPECT_EQ(run(BootCommand{}, context).result.outcome, Outcome::Running);
}

TEST_F(Boot, CalledOffItStartsNothingMore) {
  fake.cancelled = true;
  EXPECT_EQ(boot().result.outcome, Outcome::Partly);
  EXPECT_TRUE(fake.world.servers.empty());
}

TEST_F(Boot, StateOfTheGroupIsSaidWhenItIsNamed) {
  boot_of({.group = "acct"});
  EXPECT_TRUE(contains(fake.said.lines, "acct: DOWN -> UP"));
  boot_of({.group = "acct"});
  EXPECT_FALSE(contains(fake.said.lines, "acct: DOWN -> UP"));
}

TEST_F(Boot, AGroupBeingMovedIsRefused) {
  ASSERT_TRUE(fake.orders.change([](Orders& orders) { orders.groups[0].state = GroupState::Migrating; }).has_value());
  EXPECT_EQ(boot_of({.group = "acct"}).result.outcome, Outcome::Refused);
  EXPECT_TRUE(fake.said.has("HWMOVING"));
  EXPECT_TRUE(fake.changes().empty());
}

TEST_F(Boot, NothingPlacedAtTheNodeSaysWhere) {
  ASSERT_TRUE(fake.orders
                  .change([](Orders& orders) {
                    orders.groups[0].record = {"B", BoardLease::Down, 7, 0, 0, {}};
                    orders.groups[0].place = "n2";
                    orders.coordinator.node = "n2";
                  })
                  .has_value());
  fake.away("n1");
  fake.cleaned("n1");
  const JobEnd end = boot_of({.nodes = {"n1"}});
  EXPECT_EQ(end.result.outcome, Outcome::Done);
  EXPECT_EQ(last_line(), "started 0");
  EXPECT_EQ(fake.said.messages, (Names{"%GTM-I-HWELSEWHERE, Groups of n1 run on n2"}));
}

TEST_F(Boot, OptionsGoToWhatIsStartedAndStayWithIt) {
  BootCommand command;
  command.selection.servers = {{"report", 1}};
  command.options = "-fast";
  boot(command);
  EXPECT_EQ(fake.world.servers.front().request.options, "-fast");
  EXPECT_EQ(fake.orders.read().servers.front().options, "-fast");
}

TEST_F(Boot, AServerAtMaxIsSaidAndWithAGroupEndsIt) {
  boot();
  BootCommand command;
  command.selection.servers = {{"report", 1}};
  EXPECT_EQ(boot(command).result.outcome, Outcome::Done);
  EXPECT_EQ(last_line(), "started 0, already up 0, failed 0");
  EXPECT_EQ(fake.said.messages, (Names{"%GTM-I-HWSVRMAX, report at max 1"}));
  command.selection.group = "acct";
  EXPECT_EQ(boot(command).result.outcome, Outcome::Partly);
  EXPECT_EQ(fake.said.messages, (Names{"%GTM-E-HWSVRMAX, report at max 1"}));
  command.go_on_at_max = true;
  EXPECT_EQ(boot(command).result.outcome, Outcome::Done);
  EXPECT_EQ(fake.said.messages, (Names{"%GTM-I-HWSVRMAX, report at max 1", "%GTM-I-HWGRPMAX, All of acct at max"}));
}

TEST_F(Boot, RecoveryAlone) {
  fake.position("A").clean = false;
  BootCommand command;
  command.recovery_only = true;
  EXPECT_EQ(boot(command).result.outcome, Outcome::Done);
  EXPECT_TRUE(contains(fake.said.lines, "n1 recovery:A recovered"));
  EXPECT_EQ(last_line(), "started 3, already up 0, failed 0");
  EXPECT_TRUE(fake.position("A").clean);
  EXPECT_TRUE(fake.world.servers.empty());
}

TEST_F(Boot, PacesWaitAsTheyAreTold) {
  BootCommand command;
  command.selection.nodes = {"n3"};
  const auto wait_ready = [&] { return fake.world.servers.back().request.wait_ready; };
  command.pace = Pace::AtOnce;
  boot(command);
  EXPECT_FALSE(wait_ready());
  const auto took = [&](Pace pace) {
    fake.world.servers.clear();
    command.pace = pace;
    command.pace_us = 60'000;
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(boot(command).result.outcome, Outcome::Done);
    return std::chrono::steady_clock::now() - begin;
  };
  EXPECT_GE(took(Pace::Delay), std::chrono::milliseconds(120));
  EXPECT_GE(took(Pace::FullWait), std::chrono::milliseconds(120));
  took(Pace::Registered);
  EXPECT_TRUE(wait_ready());
  took(Pace::Ready);
  EXPECT_TRUE(wait_ready());
}

TEST_F(BootTwoGroups, RootsOfTwoGroupsAtTwoNodes) {
  EXPECT_EQ(boot().result.outcome, Outcome::Done);
  EXPECT_EQ(fake.group_order("acct").record.holder, "A");
  EXPECT_EQ(fake.group_order("stock").record.holder, "X");
  EXPECT_TRUE(fake.position("X").accepting);
  // Another group stays as it is.
  fake.world.crash("n2");
  EXPECT_EQ(boot_of({.group = "stock"}).result.outcome, Outcome::Done);
  EXPECT_TRUE(fake.position("X").accepting);
  EXPECT_FALSE(fake.position("B").up);
}

TEST_F(BootTwoGroups, AHoldIsReleased) {
  boot();
  ASSERT_TRUE(fake.orders
                  .change([](Orders& orders) {
                    for (ServerOrder& server : orders.servers) server.hold = true;
                  })
                  .has_value());
  boot();
  for (const ServerOrder& server : fake.orders.read().servers) EXPECT_FALSE(server.hold) << server.name;
}

}  // namespace
}  // namespace hw::cluster::test
