// Drain, Handover, down: a reign that ends by plan.
#include "test/unit/cluster_lease/script.h"

namespace hw::cluster::lease {
namespace {

Script& draining(Script& script, bool move = false) {
  return script.root().step(4.2, event::Release{.to = "C", .move = move});
}

TEST(LeaseDrain, StopsUpdatesFirstThenAsksWhatTheNextHas) {
  Script script;
  draining(script);
  EXPECT_EQ(script.state(), State::Drain);
  EXPECT_EQ(script.kinds(), (std::vector{kind_of<action::StopUpdates>(), kind_of<action::Drain>()}));
  EXPECT_EQ(script.did<action::Drain>()->to, "C");
}

TEST(LeaseDrain, WhenTheNextHasAllTheDeadlineIsZeroAndTheLeaseIsReleased) {
  Script script;
  draining(script).applied(4.3);
  EXPECT_EQ(script.state(), State::Handover);
  EXPECT_EQ(script.kinds(), (std::vector{kind_of<action::SetDeadline>(), kind_of<action::PutRecord>()}));
  EXPECT_EQ(script.did<action::SetDeadline>()->deadline_ns, 0U);
  EXPECT_EQ(script.last_put.record.state, RecordState::Released);
  EXPECT_EQ(script.last_put.record.next, "C");
  EXPECT_EQ(script.last_put.record.candidates, (std::vector<std::string>{"A", "C", "B"}));
  script.put_done(4.4, 62);
  EXPECT_EQ(script.state(), State::Follow);
  script.changed(4.6, stored("C", 0, 63));
  ASSERT_TRUE(script.did<action::FollowHolder>());
  EXPECT_TRUE(script.did<action::FollowHolder>()->rejoin);
}

TEST(LeaseDrain, RenewalUnderWayIsWaitedForBeforeTheRelease) {
  Script script;
  draining(script).tick(5.1).applied(5.2);
  EXPECT_EQ(script.state(), State::Drain);
  script.put_done(5.3, 62);
  EXPECT_EQ(script.state(), State::Handover);
  Script unanswered;
  draining(unanswered).tick(5.1).applied(5.2).tick(5.6);
  EXPECT_EQ(unanswered.state(), State::Handover);
}

TEST(LeaseDrain, RenewsWithoutTakingTheStopFlagOffAndWithoutRounds) {
  Script script;
  draining(script).tick(5.1).put_done(5.2, 62);
  EXPECT_EQ(script.kinds(), std::vector{kind_of<action::SetDeadline>()});
  script.tick(6.1).tick(6.6);
  EXPECT_EQ(script.state(), State::Drain);
  EXPECT_FALSE(script.did<action::AskConfirm>());
}

TEST(LeaseDrain, AnswerToADrainThatWasCalledOffSaysNothing) {
  Script script;
  draining(script);
  const RequestId first = script.last_drain;
  script.step(4.3, event::Cancel{}).step(4.4, event::Release{.to = "C"}).step(4.5, event::Applied{first});
  EXPECT_EQ(script.state(), State::Drain);
  script.applied(4.6);
  EXPECT_EQ(script.state(), State::Handover);
}

TEST(LeaseDrain, SwitchesBackWhenItTakesTooLongOrIsCalledOff) {
  Script late;
  Config config = Script::config_of_b();
  config.drain_ns = kSecondNs;
  Script too_long(config);
  draining(too_long).tick(5.1).put_done(5.15, 62).tick(5.2);
  EXPECT_EQ(too_long.state(), State::Root);
  EXPECT_EQ(too_long.reported(), MsgId::HWSWITCHBACK);
  EXPECT_EQ(too_long.did<action::Report>()->error.text, "C had not all after 1 s, B stays root");
  EXPECT_TRUE(too_long.did<action::AllowUpdates>());
  Script called_off;
  draining(called_off).step(4.5, event::Cancel{});
  EXPECT_EQ(called_off.state(), State::Root);
  Script no_candidate;
  draining(no_candidate);
  no_candidate.candidates = {"A"};
  no_candidate.tick(4.5);
  EXPECT_EQ(no_candidate.state(), State::Root);
}

TEST(LeaseDrain, MoveWaitsForMiggAndEndsDownWhenItIsCancelledThen) {
  Script script;
  draining(script, true).applied(4.3);
  EXPECT_EQ(script.state(), State::Drain);
  EXPECT_GT(script.machine.wake_ns(), Script::clock(4.3));
  script.step(4.4, event::Migrate{});
  EXPECT_EQ(script.state(), State::Handover);
  Script cancelled;
  draining(cancelled, true).applied(4.3).step(4.4, event::Cancel{});
  EXPECT_EQ(cancelled.state(), State::Follow);
  EXPECT_EQ(cancelled.last_put.record.state, RecordState::Down);
  Script quiescing;
  draining(quiescing, true).step(4.4, event::Cancel{});
  EXPECT_EQ(quiescing.state(), State::Root);
}

TEST(LeaseDrain, DeadlinePassedIsFencedAndTheChangeIsOver) {
  Script script;
  draining(script).tick(5.1).tick(5.6).tick(6.1).tick(6.6);
  EXPECT_EQ(script.state(), State::Fenced);
  script.applied(6.7);
  EXPECT_EQ(script.state(), State::Fenced);
}

TEST(LeaseHandover, WithoutAnswerItRenewsWithoutRoundsAndIsRootAgain) {
  Script script;
  draining(script).applied(4.3).tick(4.8);
  EXPECT_EQ(script.state(), State::Handover);
  EXPECT_FALSE(script.did<action::AskConfirm>());
  ASSERT_TRUE(script.did<action::PutRecord>());
  EXPECT_EQ(script.last_put.record.state, RecordState::Held);
  EXPECT_EQ(script.machine.deadline_ns(), 0U);
  script.put_done(4.9, 62);
  EXPECT_EQ(script.state(), State::Root);
  EXPECT_EQ(script.reported(), MsgId::HWSWITCHBACK);
  EXPECT_EQ(script.machine.deadline_ns(), Script::clock(4.8 + 2.5));
  EXPECT_TRUE(script.did<action::AllowUpdates>());
}

TEST(LeaseHandover, ReleaseThatWasDoneAfterAllIsSeenInTheRecord) {
  Script script;
  draining(script).applied(4.3).tick(4.8).put_refused(4.9);
  ASSERT_TRUE(script.did<action::ReadRecord>());
  script.read(5.0, stored("B", 60, 62, {"A", "C", "B"}, RecordState::Released));
  EXPECT_EQ(script.state(), State::Follow);
  EXPECT_EQ(script.machine.deadline_ns(), 0U);
}

TEST(LeaseHandover, PoolMadeAnewMeanwhileIsPromotedWhenTheReignGoesOn) {
  Script script;
  draining(script).applied(4.3).step(4.4, event::PoolAnew{});
  EXPECT_EQ(script.state(), State::Handover);
  script.tick(4.8).put_done(4.9, 62);
  EXPECT_EQ(script.state(), State::Promote);
}

TEST(LeaseRelease, IsRefusedWithoutStore) {
  Script script;
  script.root().tick(5.1).tick(5.6).step(5.7, event::Release{.to = "C"});
  EXPECT_EQ(script.state(), State::Failsafe);
  EXPECT_EQ(script.reported(), MsgId::HWFAILSAFE);
}

TEST(LeaseDown, StopsThenEndsTheLease) {
  Script script;
  script.root().step(4.5, event::Down{});
  EXPECT_EQ(script.state(), State::Follow);
  EXPECT_EQ(script.kinds()[0], kind_of<action::StopUpdates>());
  EXPECT_EQ(script.kinds()[1], kind_of<action::SetDeadline>());
  EXPECT_EQ(script.last_put.record.state, RecordState::Down);
  EXPECT_EQ(script.last_put.record.epoch, 60U);
  script.put_done(4.6, 62).tick(20);
  EXPECT_EQ(script.state(), State::Follow);
}

TEST(LeaseDown, IsPutAgainWhenARenewalOvertookIt) {
  Script script;
  script.root().tick(5.1).step(5.2, event::Down{}).put_refused(5.3).read(5.4, stored("B", 60, 62, {"A", "C"}));
  ASSERT_TRUE(script.did<action::PutRecord>());
  EXPECT_EQ(script.last_put.record.state, RecordState::Down);
  EXPECT_EQ(script.last_put.expected->revision, 62U);
}

TEST(LeaseDown, WithoutAnswerItIsSaidThatACandidateMayTake) {
  Script script;
  script.root().step(4.5, event::Down{});
  script.ready = false;
  script.tick(5.0);
  EXPECT_EQ(script.reported(), MsgId::HWREMOTE);
  EXPECT_EQ(script.did<action::Report>()->error.text, "lease store: no answer, acct may not be down");
}

TEST(LeaseDown, AskedForWhileATakeIsUnderWayItFollowsTheTake) {
  Script script;
  script.following(stored("A", 41, 50)).tick(2.6).read(2.6, stored("A", 41, 50)).tick(3).tried(3);
  script.step(3.05, event::Down{}).put_done(3.1, 60);
  EXPECT_EQ(script.state(), State::Follow);
  EXPECT_FALSE(script.did<action::Promote>());
  EXPECT_EQ(script.last_put.record.state, RecordState::Down);
}

}  // namespace
}  // namespace hw::cluster::lease
