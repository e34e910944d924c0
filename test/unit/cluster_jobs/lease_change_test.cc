// Changes of root with dcs etcd: the lease machines make them, jobs ask for them.
#include "cluster/jobs/jobs.h"
#include "test/support/cluster_fake_sites.h"
#include "test/unit/cluster_plan/plan_sample.h"

namespace hw::cluster::test {
namespace {

using Names = std::vector<std::string>;

class LeaseChange : public testing::Test {
 protected:
  LeaseChange() : fake(domain_of(kSmall)) {
    fake.domain.domain.dcs = Dcs::Etcd;
    fake.apply();
  }
  template <class Command>
  JobEnd run(const Command& command, unsigned yes = 3) {
    fake.said.clear();
    fake.world.calls.clear();
    JobContext context = fake.context(yes);
    JobEnd end = hw::cluster::run(command, context);
    epoch = context.epoch_made;
    return end;
  }
  void boot() { ASSERT_EQ(run(BootCommand{}).result.outcome, Outcome::Done); }
  Names leases() const {
    Names found;
    for (const std::string& call : fake.world.calls)
      if (call.find(" lease ") != call.npos) found.push_back(call);
    return found;
  }

  FakeDomain fake;
  std::uint64_t epoch = 0;
};

TEST_F(LeaseChange, BootAsksTheMachineOfTheRoot) {
  boot();
  EXPECT_EQ(leases(), Names{"n1 lease boot A, none known"});
  EXPECT_EQ(epoch, 41U);
  EXPECT_TRUE(fake.position("A").accepting);
  EXPECT_TRUE(fake.calls("n1 reign").empty());
  boot();
  EXPECT_EQ(leases(), Names{"n1 lease boot A"}) << "it is root, and an epoch is known";
}

TEST_F(LeaseChange, ARootThatGetsNoLeaseStaysWithItsUpdatesOff) {
  fake.world.failures.emplace("n1 lease boot A, none known", make_error<MsgId::HWFENCED>("A"));
  EXPECT_EQ(run(BootCommand{}).result.outcome, Outcome::Partly);
  EXPECT_TRUE(fake.said.has("HWFENCED"));
  EXPECT_TRUE(fake.position("A").up);
  EXPECT_FALSE(fake.position("A").accepting);
}

TEST_F(LeaseChange, AStoreWithoutRecordOfInstancesThatKnowAnEpochMakesNoRoot) {
  fake.position("B").known_epoch = 7;
  EXPECT_EQ(run(BootCommand{}).result.outcome, Outcome::Refused);
  EXPECT_TRUE(fake.said.has("HWEPOCHBACK"));
  EXPECT_EQ(leases(), Names{});
  EXPECT_TRUE(fake.calls("n1 start").empty());
}

/// Just after a boot the coordinator may know that B is fed before A's agent does, whose lease would not be released to
/// it.
TEST_F(LeaseChange, SwitchoverWaitsUntilTheRecordNamesTheNextRoot) {
  boot();
  JobContext context = fake.context(1);
  unsigned looks = 0;
  context.look_now = [&] {
    EXPECT_EQ(leases(), Names{"n1 lease boot A, none known"});
    if (++looks == 2) fake.world.candidates["acct"] = {"B"};
  };
  EXPECT_EQ(hw::cluster::run(SwitchoverCommand{"B", {}}, context).result.outcome, Outcome::Done);
  EXPECT_EQ(looks, 2U);
}

TEST_F(LeaseChange, SwitchoverReleasesTheLeaseToTheNextRoot) {
  boot();
  EXPECT_EQ(run(SwitchoverCommand{"B", {}}).result.outcome, Outcome::Done);
  EXPECT_EQ(leases(), (Names{"n1 lease release A to B", "n2 lease await B"}));
  EXPECT_EQ(fake.said.lines.back(), "B is root of acct, epoch 42");
  EXPECT_TRUE(fake.calls("n2 reign").empty());
  EXPECT_TRUE(fake.calls("n1 stop_updates").empty()) << "the machine does that";
  EXPECT_EQ(fake.group_order("acct").place, "n2");
  EXPECT_EQ(fake.group_order("acct").move_to, "");
  EXPECT_FALSE(fake.position("A").accepting);
}

TEST_F(LeaseChange, ASwitchoverThatTheMachineCallsOffLeavesTheOldRoot) {
  boot();
  fake.world.failures.emplace("n1 lease release A to B", make_error<MsgId::HWSWITCHBACK>("B", "30", "A"));
  EXPECT_EQ(run(SwitchoverCommand{"B", {}}).result.outcome, Outcome::Refused);
  EXPECT_TRUE(fake.said.has("HWSWITCHBACK"));
  EXPECT_EQ(leases(), Names{"n1 lease release A to B"});
  EXPECT_TRUE(fake.position("A").accepting);
  EXPECT_EQ(fake.group_order("acct").move_to, "");
}

TEST_F(LeaseChange, FailoverIsTheMachinesAndOpensAReceipt) {
  boot();
  fake.world.crash("n1");
  fake.away("n1");
  EXPECT_EQ(run(FailoverCommand{"B", {}, false}).result.outcome, Outcome::Refused);
  EXPECT_TRUE(fake.said.has("HWLEASEVALID"));
  EXPECT_EQ(run(FailoverCommand{"B", {}, true}).result.outcome, Outcome::Done);
  EXPECT_EQ(leases(), Names{"n2 lease failover B, force"});
  EXPECT_TRUE(fake.world.receipts.contains("acct-42"));
  EXPECT_TRUE(fake.position("B").accepting);
}

TEST_F(LeaseChange, DownTakesTheLeaseBackBeforeAnythingStops) {
  boot();
  EXPECT_EQ(run(DownCommand{}).result.outcome, Outcome::Done);
  const Names changes = fake.changes("n1");
  const auto first = [&](const std::string& call) { return std::ranges::find(changes, call) - changes.begin(); };
  EXPECT_LT(first("n1 lease down A"), first("n1 stop source:B"));
  EXPECT_FALSE(fake.world.records["acct"].held);
  boot();
  EXPECT_EQ(epoch, 42U);
}

TEST_F(LeaseChange, WhatThisReleaseCannotIsRefused) {
  boot();
  EXPECT_EQ(run(MigrateCommand{.group = "acct", .node = {}}).result.outcome, Outcome::Refused);
  EXPECT_TRUE(fake.said.has("HWREFUSED"));
}

}  // namespace
}  // namespace hw::cluster::test
