// failover: F1 to F5, what each refuses and asks.
#include "test/unit/cluster_jobs/change_sample.h"

namespace hw::cluster::test {
namespace {

/// A has five transactions more than B, which has two more than C; then its machine is off.
class Failover : public ChangeTest {
 protected:
  void lose_a() {
    data.write("A", 3);
    data.receive("C");
    data.write("A", 2);
    data.receive("B");
    data.write("A", 5);
    power_off("n1");
    clear();
  }
  void rejoin_a() {
    power_on("n1");
    BootCommand boot;
    boot.selection.nodes = {"n1"};
    EXPECT_EQ(run(boot).result.outcome, Outcome::Done) << data.said();
    data.replicate();
  }
  const Receipt& receipt(const std::string& id) const { return data.fake.world.receipts.find(id)->second.first; }
};

FailoverCommand to(const char* instance, bool force = false) { return {instance, {}, force}; }

TEST_F(Failover, TheBestOfThoseThatAnswerTakes) {
  lose_a();
  const JobEnd end = run(FailoverCommand{});
  EXPECT_EQ(end.result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(last_line(), "B is root of acct, epoch 2");
  EXPECT_EQ(data.root(), "B");
  EXPECT_EQ(feeder("C"), "B");
  EXPECT_EQ(feeder("D"), "B");
  EXPECT_TRUE(runs("n2", "report"));
  EXPECT_TRUE(runs("n2", "source:A"));  // It waits for A.
  EXPECT_EQ(group().record.holder, "B");
  EXPECT_EQ(group().place, "n2");
  EXPECT_EQ(group().state, GroupState::Up);
}

TEST_F(Failover, AsksWhetherTheOldRootIsOff) {
  lose_a();
  run(FailoverCommand{});
  EXPECT_EQ(data.questions,
            (Names{"Makes B root of acct in place of A; transactions lost: 5 (26..30).",
                   "A is not heard, and may be taking updates. The old root must not run: is it off?"}));
}

TEST_F(Failover, WithoutTheSecondYesNothingIsDone) {
  lose_a();
  data.asked = [&](const std::string&) { return data.questions.size() < 2; };
  EXPECT_TRUE(run(FailoverCommand{}).ask.has_value());
  EXPECT_EQ(data.fake.changes(), Names{});
  EXPECT_TRUE(data.accepting().empty());
}

TEST_F(Failover, ANodeThatWasCleanedIsNotAskedAboutAgain) {
  lose_a();
  data.fake.cleaned("n1");
  run(FailoverCommand{});
  EXPECT_EQ(data.questions.size(), 1U);
  EXPECT_EQ(data.root(), "B");
}

TEST_F(Failover, AReceiptIsOpenedBeforeTheReignBegins) {
  lose_a();
  run(FailoverCommand{});
  ASSERT_EQ(data.fake.world.receipts.size(), 1U);
  const Receipt& opened = receipt("acct-2");
  EXPECT_EQ(opened.state, ReceiptState::Open);
  EXPECT_EQ(opened.node, "n2");
  EXPECT_EQ(opened.old_instance, "A");
  EXPECT_EQ(opened.old_epoch, 1U);
  EXPECT_EQ(opened.last_known, 30U);
  EXPECT_EQ(opened.new_instance, "B");
  EXPECT_EQ(opened.new_epoch, 2U);
  EXPECT_EQ(opened.first_own, 26U);
  const Names calls = data.fake.changes("n2");
  EXPECT_LT(std::ranges::find(calls, "n2 put_receipt acct-2"), std::ranges::find(calls, "n2 reign B 2"));
}

TEST_F(Failover, WhatTheOldRootHadAloneIsInTheReceiptWhenItIsBack) {
  lose_a();
  run(FailoverCommand{});
  data.write("B", 4);
  rejoin_a();
  EXPECT_EQ(receipt("acct-2").state, ReceiptState::Collected);
  EXPECT_EQ(receipt("acct-2").count, 5U);
  EXPECT_EQ(receipt("acct-2").first, 26U);
  EXPECT_EQ(receipt("acct-2").last, 30U);
  EXPECT_EQ(data.in_receipt["acct-2"], (Transactions{26, 27, 28, 29, 30}));
  EXPECT_EQ(data.of["A"], data.of["B"]);
  EXPECT_EQ(data.missing(true), std::set<std::uint64_t>{});
}

TEST_F(Failover, DoneAlreadyIsDone) {
  lose_a();
  run(FailoverCommand{});
  const JobEnd again = run(to("B"));
  EXPECT_EQ(again.result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(last_line(), "B is root of acct, epoch 2");
  EXPECT_TRUE(data.questions.empty());
  EXPECT_EQ(data.fake.world.receipts.size(), 1U);
}

// ---- F1 ----

/// Yes is only counted: what was said of a root that answers does not hold for one that has fallen silent since.
TEST_F(Failover, F1ASilenceBetweenTheQuestionsIsAskedAbout) {
  data.asked = [&](const std::string&) {
    if (data.questions.size() == 2) data.fake.away("n1");
    return data.questions.size() < 3;
  };
  const JobEnd end = run(to("B", true));
  ASSERT_EQ(data.questions.size(), 3U);
  EXPECT_TRUE(data.questions.back().starts_with("A is not heard")) << data.questions.back();
  EXPECT_TRUE(end.ask.has_value());
  EXPECT_EQ(data.root(), "A");
}

TEST_F(Failover, F1RefusesWhileTheRootTakesUpdates) {
  const JobEnd end = run(to("B"));
  EXPECT_EQ(end.result.outcome, Outcome::Refused);
  EXPECT_TRUE(said("%GTM-E-HWLEASEVALID, Lease of A may last unlimited s more"));
  EXPECT_EQ(data.fake.changes(), Names{});
  EXPECT_EQ(data.root(), "A");
}

TEST_F(Failover, F1WithForceStopsIt) {
  data.write("A", 3);
  const JobEnd end = run(to("B", true));
  EXPECT_EQ(end.result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(data.questions, (Names{"Makes B root of acct in place of A; transactions lost: 3 (21..23).",
                                   "A takes updates and is stopped now. The old root must not run. Go on?"}));
  EXPECT_EQ(data.root(), "B");
  EXPECT_EQ(feeder("A"), "B");
  EXPECT_EQ(data.missing(true), std::set<std::uint64_t>{});
}

TEST_F(Failover, F1ARootThatCannotBeStoppedStays) {
  data.fake.world.failures.emplace("n1 stop_updates A", make_error<MsgId::HWREMOTE>("n1", "no answer"));
  EXPECT_EQ(run(to("B", true)).result.outcome, Outcome::Refused);
  EXPECT_EQ(data.root(), "A");
  EXPECT_EQ(group().record.lease, BoardLease::Held);
}

TEST_F(Failover, F1ARootThatCrashedIsProvenAndMayGoOnItself) {
  data.write("A", 2);
  data.fake.world.crash("n1");
  clear();
  // Its agent answers: it takes no updates, and is down.
  const JobEnd end = run(FailoverCommand{});
  EXPECT_EQ(end.result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(data.questions.size(), 1U);
  EXPECT_EQ(data.root(), "B");
}

TEST_F(Failover, F1AReignThatNobodySeesCountsForEveryNodeThatIsSilent) {
  data.fake.domain.groups.front().max_loss = -1;
  lose_a();
  at("C").known_epoch = 5;
  data.fake.away("n2");
  run(FailoverCommand{});
  ASSERT_EQ(data.questions.size(), 2U);
  EXPECT_EQ(data.questions.back(),
            "A, B is not heard, and may be taking updates. The old root must not run: is it off?");
  EXPECT_EQ(last_line(), "C is root of acct, epoch 6");
}

TEST_F(Failover, OfTwoThatTakeUpdatesBothAreStopped) {
  // An operator has said that A is off, and it was not.
  data.one_at_most = false;
  data.fake.away("n1");
  run(FailoverCommand{});
  data.fake.back("n1");
  EXPECT_EQ(data.accepting(), (Names{"A", "B"}));
  EXPECT_EQ(run(to("B")).result.outcome, Outcome::Refused);
  EXPECT_EQ(run(to("B", true)).result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(data.root(), "B");
  EXPECT_EQ(feeder("A"), "B");
}

// ---- F2 ----

TEST_F(Failover, F2RefusesWhatWouldLoseTooMuch) {
  lose_a();
  const JobEnd end = run(to("C"));
  EXPECT_EQ(end.result.outcome, Outcome::Refused);
  EXPECT_TRUE(said("%GTM-E-HWLOSSLIMIT, C would lose 7, limit 5"));
  EXPECT_EQ(data.fake.changes(), Names{});
}

TEST_F(Failover, F2AsksAboutALesserOne) {
  lose_a();
  const JobEnd end = run(to("C", true));
  EXPECT_EQ(end.result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(data.questions,
            (Names{"Makes C root of acct in place of A, though B has 2 more; transactions lost: 7 (24..30).",
                   "The old root A must not run. Go on?",
                   "A is not heard, and may be taking updates. The old root must not run: is it off?"}));
  EXPECT_EQ(data.root(), "C");
  data.replicate();
  EXPECT_EQ(data.of["B"], data.of["C"]);  // It was ahead, and has rolled back.
  rejoin_a();
  EXPECT_EQ(data.in_receipt["acct-2"].size(), 7U);
  EXPECT_EQ(data.missing(true), std::set<std::uint64_t>{});
}

TEST_F(Failover, F2SaysWhyNobodyCan) {
  lose_a();
  power_off("n2");
  at("C").frozen = true;
  EXPECT_EQ(run(FailoverCommand{}).result.outcome, Outcome::Refused);
  EXPECT_EQ(data.fake.said.messages,
            (Names{"%GTM-E-HWNOCAND, No candidate: A: silent; B: silent; C: frozen; D: priority 0"}));
  EXPECT_EQ(run(to("B")).result.outcome, Outcome::Refused);
  EXPECT_EQ(data.fake.said.messages, (Names{"%GTM-E-HWNOCAND, No candidate: B: silent"}));
}

// ---- F3 ----

TEST_F(Failover, F3FailsTheNextCandidateTakes) {
  data.fake.domain.groups.front().max_loss = -1;
  lose_a();
  data.fake.world.failures.emplace("n2 reign B 2", make_error<MsgId::SYSCALL>("fdatasync()", "B"));
  const JobEnd end = run(FailoverCommand{});
  EXPECT_EQ(end.result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(last_line(), "C is root of acct, epoch 3");
  EXPECT_EQ(data.root(), "C");
  EXPECT_EQ(receipt("acct-2").state, ReceiptState::Complete);
  EXPECT_EQ(receipt("acct-3").state, ReceiptState::Open);
  EXPECT_EQ(feeder("B"), "C");
}

TEST_F(Failover, F3TheNextCandidateMayNotLoseMoreEither) {
  lose_a();
  data.fake.world.failures.emplace("n2 reign B 2", make_error<MsgId::SYSCALL>("fdatasync()", "B"));
  EXPECT_EQ(run(FailoverCommand{}).result.outcome, Outcome::Partly);
  EXPECT_TRUE(said("HWLOSSLIMIT"));
  EXPECT_TRUE(data.accepting().empty());
  EXPECT_EQ(group().state, GroupState::Failed);
  data.fake.world.failures.clear();
  EXPECT_EQ(run(FailoverCommand{}).result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(data.root(), "B");
}

TEST_F(Failover, F3WithoutAnAnswerNobodyElseTakes) {
  data.fake.domain.groups.front().max_loss = -1;
  lose_a();
  data.fake.world.failures.emplace("n2 reign B 2", make_error<MsgId::HWREMOTE>("n2", "no answer"));
  data.fake.world.failures.emplace("n2 learn_epoch B 3", make_error<MsgId::HWREMOTE>("n2", "no answer"));
  EXPECT_EQ(run(FailoverCommand{}).result.outcome, Outcome::Partly);
  EXPECT_TRUE(data.accepting().empty());
  EXPECT_EQ(group().record.holder, "B");
  data.fake.world.failures.clear();
  EXPECT_EQ(run(FailoverCommand{}).result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(data.accepting().size(), 1U);
}

TEST_F(Failover, F4FailsTheNewOneIsRootAndAgainItGoesOn) {
  lose_a();
  data.fake.world.failures.emplace("n2 start source:C", make_error<MsgId::HWGAVEUP>("source:C", 10));
  EXPECT_EQ(run(FailoverCommand{}).result.outcome, Outcome::Partly);
  EXPECT_TRUE(said("HWREPARENT"));
  EXPECT_EQ(data.root(), "B");
  data.fake.world.failures.clear();
  EXPECT_EQ(run(to("B")).result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(feeder("C"), "B");
}

TEST_F(Failover, F5WithoutAReceiptNoReign) {
  data.fake.domain.groups.front().max_loss = -1;
  lose_a();
  data.fake.world.failures.emplace("n2 put_receipt acct-2", make_error<MsgId::SYSCALL>("write()", "losttn"));
  EXPECT_EQ(run(FailoverCommand{}).result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(data.root(), "C");
  EXPECT_EQ(data.fake.calls("n2 reign"), Names{});
}

TEST_F(Failover, TwoFormerRootsComeBack) {
  lose_a();
  run(FailoverCommand{});
  data.write("B", 2);
  data.replicate();
  data.write("B", 3);
  power_off("n2");
  run(FailoverCommand{});
  EXPECT_EQ(last_line(), "C is root of acct, epoch 3") << data.said();
  data.write("C", 1);
  power_on("n1");
  power_on("n2");
  EXPECT_EQ(run(BootCommand{}).result.outcome, Outcome::Done) << data.said();
  data.replicate();
  EXPECT_EQ(data.in_receipt["acct-2"].size(), 5U);
  EXPECT_EQ(data.in_receipt["acct-3"].size(), 3U);
  EXPECT_EQ(receipt("acct-2").node, "n3");
  EXPECT_EQ(data.missing(true), std::set<std::uint64_t>{});
  for (const char* const name : {"A", "B", "D"}) EXPECT_EQ(data.of[name], data.of["C"]) << name;
}

TEST_F(Failover, PlanSaysItAllAndChangesNothing) {
  lose_a();
  JobContext context = data.context_of(0);
  const JobEnd end = plan(FailoverCommand{}, context);
  EXPECT_EQ(end.result.outcome, Outcome::Done);
  EXPECT_EQ(
      data.fake.said.lines,
      (Names{"chosen   B: candidate, next 26, priority 90", "not      A: silent", "not      C: next 24, B has 2 more",
             "not      D: priority 0", "resync   26", "lost     5 (26..30)", "pause    0.7 s",
             "step     F1 A, HWLEASEVALID yes", "step     F2 B, HWLOSSLIMIT no",
             "step     F3 B applies what it received, takes", "step     F4 others are fed by upstreams",
             "step     F5 receipt of A", "asks     Makes B root of acct in place of A; transactions lost: 5 (26..30).",
             "asks     A is not heard, and may be taking updates. The old root must not run: is it off? "
             "(with -y: -force)"}));
  EXPECT_EQ(data.fake.changes(), Names{});
}

TEST_F(Failover, AFormerRootThatIsUpGetsNoReceiverBeforeItHasRejoined) {
  data.write("A", 3);
  data.fake.world.crash("n1");
  FakeNode& n1 = data.fake.sites.node("n1");
  ASSERT_TRUE(n1.recover("A", Deadline::max()).has_value());
  for (const char* const name : {"source:B", "source:C"}) {
    StartRequest source;
    source.server = {ServerKind::Source, name, "acct", 1};
    source.instance = "A";
    source.as_root = true;
    ASSERT_TRUE(n1.start(source, Deadline::max()).has_value());
  }
  // C is not the one after whom A names the server that makes its pool.
  EXPECT_EQ(run(FailoverCommand{"C", {}, true}).result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(data.root(), "C");
  data.replicate();
  EXPECT_EQ(data.missing(true), std::set<std::uint64_t>{}) << data.said();
  EXPECT_EQ(data.of["A"], data.of["C"]);
}

}  // namespace
}  // namespace hw::cluster::test
