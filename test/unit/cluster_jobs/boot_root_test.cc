// boot: who reigns, under which epoch, and what a former root does first.
#include "cluster/jobs/jobs.h"
#include "test/support/cluster_fake_sites.h"
#include "test/unit/cluster_plan/plan_sample.h"

namespace hw::cluster::test {
namespace {

class BootRoot : public testing::Test {
 protected:
  explicit BootRoot(const std::string& text = kSmall) : fake(domain_of(text)) {}

  JobEnd boot(const Selection& selection = {}) {
    fake.said.clear();
    fake.world.calls.clear();
    JobContext context = fake.context();
    BootCommand command;
    command.selection = selection;
    return run(command, context);
  }
  JobEnd down() {
    JobContext context = fake.context(1);
    return run(DownCommand{}, context);
  }
  /// B has taken over while A was away; its reign has a receipt.
  void fail_over_to_b() {
    ASSERT_TRUE(fake.orders
                    .change([](Orders& orders) {
                      orders.groups[0].record = {"B", BoardLease::Held, 42, 0, 1000, {"A"}};
                      orders.groups[0].place = "n2";
                    })
                    .has_value());
    Position& b = fake.position("B");
    b.up = b.accepting = b.has_history = true;
    b.role = BoardRole::Root;
    b.known_epoch = b.pool_epoch = 42;
    b.last_root = "B";
    b.next_seqno = 1000;
    Position& a = fake.position("A");
    a.up = a.clean = false;
    a.has_history = true;
    a.known_epoch = 41;
    a.last_root = "A";
    a.next_seqno = 1004;
  }

  FakeDomain fake;
};

class BootRootTwoGroups : public BootRoot {
 protected:
  BootRootTwoGroups() : BootRoot(kTwoGroups) {}
};

TEST_F(BootRoot, AfterADownItBeginsAnewUnderTheNextNumber) {
  boot();
  EXPECT_EQ(down().result.outcome, Outcome::Done);
  EXPECT_EQ(boot().result.outcome, Outcome::Done);
  EXPECT_EQ(fake.group_order("acct").record.epoch, 2U);
  EXPECT_EQ(fake.position("A").pool_epoch, 2U);
}

TEST_F(BootRoot, AfterADownThatNobodyElseSawTheNumberIsStillHigher) {
  boot();
  down();
  fake.position("B").known_epoch = 9;
  boot();
  EXPECT_EQ(fake.group_order("acct").record.epoch, 10U);
}

TEST_F(BootRoot, ACrashedRootGoesOnUnderItsNumber) {
  boot();
  fake.world.crash("n1");
  EXPECT_EQ(boot().result.outcome, Outcome::Done);
  EXPECT_EQ(fake.calls("n1 recover A").size(), 1U);
  EXPECT_EQ(fake.group_order("acct").record.epoch, 1U);
  EXPECT_TRUE(fake.position("A").accepting);
}

TEST_F(BootRoot, ACrashedRootWaitsForOthersWithItsUpdatesOff) {
  boot();
  fake.world.crash("n1");
  fake.away("n2");
  EXPECT_EQ(boot({.nodes = {"n1"}}).result.outcome, Outcome::Partly);
  EXPECT_EQ(fake.said.messages, Names{"n1: %GTM-E-HWNEEDCONF, B must confirm"});
  EXPECT_TRUE(fake.position("A").up);
  EXPECT_FALSE(fake.position("A").accepting);
  // What works with the root comes when it takes updates; gateways answer reads.
  EXPECT_TRUE(fake.world.runs("n1", "gateway:gwA"));
  EXPECT_FALSE(fake.world.runs("n1", "report"));
  fake.back("n2");
  EXPECT_EQ(boot({.nodes = {"n1"}}).result.outcome, Outcome::Done);
  EXPECT_TRUE(fake.position("A").accepting);
  EXPECT_TRUE(fake.world.runs("n1", "report"));
  EXPECT_EQ(fake.group_order("acct").record.epoch, 1U);
}

TEST_F(BootRoot, ANodeThatPcleanTookOffNeedNotConfirm) {
  boot();
  fake.world.crash("n1");
  fake.away("n2");
  fake.cleaned("n2");
  EXPECT_EQ(boot({.nodes = {"n1"}}).result.outcome, Outcome::Done);
  EXPECT_TRUE(fake.position("A").accepting);
}

TEST_F(BootRoot, AHigherEpochAnywhereKeepsUpdatesOff) {
  boot();
  fake.world.crash("n1");
  fake.position("B").known_epoch = 7;
  EXPECT_EQ(boot().result.outcome, Outcome::Partly);
  EXPECT_TRUE(
      contains(fake.said.lines, "n1 A failed: %GTM-E-HWEPOCHOLD, Instance A has epoch 1, and epoch 7 is known"));
  EXPECT_FALSE(fake.position("A").accepting);
}

TEST_F(BootRoot, AFormerRootRejoinsBeforeItHasAPool) {
  fail_over_to_b();
  Receipt open;
  open.id = "acct-42";
  open.group = "acct";
  open.node = "n2";
  open.old_instance = "A";
  open.old_epoch = 41;
  open.new_instance = "B";
  open.new_epoch = 42;
  fake.world.receipts["acct-42"] = {open, ""};
  fake.instance("A").loses = {4, 1000, 1003, "lost"};
  EXPECT_EQ(boot().result.outcome, Outcome::Done);
  const Names n1 = fake.changes("n1");
  ASSERT_GE(n1.size(), 5U);
  EXPECT_EQ(Names(n1.begin(), n1.begin() + 5),
            (Names{"n1 generation 3", "n1 recover A", "n1 rejoin A to B", "n1 start source:B", "n1 start receiver:A"}));
  const auto& [receipt, text] = fake.world.receipts["acct-42"];
  EXPECT_EQ(receipt.state, ReceiptState::Collected);
  EXPECT_EQ(receipt.count, 4U);
  EXPECT_EQ(receipt.first, 1000U);
  EXPECT_EQ(text, "lost");
  EXPECT_EQ(fake.group_order("acct").record.epoch, 42U);
  EXPECT_TRUE(fake.world.runs("n2", "report"));
  EXPECT_FALSE(fake.world.runs("n1", "report"));
}

TEST_F(BootRoot, WithoutAReceiptALossGetsOneOfItsOwn) {
  fail_over_to_b();
  fake.instance("A").loses = {1, 1003, 1003, "lost"};
  EXPECT_EQ(boot().result.outcome, Outcome::Done);
  ASSERT_EQ(fake.world.receipts.size(), 1U);
  EXPECT_EQ(fake.world.receipts.begin()->second.first.old_instance, "A");
  EXPECT_EQ(fake.world.receipts.begin()->second.first.node, "n2");
}

/// The receipt is there before anything is taken out: who takes it out may die before he has told what it was.
TEST_F(BootRoot, NothingLostAndNoReceiptLeavesOneWithNothingToApply) {
  fail_over_to_b();
  EXPECT_EQ(boot().result.outcome, Outcome::Done);
  ASSERT_EQ(fake.world.receipts.size(), 1U);
  const Receipt& receipt = fake.world.receipts.begin()->second.first;
  EXPECT_EQ(receipt.state, ReceiptState::Applied);
  EXPECT_EQ(receipt.count, 0U);
  const Names n2 = fake.calls("n2 put_receipt");
  EXPECT_EQ(n2.size(), 2U);
}

TEST_F(BootRoot, ARejoinThatFailsStopsItAndCanBeRepeated) {
  fail_over_to_b();
  fake.world.failures.emplace("n1 rejoin A to B", make_error<MsgId::HWNEEDREFRESH>("A"));
  EXPECT_EQ(boot({.nodes = {"n1"}}).result.outcome, Outcome::Partly);
  EXPECT_TRUE(contains(fake.said.lines,
                       "n1 A failed: %GTM-E-HWREJOIN, A could not rejoin: %GTM-E-HWNEEDREFRESH, A needs refresh"));
  EXPECT_FALSE(fake.position("A").up);
  fake.world.failures.clear();
  EXPECT_EQ(boot({.nodes = {"n1"}}).result.outcome, Outcome::Done);
  EXPECT_TRUE(fake.position("A").up);
}

TEST_F(BootRoot, AFormerRootDoesNotStartWithoutTheNewOne) {
  fail_over_to_b();
  fake.away("n2");
  EXPECT_EQ(boot({.nodes = {"n1"}}).result.outcome, Outcome::Partly);
  EXPECT_TRUE(fake.calls("n1 rejoin").empty());
  EXPECT_FALSE(fake.position("A").up);
  fake.back("n2");
  fake.world.crash("n2");
  EXPECT_EQ(boot({.nodes = {"n1"}}).result.outcome, Outcome::Partly);
  EXPECT_TRUE(fake.calls("n1 rejoin").empty());
}

TEST_F(BootRoot, AFormerRootWaitsForTheNewOneOfTheSameBoot) {
  fail_over_to_b();
  fake.world.crash("n2");
  EXPECT_EQ(boot().result.outcome, Outcome::Done);
  EXPECT_TRUE(fake.position("B").accepting);
  EXPECT_TRUE(fake.world.runs("n1", "receiver:A"));
}

TEST_F(BootRootTwoGroups, TwoFormerRootsTheOtherWayRoundDoNotWaitForEachOther) {
  fail_over_to_b();
  fake.world.crash("n2");
  // In the other group Y at n1 has taken over from X at n2.
  ASSERT_TRUE(fake.orders
                  .change([](Orders& orders) {
                    orders.groups[1].record = {"Y", BoardLease::Held, 6, 0, 50, {}};
                    orders.groups[1].place = "n1";
                  })
                  .has_value());
  Position& x = fake.position("X");
  x.has_history = true;
  x.last_root = "X";
  x.known_epoch = 5;
  Position& y = fake.position("Y");
  y.has_history = true;
  y.last_root = "Y";
  y.known_epoch = 6;
  EXPECT_EQ(boot().result.outcome, Outcome::Done);
  EXPECT_TRUE(fake.position("B").accepting);
  EXPECT_TRUE(fake.position("Y").accepting);
  EXPECT_TRUE(fake.world.runs("n1", "receiver:A"));
  EXPECT_TRUE(fake.world.runs("n2", "receiver:X"));
}

TEST_F(BootRoot, WithPacemakerTheRootIsUpWithItsUpdatesOff) {
  fake.domain.domain.dcs = Dcs::Pacemaker;
  EXPECT_EQ(boot().result.outcome, Outcome::Partly);
  EXPECT_TRUE(fake.said.has("HWFENCED"));
  EXPECT_TRUE(fake.position("A").up);
  EXPECT_FALSE(fake.position("A").accepting);
}

TEST_F(BootRoot, AnInstanceRunByHandIsNotTakenOver) {
  Position& a = fake.position("A");
  a.up = a.accepting = true;
  a.role = BoardRole::Root;
  EXPECT_EQ(boot({.nodes = {"n1"}}).result.outcome, Outcome::Partly);
  EXPECT_TRUE(contains(fake.said.lines, "n1 A failed: %GTM-E-HWINUSE, A is used by updates without an epoch"));
  EXPECT_TRUE(fake.calls("n1 recover").empty());
  EXPECT_TRUE(fake.position("A").accepting);
}

}  // namespace
}  // namespace hw::cluster::test
