// rejoin, reparent, refresh, losttn, pause, resume, fence, drill.
#include "test/unit/cluster_jobs/change_sample.h"

namespace hw::cluster::test {
namespace {

class SmallChanges : public ChangeTest {
 protected:
  /// A is off with three transactions of its own, B is root.
  void fail_over() {
    data.write("A", 3);
    power_off("n1");
    EXPECT_EQ(run(FailoverCommand{}).result.outcome, Outcome::Done) << data.said();
    data.write("B", 2);
  }
  ReceiptState state_of(const std::string& id) const { return data.fake.world.receipts.find(id)->second.first.state; }
  JobEnd losttn(const char* action, const char* id = "", bool force = false) {
    return run(LosttnCommand{action, id, {}, {}, force});
  }
};

// ---- rejoin ----

TEST_F(SmallChanges, AFormerRootRejoins) {
  fail_over();
  power_on("n1");
  EXPECT_EQ(run(RejoinCommand{"A"}).result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(last_line(), "A is a secondary of B");
  EXPECT_EQ(feeder("A"), "B");
  EXPECT_EQ(state_of("acct-2"), ReceiptState::Collected);
  data.replicate();
  EXPECT_EQ(data.of["A"], data.of["B"]);
  EXPECT_EQ(run(RejoinCommand{"A"}).result.outcome, Outcome::Done);
  EXPECT_EQ(data.fake.changes(), Names{});  // Done already.
}

TEST_F(SmallChanges, ARejoinIsRefusedOf) {
  EXPECT_EQ(run(RejoinCommand{"A"}).result.outcome, Outcome::Refused);
  EXPECT_TRUE(said("%GTM-E-HWREJOIN, A could not rejoin: it is root"));
  EXPECT_EQ(run(RejoinCommand{"X"}).result.outcome, Outcome::Usage);
  power_off("n1");
  EXPECT_EQ(run(RejoinCommand{"A"}).result.outcome, Outcome::Refused);
  EXPECT_TRUE(said("HWREMOTE"));
  EXPECT_EQ(run(RejoinCommand{"B"}).result.outcome, Outcome::Refused);
  EXPECT_TRUE(said("acct has no root"));
}

TEST_F(SmallChanges, WhereJournalsAreGoneARefreshIsNeeded) {
  fail_over();
  power_on("n1");
  data.fake.world.failures.emplace("n1 rejoin A to B", make_error<MsgId::HWNEEDREFRESH>("A"));
  EXPECT_EQ(run(RejoinCommand{"A"}).result.outcome, Outcome::Partly);
  EXPECT_TRUE(said("HWNEEDREFRESH"));
  EXPECT_EQ(run(RefreshCommand{"A", "B", false, false}).result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(data.questions, (Names{"Replaces all data of A by those of B."}));
  EXPECT_EQ(feeder("A"), "B");
}

// ---- plans of lost transactions, and of going on ----

TEST_F(SmallChanges, PlansSayWhatWouldBeDoneAndAsked) {
  fail_over();
  const auto planned = [&](const auto& command) {
    clear();
    JobContext context = data.fake.context();
    const JobEnd end = plan(command, context);
    EXPECT_EQ(data.fake.changes(), Names{});
    return std::pair(end.result.outcome, data.fake.said.lines);
  };
  using Planned = std::pair<Outcome, Names>;
  EXPECT_EQ(planned(LosttnCommand{"apply", "acct-2", {}, {}, false}),
            (Planned{Outcome::Refused, {"refused  HWLOSTOPEN Receipts acct-2 open"}}));
  EXPECT_EQ(planned(LosttnCommand{"complete", {}, {}, {}, false}).first, Outcome::Refused);
  EXPECT_EQ(planned(LosttnCommand{"move", "acct-2", {}, "n3", false}),
            (Planned{Outcome::Done, {"step     acct-2 from n2 to n3"}}));
  power_on("n1");
  EXPECT_EQ(run(RejoinCommand{"A"}).result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(planned(LosttnCommand{"apply", "acct-2", {}, {}, false}),
            (Planned{Outcome::Done, {"step     acct-2 applied at B"}}));
  EXPECT_EQ(planned(ResumeCommand{"A", true}).first, Outcome::Refused);
}

TEST_F(SmallChanges, AFailoversPlanTellsWhatNeedsForce) {
  power_off("n1");
  clear();
  JobContext context = data.fake.context();
  EXPECT_EQ(plan(FailoverCommand{}, context).result.outcome, Outcome::Done);
  Names asks;
  for (const std::string& line : data.fake.said.lines)
    if (line.starts_with("asks ")) asks.push_back(line);
  ASSERT_EQ(asks.size(), 2U) << data.said();
  EXPECT_EQ(asks[0].find("-force"), std::string::npos);
  EXPECT_TRUE(asks[1].ends_with(" (with -y: -force)")) << asks[1];
}

// ---- reparent ----

TEST_F(SmallChanges, AnInstanceIsFedByAnother) {
  EXPECT_EQ(feeder("D"), "B");
  EXPECT_EQ(run(ReparentCommand{"D", "A"}).result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(last_line(), "D is fed by A");
  EXPECT_EQ(feeder("D"), "A");
  const Names calls = data.fake.changes();
  EXPECT_LT(std::ranges::find(calls, "n1 start source:D"), std::ranges::find(calls, "n2 stop source:D"));
  // B feeds nobody any more, and keeps its pool.
  EXPECT_TRUE(runs("n2", "source:A"));
  EXPECT_EQ(run(ReparentCommand{"D", "A"}).result.outcome, Outcome::Done);
  EXPECT_EQ(data.fake.changes(), Names{});
}

TEST_F(SmallChanges, WhereTheNewFeederDoesNotStartTheOldOneStays) {
  data.fake.world.failures.emplace("n1 start source:D", make_error<MsgId::HWGAVEUP>("source:D", 10));
  EXPECT_EQ(run(ReparentCommand{"D", "A"}).result.outcome, Outcome::Partly);
  EXPECT_TRUE(said("%GTM-W-HWREPARENT, D could not be fed by A"));
  EXPECT_EQ(feeder("D"), "B");
}

TEST_F(SmallChanges, AReparentIsRefused) {
  const auto refused = [&](const char* instance, const char* feeder, const char* why) {
    EXPECT_EQ(run(ReparentCommand{instance, feeder}).result.outcome, Outcome::Refused) << why;
    EXPECT_TRUE(said(why)) << data.said();
    EXPECT_EQ(data.fake.changes(), Names{});
  };
  refused("A", "B", "it is root");
  refused("D", "C", "it is not one of its upstreams");
  refused("C", "B", "who may become root is fed by the root");
  data.fake.away("n2");
  EXPECT_EQ(run(ReparentCommand{"D", "A"}).result.outcome, Outcome::Done) << data.said();
}

// ---- refresh ----

TEST_F(SmallChanges, ASecondarySendsRatherThanTheRoot) {
  EXPECT_EQ(run(RefreshCommand{"D", {}, false, false}).result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(last_line(), "D is made anew from B");
  EXPECT_EQ(feeder("D"), "B");
  EXPECT_TRUE(runs("n4", "watch"));
}

TEST_F(SmallChanges, ARefreshIsRefused) {
  EXPECT_EQ(run(RefreshCommand{"A", {}, false, false}).result.outcome, Outcome::Refused);
  EXPECT_TRUE(said("it is root"));
  EXPECT_EQ(run(RefreshCommand{"D", "C", false, false}).result.outcome, Outcome::Refused);
  EXPECT_TRUE(said("C: no refresh_port"));
  EXPECT_EQ(run(RefreshCommand{"D", {}, true, false}).result.outcome, Outcome::Refused);
  EXPECT_TRUE(said("-force"));
  EXPECT_EQ(data.fake.changes(), Names{});
}

// ---- losttn ----

TEST_F(SmallChanges, LostTransactionsFromOpenToComplete) {
  fail_over();
  EXPECT_EQ(losttn("apply", "acct-2").result.outcome, Outcome::Refused);
  EXPECT_TRUE(said("%GTM-E-HWLOSTOPEN, Receipts acct-2 open"));
  EXPECT_EQ(losttn("complete").result.outcome, Outcome::Refused);
  EXPECT_TRUE(said("HWLOSTOPEN"));
  power_on("n1");
  run(RejoinCommand{"A"});
  EXPECT_EQ(losttn("complete").result.outcome, Outcome::Refused);  // Not applied.
  EXPECT_EQ(losttn("apply", "acct-2").result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(last_line(), "applied 3, conflicts 0");
  EXPECT_EQ(losttn("complete").result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(data.questions, (Names{"Completes acct-2: nobody can tell any more what was changed since."}));
  EXPECT_EQ(last_line(), "acct-2 is complete");
  EXPECT_EQ(losttn("complete").result.outcome, Outcome::Done);
  EXPECT_EQ(last_line(), "no receipt is open");
}

TEST_F(SmallChanges, LostTransactionsAreGivenUpOnlyByForce) {
  fail_over();
  EXPECT_EQ(losttn("complete", "", true).result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(data.questions,
            (Names{"Completes acct-2, and gives up acct-2: nobody can tell any more what was changed since."}));
  EXPECT_EQ(last_line(), "acct-2 is complete, given up");
}

TEST_F(SmallChanges, ReceiptsAreListedShownAndBrought) {
  fail_over();
  EXPECT_EQ(losttn("list").result.rows.rows.size(), 1U);
  EXPECT_EQ(losttn("show", "acct-2").result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(data.fake.said.lines.front(), "Id       acct-2");
  EXPECT_EQ(losttn("show", "acct-9").result.outcome, Outcome::Refused);
  EXPECT_EQ(run(LosttnCommand{"move", "acct-2", {}, "n3", false}).result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(last_line(), "acct-2 is at n3");
  EXPECT_EQ(data.fake.board().receipt("acct-2")->node, "n3");
  // Where it is applied it is brought to the root.
  power_on("n1");
  run(RejoinCommand{"A"});
  EXPECT_EQ(losttn("apply", "acct-2").result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(data.fake.board().receipt("acct-2")->node, "n2");
  EXPECT_EQ(losttn("burn", "acct-2").result.outcome, Outcome::Usage);
}

// ---- pause, resume ----

TEST_F(SmallChanges, APauseHasAnEndOrNone) {
  EXPECT_EQ(run(PauseCommand{60}).result.outcome, Outcome::Done);
  EXPECT_EQ(data.fake.orders.read().paused_until_us, data.fake.board().time_us + 60'000'000);
  run(PauseCommand{});
  EXPECT_EQ(last_line(), "paused until resume");
  EXPECT_EQ(data.fake.orders.read().paused_until_us, kUntilResume_us);
  run(PauseCommand{~std::uint64_t{0}});
  EXPECT_EQ(data.fake.orders.read().paused_until_us, kUntilResume_us);
  run(ResumeCommand{});
  EXPECT_EQ(last_line(), "resumed");
  EXPECT_EQ(data.fake.orders.read().paused_until_us, 0U);
  run(ResumeCommand{});
  EXPECT_EQ(last_line(), "not paused");
}

/// A has crashed and was booted; C does not answer, so nobody knows whether another one has become root.
class FormerRootWaits : public ChangeTest {
 protected:
  FormerRootWaits() {
    data.fake.world.crash("n1");
    data.fake.away("n3");
    BootCommand boot;
    boot.selection.nodes = {"n1"};
    run(boot);
    clear();
    EXPECT_TRUE(at("A").up);
    EXPECT_FALSE(at("A").accepting);
  }
};

TEST_F(FormerRootWaits, ItsUpdatesGoOnByForce) {
  EXPECT_EQ(run(ResumeCommand{"A", false}).result.outcome, Outcome::Refused);
  EXPECT_TRUE(said("%GTM-E-HWNEEDCONF, C must confirm"));
  EXPECT_FALSE(at("A").accepting);
  EXPECT_EQ(run(ResumeCommand{"A", true}).result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(data.questions, (Names{"Updates of A go on, though C may have become root. C must not run: is it off?"}));
  EXPECT_EQ(data.root(), "A");
  EXPECT_EQ(last_line(), "A is root of acct, epoch 2");
  EXPECT_EQ(run(ResumeCommand{"A", true}).result.outcome, Outcome::Done);
  EXPECT_TRUE(data.questions.empty());
}

TEST_F(FormerRootWaits, WhenAllAnswerNoForceIsNeeded) {
  data.fake.back("n3");
  EXPECT_EQ(run(ResumeCommand{"A", false}).result.outcome, Outcome::Done) << data.said();
  EXPECT_TRUE(data.questions.empty());
  EXPECT_EQ(data.root(), "A");
}

TEST_F(FormerRootWaits, NoForceHelpsWhenAnotherReignIsKnown) {
  at("B").known_epoch = 7;
  EXPECT_EQ(run(ResumeCommand{"A", true}).result.outcome, Outcome::Refused);
  EXPECT_TRUE(said("HWEPOCHOLD"));
  EXPECT_FALSE(at("A").accepting);
}

TEST_F(FormerRootWaits, NorWhenAnotherIsRoot) {
  EXPECT_EQ(run(FailoverCommand{"B", {}, false}).result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(run(ResumeCommand{"A", true}).result.outcome, Outcome::Refused);
  EXPECT_TRUE(said("HWEPOCHOLD"));
  EXPECT_EQ(data.root(), "B");
}

// ---- fence, drill ----

TEST_F(SmallChanges, AFenceIsTakenOffWhatIsDown) {
  EXPECT_EQ(run(FenceCommand{"A"}).result.outcome, Outcome::Refused);
  EXPECT_TRUE(said("HWINUSE"));
  run(DownCommand{});
  EXPECT_EQ(run(FenceCommand{"A"}).result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(data.questions, (Names{"A can be root without its agent from now on, beside another root."}));
  EXPECT_FALSE(at("A").fence_required);
  EXPECT_EQ(run(FenceCommand{"A"}).result.outcome, Outcome::Done);
  EXPECT_TRUE(data.questions.empty());
  EXPECT_EQ(run(FenceCommand{"X"}).result.outcome, Outcome::Usage);
}

TEST_F(SmallChanges, ADrillSaysThatItIsNotBuilt) {
  for (const char* const fault : {"kill", "pause", "partition", "etcd", "full"}) {
    EXPECT_EQ(run(DrillCommand{fault, "n1"}).result.outcome, Outcome::Refused);
    EXPECT_TRUE(said("HWREFUSED"));
  }
  EXPECT_EQ(run(DrillCommand{"flood", "n1"}).result.outcome, Outcome::Usage);
  EXPECT_EQ(run(DrillCommand{"kill", "n9"}).result.outcome, Outcome::Usage);
}

// ---- by their verbs ----

TEST_F(SmallChanges, EveryVerbIsAJob) {
  for (const char* const verb : {"switchover", "failover", "rejoin", "reparent", "refresh", "migg", "migm", "losttn",
                                 "losttn.list", "losttn.show", "losttn.diff", "pause", "resume", "fence", "drill"})
    EXPECT_TRUE(is_job(verb)) << verb;
  JobContext context = data.context_of(1);
  EXPECT_EQ(run_job("switchover", R"({"to":"B"})", context).result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(context.epoch_made, 2U);
  EXPECT_EQ(context.group, "acct");
  EXPECT_EQ(run_job("losttn.list", "{}", context).result.outcome, Outcome::Done);
  EXPECT_EQ(run_job("plan", R"({"command":"failover","arguments":{"to":"C"}})", context).result.outcome,
            Outcome::Refused);
}

}  // namespace
}  // namespace hw::cluster::test
