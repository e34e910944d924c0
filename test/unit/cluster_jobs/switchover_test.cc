// switchover: S1 to S8, and what each refuses.
#include "test/unit/cluster_jobs/change_sample.h"

namespace hw::cluster::test {
namespace {

class Switchover : public ChangeTest {};

SwitchoverCommand to(const char* instance) { return {instance, {}}; }

TEST_F(Switchover, TheRootMovesAndEverybodyIsFedFromTheNewOne) {
  data.write("A", 3);
  const JobEnd end = run(to("B"));
  EXPECT_EQ(end.result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(last_line(), "B is root of acct, epoch 2");
  EXPECT_EQ(data.root(), "B");
  EXPECT_EQ(data.of["B"].size(), 23U);
  EXPECT_EQ(data.epoch_made, 2U);
  EXPECT_EQ(feeder("A"), "B");
  EXPECT_EQ(feeder("C"), "B");
  EXPECT_EQ(feeder("D"), "B");
  EXPECT_EQ(at("A").role, BoardRole::Secondary);
  const GroupOrder order = group();
  EXPECT_EQ(order.record.holder, "B");
  EXPECT_EQ(order.record.lease, BoardLease::Held);
  EXPECT_EQ(order.record.epoch, 2U);
  EXPECT_EQ(order.place, "n2");
  EXPECT_EQ(order.state, GroupState::Up);
  EXPECT_TRUE(order.move_to.empty());
  EXPECT_TRUE(data.fake.world.receipts.empty());
  data.write("B", 2);
  data.replicate();
  for (const char* const name : {"A", "C", "D"}) EXPECT_EQ(data.of[name], data.of["B"]) << name;
}

TEST_F(Switchover, InTheOrderOfItsSteps) {
  run(to("B"));
  const Names calls = data.fake.changes();
  const auto place = [&](const std::string& call) {
    const auto found = std::ranges::find(calls, call);
    EXPECT_NE(found, calls.end()) << call;
    return found - calls.begin();
  };
  EXPECT_LT(place("n1 stop_updates A"), place("n2 wait_applied B 21"));
  EXPECT_LT(place("n2 wait_applied B 21"), place("n1 give_up A"));
  EXPECT_LT(place("n1 give_up A"), place("n2 reign B 2"));
  EXPECT_LT(place("n2 reign B 2"), place("n2 start report"));
  EXPECT_LT(place("n2 reign B 2"), place("n2 start source:C"));
  EXPECT_LT(place("n2 start source:C"), place("n1 stop source:C"));
  // The others are fed again before the old root goes down and comes back.
  EXPECT_LT(place("n1 stop source:C"), place("n1 close A"));
  EXPECT_LT(place("n1 close A"), place("n1 rejoin A to B"));
  EXPECT_LT(place("n1 rejoin A to B"), place("n1 start receiver:A"));
}

TEST_F(Switchover, AsksOnceAndChangesNothingBefore) {
  data.asked = [](const std::string&) { return false; };
  const JobEnd end = run(to("B"));
  EXPECT_EQ(data.questions, (Names{"Moves the root of acct from A to B; updates wait meanwhile."}));
  EXPECT_TRUE(end.ask.has_value());
  EXPECT_EQ(data.fake.changes(), Names{});
  EXPECT_EQ(data.root(), "A");
}

TEST_F(Switchover, WithoutANameTheBestOneTakes) {
  run(SwitchoverCommand{});
  EXPECT_EQ(last_line(), "B is root of acct, epoch 2");
  // And the next time the best beside that one.
  run(SwitchoverCommand{});
  EXPECT_EQ(last_line(), "A is root of acct, epoch 3");
}

TEST_F(Switchover, DoneAlreadyIsDone) {
  run(to("B"));
  const JobEnd again = run(to("B"));
  EXPECT_EQ(again.result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(last_line(), "B is root of acct, epoch 2");
  EXPECT_TRUE(data.questions.empty());
  EXPECT_EQ(data.fake.calls("n2 reign"), Names{});
  EXPECT_EQ(data.fake.calls("n1 close"), Names{});
}

TEST_F(Switchover, ServersOfThePlaceGoAlong) {
  const std::uint32_t number = data.fake.board().servers.back().id;
  run(to("B"));
  EXPECT_FALSE(runs("n1", "report"));
  EXPECT_TRUE(runs("n2", "report"));
  EXPECT_TRUE(said("HWNOTRESTART"));
  EXPECT_FALSE(runs("n1", "once"));
  EXPECT_FALSE(runs("n2", "once"));
  for (const char* const node : {"n1", "n2", "n3", "n4"}) EXPECT_TRUE(runs(node, "watch")) << node;
  std::size_t reports = 0;
  for (const ServerOrder& order : data.fake.orders.read().servers) {
    EXPECT_LE(order.id, number + 8);
    if (order.name != "report") continue;
    ++reports;
    EXPECT_EQ(order.node, "n2");
    EXPECT_EQ(order.wanted, Wanted::Up);
  }
  EXPECT_EQ(reports, 1U);
}

TEST_F(Switchover, WhatIsWantedOfServersFollows) {
  run(to("B"));
  for (const ServerOrder& order : data.fake.orders.read().servers) {
    if (order.name == "once") continue;
    EXPECT_EQ(order.wanted == Wanted::Up, runs(order.node, order.name)) << order.node << " " << order.name;
  }
  EXPECT_TRUE(runs("n2", "source:A"));
  EXPECT_FALSE(runs("n2", "receiver:B"));
  EXPECT_TRUE(runs("n1", "receiver:A"));
  EXPECT_FALSE(runs("n1", "source:C"));
}

// ---- S1 ----

TEST_F(Switchover, S1RefusesWhoCannot) {
  const auto refused = [&](const char* instance, const char* why) {
    const JobEnd end = run(to(instance));
    EXPECT_EQ(end.result.outcome, Outcome::Refused) << instance;
    EXPECT_EQ(data.fake.said.messages, (Names{std::string("%GTM-E-HWNOCAND, No candidate: ") + why}));
    EXPECT_EQ(data.fake.changes(), Names{});
    EXPECT_EQ(data.root(), "A");
  };
  refused("D", "D: priority 0");
  at("B").frozen = true;
  refused("B", "B: frozen");
  at("B").frozen = false;
  at("B").bytes_free = 1 << 20;
  refused("B", "B: no room, 1 MiB free");
  data.fake.away("n2");
  refused("B", "B: silent");
  data.fake.back("n2");
  at("B").bytes_free = std::uint64_t{1} << 40;
  data.write("A", 1);
  at("A").last_commit_us += 20'000'000;
  refused("B", "B: lag 20.0 s, max_lag_s 10");
  at("C").up = false;
  data.fake.away("n2");
  const JobEnd nobody = run(SwitchoverCommand{});
  EXPECT_EQ(nobody.result.outcome, Outcome::Refused);
  EXPECT_EQ(data.fake.said.messages, (Names{"%GTM-E-HWNOCAND, No candidate: B: silent; C: down; D: priority 0"}));
}

TEST_F(Switchover, S1RefusesAFormerRootThatHasNotRejoined) {
  // B reigned before A and has come up since as a root whose updates are off.
  data.fake.world.crash("n2");
  FakeServer source;
  source.server = {ServerKind::Source, "source:A", "acct", 1};
  source.request.server = source.server;
  source.request.instance = "B";
  source.node = "n2";
  data.fake.world.servers.push_back(source);
  at("B").up = at("B").clean = true;
  at("B").role = BoardRole::Secondary;
  at("B").last_root = "B";
  at("B").next_seqno = 999;
  run(to("B"));
  EXPECT_EQ(data.fake.said.messages, (Names{"%GTM-E-HWNOCAND, No candidate: B: was root and has not rejoined"}));
}

TEST_F(Switchover, OfAnotherStateThanUp) {
  const auto in_state = [&](GroupState state) {
    EXPECT_TRUE(data.fake.orders.change([&](Orders& orders) { orders.groups.front().state = state; }).has_value());
    return run(to("B")).result.outcome;
  };
  EXPECT_EQ(in_state(GroupState::Quiescing), Outcome::Refused);
  EXPECT_TRUE(said("HWMOVING"));
  at("A").accepting = false;
  EXPECT_EQ(in_state(GroupState::Migrating), Outcome::Refused);
  EXPECT_TRUE(said("HWMOVING"));
  EXPECT_EQ(in_state(GroupState::Down), Outcome::Refused);
  EXPECT_TRUE(said("HWREFUSED"));
  EXPECT_EQ(in_state(GroupState::Failed), Outcome::Done);
}

TEST_F(Switchover, ARootThatIsNotHeardCannotBeMoved) {
  power_off("n1");
  const JobEnd end = run(to("B"));
  EXPECT_EQ(end.result.outcome, Outcome::Refused);
  EXPECT_TRUE(said("HWREMOTE"));
  EXPECT_TRUE(said("hwadm failover"));
  EXPECT_TRUE(data.accepting().empty());
}

TEST_F(Switchover, CommandLinesThatAreWrong) {
  EXPECT_EQ(run(to("X")).result.outcome, Outcome::Usage);
  EXPECT_EQ(run(SwitchoverCommand{{}, "stock"}).result.outcome, Outcome::Usage);
  EXPECT_EQ(data.fake.world.calls, Names{});
}

TEST_F(Switchover, WhereOthersDecideItIsRefused) {
  data.fake.domain.domain.dcs = Dcs::Pacemaker;
  EXPECT_EQ(run(to("B")).result.outcome, Outcome::Refused);
  EXPECT_TRUE(said("HWPACEMAKER"));
}

// ---- what each failure does ----

TEST_F(Switchover, S2FailsTheOldRootGoesOn) {
  data.fake.world.failures.emplace("n1 stop_updates A", make_error<MsgId::HWREMOTE>("n1", "no answer"));
  EXPECT_EQ(run(to("B")).result.outcome, Outcome::Refused);
  EXPECT_EQ(data.root(), "A");
}

TEST_F(Switchover, S3FailsTheOldRootGoesOn) {
  // B has lost its connection.
  std::erase_if(data.fake.world.servers, [](const FakeServer& one) { return one.server.name == "receiver:B"; });
  at("B").last_root = "A";
  data.write("A", 2);
  const JobEnd end = run(to("B"));
  EXPECT_EQ(end.result.outcome, Outcome::Refused);
  EXPECT_TRUE(said("%GTM-W-HWSWITCHBACK, B had not all after 30 s, A stays root"));
  EXPECT_EQ(data.root(), "A");
  EXPECT_EQ(group().record.holder, "A");
}

TEST_F(Switchover, S4FailsNobodyReignsAndAgainItGoesOn) {
  data.fake.world.failures.emplace("n1 give_up A", make_error<MsgId::HWREMOTE>("n1", "no answer"));
  // It answers that it takes no updates, which is enough.
  EXPECT_EQ(run(to("B")).result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(data.root(), "B");
}

TEST_F(Switchover, S5FailsTheGroupIsFailedAndAgainItGoesOn) {
  data.fake.world.failures.emplace("n2 reign B 2", make_error<MsgId::SYSCALL>("fdatasync()", "B"));
  EXPECT_EQ(run(to("B")).result.outcome, Outcome::Partly);
  EXPECT_TRUE(data.accepting().empty());
  EXPECT_EQ(group().state, GroupState::Failed);
  EXPECT_EQ(group().record.lease, BoardLease::Released);
  data.fake.world.failures.clear();
  EXPECT_EQ(run(to("B")).result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(last_line(), "B is root of acct, epoch 4");
  EXPECT_EQ(data.root(), "B");
}

TEST_F(Switchover, S5FailsAndTheOldRootIsMadeRootAgain) {
  data.fake.world.failures.emplace("n2 reign B 2", make_error<MsgId::SYSCALL>("fdatasync()", "B"));
  run(to("B"));
  EXPECT_EQ(run(to("A")).result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(data.questions, (Names{"Makes A root of acct again."}));
  EXPECT_EQ(data.root(), "A");
  EXPECT_EQ(feeder("B"), "A");
  EXPECT_EQ(feeder("C"), "A");
}

TEST_F(Switchover, S5WithoutAnAnswerNobodyElseIsMadeRoot) {
  data.fake.world.failures.emplace("n2 reign B 2", make_error<MsgId::HWREMOTE>("n2", "no answer"));
  data.fake.world.failures.emplace("n2 learn_epoch B 3", make_error<MsgId::HWREMOTE>("n2", "no answer"));
  EXPECT_EQ(run(to("B")).result.outcome, Outcome::Partly);
  EXPECT_EQ(group().record.holder, "B");
  EXPECT_EQ(group().record.lease, BoardLease::Held);
  data.fake.away("n2");
  // B may be taking updates: only an operator knows.
  EXPECT_EQ(run(to("A")).result.outcome, Outcome::Refused);
  EXPECT_TRUE(data.accepting().empty());
  data.fake.back("n2");
  data.fake.world.failures.clear();
  EXPECT_EQ(run(to("B")).result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(data.root(), "B");
}

TEST_F(Switchover, S7FailsTheNewOneIsRootAndAgainItGoesOn) {
  data.fake.world.failures.emplace("n1 rejoin A to B", make_error<MsgId::HWNEEDREFRESH>("A"));
  EXPECT_EQ(run(to("B")).result.outcome, Outcome::Partly);
  EXPECT_TRUE(said("%GTM-W-HWREJOIN, A could not rejoin")) << data.said();
  EXPECT_EQ(data.root(), "B");
  EXPECT_EQ(last_line(), "B is root of acct, epoch 2");
  EXPECT_EQ(feeder("C"), "B");
  data.fake.world.failures.clear();
  EXPECT_EQ(run(to("B")).result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(feeder("A"), "B");
}

TEST_F(Switchover, S8FailsTheOldFeederStaysAndAgainItGoesOn) {
  data.fake.world.failures.emplace("n2 start source:C", make_error<MsgId::HWGAVEUP>("source:C", 10));
  EXPECT_EQ(run(to("B")).result.outcome, Outcome::Partly);
  EXPECT_TRUE(said("%GTM-W-HWREPARENT, C could not be fed by B")) << data.said();
  EXPECT_EQ(data.root(), "B");
  data.fake.world.failures.clear();
  EXPECT_EQ(run(to("B")).result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(feeder("C"), "B");
}

TEST_F(Switchover, PlanSaysItAllAndChangesNothing) {
  data.write("A", 4);
  JobContext context = data.context_of(0);
  const JobEnd end = plan(to("B"), context);
  EXPECT_EQ(end.result.outcome, Outcome::Done);
  EXPECT_EQ(
      data.fake.said.lines,
      (Names{"chosen   B: candidate, next 21, priority 90", "not      C: priority 80", "not      D: priority 0",
             "resync   25", "lost     0", "pause    0.7 s", "step     S1 check B", "step     S2 stop updates at A",
             "step     S3 B applies all of A", "step     S4 A gives up, record released", "step     S5 B takes",
             "step     S6 held updates go to B", "step     S7 A rejoins", "step     S8 others are fed by upstreams"}));
  EXPECT_EQ(data.fake.changes(), Names{});
}

TEST_F(Switchover, PlanOfWhatWouldBeRefused) {
  JobContext context = data.context_of(0);
  const JobEnd end = plan(to("D"), context);
  EXPECT_EQ(end.result.outcome, Outcome::Refused);
  EXPECT_EQ(data.fake.said.lines.back(), "refused  HWNOCAND No candidate: D: priority 0");
}

}  // namespace
}  // namespace hw::cluster::test
