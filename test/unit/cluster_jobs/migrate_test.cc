// down -R -g, migg, migm: a group is stopped, moved, or the move is called off.
#include "test/unit/cluster_jobs/change_sample.h"

namespace hw::cluster::test {
namespace {

DownCommand stop_for_move() {
  DownCommand command;
  command.selection.group = "acct";
  command.move = true;
  return command;
}
MigrateCommand migg(bool cancel = false, bool restart = false) { return {"acct", {}, cancel, restart}; }
MigrateCommand migm(const char* node) { return {{}, node, false, false}; }

class Migrate : public ChangeTest {
 protected:
  void stop() { EXPECT_EQ(run(stop_for_move()).result.outcome, Outcome::Done) << data.said(); }
  void set_state(GroupState state) {
    EXPECT_TRUE(data.fake.orders.change([&](Orders& orders) { orders.groups.front().state = state; }).has_value());
  }
  /// The coordinator dies before the alternate has all.
  void die_while_quiescing() {
    for (std::uint64_t step = 1; group().state != GroupState::Quiescing || !data.accepting().empty(); ++step) {
      ASSERT_LT(step, 100U);
      set_state(GroupState::Up);
      data.trip = {step, Trip::How::CutBefore};
      data.run(stop_for_move());
    }
    data.trip = {};
  }
  Names lines_with(std::string_view word) const {
    Names found;
    for (const std::string& line : data.fake.said.lines)
      if (line.find(word) != line.npos) found.push_back(line);
    return found;
  }
};

TEST_F(Migrate, AStoppedGroupMovesToTheAlternate) {
  data.write("A", 2);
  stop();
  EXPECT_TRUE(data.accepting().empty());
  EXPECT_EQ(group().state, GroupState::Migrating);
  const JobEnd end = run(migg());
  EXPECT_EQ(end.result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(lines_with("->"), (Names{"acct: MIGRATING -> MOVED", "acct: MOVED -> UP"}));
  EXPECT_EQ(last_line(), "B is root of acct, epoch 2");
  EXPECT_TRUE(data.questions.empty());
  EXPECT_EQ(data.root(), "B");
  EXPECT_EQ(group().place, "n2");
  EXPECT_TRUE(group().move_to.empty());
  EXPECT_TRUE(runs("n2", "report"));
  EXPECT_FALSE(runs("n1", "report"));
  EXPECT_FALSE(runs("n2", "once"));
  EXPECT_EQ(feeder("A"), "B");
  EXPECT_EQ(feeder("C"), "B");
  data.replicate();
  EXPECT_EQ(data.of["A"], data.of["B"]);
}

TEST_F(Migrate, AServerThatDoesNotStartLeavesTheGroupMoved) {
  stop();
  data.fake.world.failures.emplace("n2 start report", make_error<MsgId::HWGAVEUP>("report", 10));
  EXPECT_EQ(run(migg()).result.outcome, Outcome::Partly);
  EXPECT_EQ(group().state, GroupState::Moved);
  EXPECT_EQ(data.root(), "B");
}

TEST_F(Migrate, InUpItNamesWhatIsUp) {
  EXPECT_EQ(run(migg()).result.outcome, Outcome::Refused);
  EXPECT_EQ(data.fake.said.messages,
            (Names{"%GTM-E-HWMIGNOTDOWN, source:B of acct is up", "%GTM-E-HWMIGNOTALL, Not all of acct is down"}));
  EXPECT_EQ(run(migg(true)).result.outcome, Outcome::Refused);
  EXPECT_TRUE(said("%GTM-E-HWNOTMIG, acct is not being moved"));
  EXPECT_EQ(data.fake.changes(), Names{});
}

TEST_F(Migrate, InOtherStatesAsTheTableSays) {
  set_state(GroupState::Quiescing);
  EXPECT_EQ(run(migg()).result.outcome, Outcome::Refused);
  EXPECT_TRUE(said("HWMIGNOTALL"));
  set_state(GroupState::Moved);
  EXPECT_EQ(run(migg()).result.outcome, Outcome::Done);
  EXPECT_EQ(last_line(), "acct is MOVED");
  EXPECT_EQ(run(migg(true)).result.outcome, Outcome::Refused);
  EXPECT_TRUE(said("%GTM-E-HWTOOLATE, acct has moved"));
  set_state(GroupState::Failed);
  EXPECT_EQ(run(migg(true)).result.outcome, Outcome::Done);
  EXPECT_EQ(last_line(), "acct is FAILED");
  EXPECT_EQ(data.fake.changes(), Names{});
}

TEST_F(Migrate, WithoutAnAlternateNothingMoves) {
  stop();
  power_off("n2");
  power_off("n3");
  EXPECT_EQ(run(migg()).result.outcome, Outcome::Refused);
  EXPECT_TRUE(said("%GTM-E-HWNOCAND, No candidate: B: silent; C: silent; D: priority 0"));
  EXPECT_EQ(run(migm("n1")).result.outcome, Outcome::Refused);
  EXPECT_TRUE(said("%GTM-E-HWNOALT, acct has no alternate: B: silent; C: silent; D: priority 0"));
  EXPECT_EQ(group().state, GroupState::Migrating);
  EXPECT_EQ(data.fake.changes(), Names{});
}

TEST_F(Migrate, AnAlternateThatHasNotAllIsNoAlternate) {
  data.write("A", 2);
  data.receive("B");
  stop();
  power_off("n2");
  at("C").next_seqno = 21;
  at("C").received_seqno = 20;
  std::erase_if(data.fake.world.servers, [](const FakeServer& one) { return one.server.name == "receiver:C"; });
  data.of["C"].resize(20);
  EXPECT_EQ(run(migg()).result.outcome, Outcome::Refused);
  EXPECT_TRUE(said("C: next 21, all is 23"));
}

TEST_F(Migrate, AFailedMoveStaysAndCanBeDoneAgain) {
  stop();
  data.fake.world.failures.emplace("n2 reign B 2", make_error<MsgId::SYSCALL>("fdatasync()", "B"));
  EXPECT_EQ(run(migg()).result.outcome, Outcome::Partly);
  EXPECT_EQ(group().state, GroupState::Migrating);
  EXPECT_TRUE(data.accepting().empty());
  data.fake.world.failures.clear();
  EXPECT_EQ(run(migg()).result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(data.root(), "B");
  EXPECT_EQ(group().state, GroupState::Up);
}

TEST_F(Migrate, CalledOffTheGroupIsDownAndBootTakesTheLeaseAgain) {
  data.write("A", 2);
  stop();
  EXPECT_EQ(run(migg(true)).result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(lines_with("->"), Names{"acct: MIGRATING -> DOWN"});
  EXPECT_EQ(group().record.lease, BoardLease::Down);
  EXPECT_EQ(group().record.seqno, 23U);
  EXPECT_TRUE(data.accepting().empty());
  const Orders orders = data.fake.orders.read();
  EXPECT_EQ(std::ranges::find(orders.servers, "report", &ServerOrder::name)->wanted, Wanted::Down);
  BootCommand boot;
  boot.selection.group = "acct";
  EXPECT_EQ(run(boot).result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(data.root(), "A");
  EXPECT_GT(at("A").pool_epoch, 1U);
  EXPECT_TRUE(runs("n1", "report"));
}

TEST_F(Migrate, CalledOffWithRestartItIsUpAgain) {
  stop();
  EXPECT_EQ(run(migg(true, true)).result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(data.root(), "A");
  EXPECT_EQ(group().state, GroupState::Up);
  EXPECT_TRUE(runs("n1", "report"));
}

TEST_F(Migrate, CalledOffWhileQuiescingUpdatesGoOn) {
  die_while_quiescing();
  EXPECT_EQ(run(migg(true)).result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(lines_with("->"), Names{"acct: QUIESCING -> UP"});
  EXPECT_EQ(data.root(), "A");
  EXPECT_TRUE(runs("n1", "report"));
}

TEST_F(Migrate, CalledOffAfterOthersHaveHeardOfAnEpochUpdatesGoOnInAHigherOne) {
  die_while_quiescing();
  // A resume that broke off before A took.
  at("B").known_epoch = 2;
  EXPECT_EQ(run(migg(true)).result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(data.root(), "A");
  EXPECT_EQ(at("A").pool_epoch, 3U);
  EXPECT_EQ(group().record.epoch, 3U);
}

TEST_F(Migrate, ALostPlaceIsLeftOnlyWhenItIsCleaned) {
  data.write("A", 4);
  data.receive("B");
  data.receive("C");
  data.write("A", 2);
  power_off("n1");
  EXPECT_EQ(run(migg()).result.outcome, Outcome::Refused);
  EXPECT_TRUE(said("%GTM-E-HWNOTCLEAN, n1 is on the board; pclean"));
  EXPECT_EQ(run(PcleanCommand{"n1"}).result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(run(migg()).result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(group().state, GroupState::Moved);
  EXPECT_EQ(group().place, "n2");
  EXPECT_EQ(data.root(), "B");
  EXPECT_EQ(data.fake.world.receipts.size(), 1U);
  BootCommand boot;
  boot.selection.group = "acct";
  EXPECT_EQ(run(boot).result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(group().state, GroupState::Up);
  EXPECT_TRUE(runs("n2", "report"));
  // It is on again: no updates, and what it had alone is in the receipt.
  data.fake.cleaned("n1", false);
  power_on("n1");
  boot.selection.group.clear();
  boot.selection.nodes = {"n1"};
  EXPECT_EQ(run(boot).result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(data.root(), "B");
  data.replicate();
  EXPECT_EQ(data.missing(true), std::set<std::uint64_t>{});
  EXPECT_EQ(data.in_receipt["acct-2"].size(), 2U);
}

TEST_F(Migrate, TheLimitOfLossHoldsForALostPlaceToo) {
  data.write("A", 6);
  power_off("n1");
  data.fake.cleaned("n1");
  EXPECT_EQ(run(migg()).result.outcome, Outcome::Refused);
  EXPECT_TRUE(said("HWLOSSLIMIT"));
}

TEST_F(Migrate, OfAGroupThatIsDownThePlaceIsSet) {
  data.write("A", 2);
  data.replicate();
  DownCommand down;
  down.selection.group = "acct";
  EXPECT_EQ(run(down).result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(run(migg()).result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(last_line(), "acct is placed at n2");
  EXPECT_EQ(group().record.holder, "B");
  EXPECT_EQ(group().state, GroupState::Down);
  BootCommand boot;
  boot.selection.group = "acct";
  EXPECT_EQ(run(boot).result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(data.root(), "B");
  data.replicate();
  EXPECT_EQ(data.of["A"], data.of["B"]);
  EXPECT_EQ(data.missing(true), std::set<std::uint64_t>{});
}

TEST_F(Migrate, OfAGroupThatIsDownOnlyToWhoHasAll) {
  std::erase_if(data.fake.world.servers, [](const FakeServer& one) {
    return one.server.name == "receiver:B" || one.server.name == "receiver:C";
  });
  data.write("A", 2);
  DownCommand down;
  down.selection.group = "acct";
  run(down);
  EXPECT_EQ(run(migg()).result.outcome, Outcome::Refused);
  EXPECT_TRUE(said("B: next 21, all is 23")) << data.said();
  EXPECT_EQ(group().record.holder, "A");
}

TEST_F(Migrate, MovesAreOffWhenTheConfigurationSaysSo) {
  data.fake.domain.domain.migrate = false;
  EXPECT_EQ(run(migg()).result.outcome, Outcome::Refused);
  EXPECT_TRUE(said("HWMIGGOFF"));
  EXPECT_EQ(run(migm("n1")).result.outcome, Outcome::Refused);
  EXPECT_TRUE(said("HWMIGMOFF"));
}

TEST_F(Migrate, AMachineIsLeftWithAllThatIsPlacedThere) {
  stop();
  EXPECT_EQ(run(migm("n1")).result.outcome, Outcome::Done) << data.said();
  EXPECT_EQ(data.root(), "B");
  EXPECT_EQ(run(migm("n1")).result.outcome, Outcome::Done);
  EXPECT_EQ(last_line(), "no group is placed at n1");
  EXPECT_EQ(run(migm("n9")).result.outcome, Outcome::Usage);
  EXPECT_EQ(run(MigrateCommand{}).result.outcome, Outcome::Usage);
}

TEST_F(Migrate, PlanOfAMove) {
  stop();
  clear();
  JobContext context = data.context_of(0);
  EXPECT_EQ(plan(migg(), context).result.outcome, Outcome::Done);
  EXPECT_EQ(
      data.fake.said.lines,
      (Names{"chosen   B: next 21", "not      C: priority 80", "not      D: priority 0",
             "step     S4 A gives up, record released", "step     S5 B takes", "step     S6 held updates go to B",
             "step     S7 A rejoins", "step     S8 others are fed by upstreams", "step     acct: MIGRATING -> MOVED"}));
  EXPECT_EQ(data.fake.changes(), Names{});
}

}  // namespace
}  // namespace hw::cluster::test
