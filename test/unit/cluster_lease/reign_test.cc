// Promote, Root, Failsafe, Fenced.
#include "test/unit/cluster_lease/script.h"

namespace hw::cluster::lease {
namespace {

/// The round that was asked for last.
RoundId round_of(const Script& script) { return script.did<action::AskConfirm>()->round; }

/// Root since 4.1 s; the store answers nothing any more: a renewal at 5.1 s, a round at 5.6 s.
Script& failsafe(Script& script) { return script.root().tick(5.1).tick(5.6); }

TEST(LeasePromote, PromotedThenScriptsThenUpdatesOnByTheDeadlineOfTheTake) {
  Script script;
  script.following(stored("A", 41, 50)).tick(2.6).read(2.6, stored("A", 41, 50)).tick(3).tried(3).put_done(3.1, 60);
  script.step(3.2, event::Promoted{script.promotion});
  EXPECT_EQ(script.kinds(), std::vector{kind_of<action::RunCommitScripts>()});
  script.step(3.3, event::Committed{script.promotion});
  EXPECT_EQ(script.kinds(), (std::vector{kind_of<action::AllowUpdates>(), kind_of<action::UpdatesOn>()}));
  EXPECT_EQ(script.state(), State::Root);
  EXPECT_EQ(script.machine.deadline_ns(), Script::clock(5.5));
}

TEST(LeasePromote, PastItsDeadlineUpdatesWaitForARenewal) {
  Script script;
  script.following(stored("A", 41, 50)).tick(2.6).read(2.6, stored("A", 41, 50)).tick(3).tried(3).put_done(3.1, 60);
  script.tick(4.0).tick(4.5).tick(5.0).tick(5.5);
  EXPECT_FALSE(script.did<action::AskConfirm>());
  script.step(6, event::Promoted{script.promotion}).step(6, event::Committed{script.promotion});
  EXPECT_EQ(script.state(), State::Fenced);
  EXPECT_TRUE(script.did<action::UpdatesOn>());
  EXPECT_FALSE(script.did<action::AllowUpdates>());
  EXPECT_TRUE(script.did<action::StopUpdates>());
  script.put_done(6.1, 61);
  EXPECT_EQ(script.state(), State::Root);
  EXPECT_TRUE(script.did<action::AllowUpdates>());
}

TEST(LeasePromote, FailureReleasesTheLeaseWithoutThisMemberForAMinute) {
  Script script;
  script.following(stored("A", 41, 50)).tick(2.6).read(2.6, stored("A", 41, 50)).tick(3).tried(3).put_done(3.1, 60);
  script.step(3.2, event::PromoteFailed{script.promotion});
  EXPECT_EQ(script.state(), State::Follow);
  EXPECT_EQ(script.machine.deadline_ns(), 0U);
  EXPECT_EQ(script.last_put.record.state, RecordState::Released);
  EXPECT_EQ(script.last_put.record.candidates, (std::vector<std::string>{"A", "C"}));
  script.put_done(3.3, 61).tick(6).tick(50);
  EXPECT_EQ(script.state(), State::Follow);
  script.tick(63.3);
  EXPECT_EQ(script.state(), State::Ripe);
}

TEST(LeasePromote, AnswersOfAnEarlierPromotionSayNothing) {
  Script script;
  script.root();
  const RequestId old = script.promotion;
  script.step(4.2, event::PoolAnew{});
  EXPECT_EQ(script.state(), State::Promote);
  EXPECT_EQ(script.did<action::Promote>()->epoch, 60U);
  script.step(4.3, event::Committed{old});
  EXPECT_EQ(script.state(), State::Promote);
  script.step(4.4, event::Promoted{script.promotion}).step(4.5, event::Committed{script.promotion});
  EXPECT_EQ(script.state(), State::Root);
}

TEST(LeaseRoot, RenewsEachSecondAndWritesItsEpoch) {
  Script script;
  script.root();
  EXPECT_EQ(script.last_put.record.epoch, 60U);
  EXPECT_EQ(script.machine.deadline_ns(), Script::clock(4.1 + 2.5));
  script.tick(5.0);
  EXPECT_TRUE(script.out.empty());
  script.tick(5.1);
  ASSERT_TRUE(script.did<action::PutRecord>());
  EXPECT_EQ(script.last_put.expected->revision, 61U);
  EXPECT_EQ(script.last_put.expected->value, "text");
  EXPECT_FALSE(script.last_put.other_endpoint);
}

TEST(LeaseRoot, WithoutAnswerAsksAllCandidatesAndGoesOn) {
  Script script;
  failsafe(script);
  EXPECT_EQ(script.state(), State::Failsafe);
  EXPECT_TRUE(script.last_put.other_endpoint);
  EXPECT_EQ(script.did<action::AskConfirm>()->members, (std::vector<std::string>{"A", "C"}));
  EXPECT_EQ(script.did<action::AskConfirm>()->epoch, 60U);
  const RoundId round = round_of(script);
  script.step(5.61, event::ConfirmAnswered{"A", round, true});
  EXPECT_TRUE(script.out.empty());
  script.step(5.62, event::ConfirmAnswered{"C", round, true});
  EXPECT_EQ(script.machine.deadline_ns(), Script::clock(5.6 + 2.5));
  EXPECT_EQ(script.state(), State::Failsafe);
  script.put_done(5.7, 62);
  EXPECT_EQ(script.state(), State::Root);
}

TEST(LeaseRoot, WithoutCandidatesNobodyNeedConfirm) {
  Script script;
  script.candidates.clear();
  failsafe(script);
  EXPECT_FALSE(script.did<action::AskConfirm>());
  EXPECT_EQ(script.machine.deadline_ns(), Script::clock(5.6 + 2.5));
}

TEST(LeaseFailsafe, OneThatDoesNotConfirmIsNamedOnceAndUpdatesStopAtTheDeadline) {
  Script script;
  failsafe(script).step(5.7, event::ConfirmAnswered{"C", round_of(script), false});
  EXPECT_EQ(script.reported(), MsgId::HWFAILSAFE);
  EXPECT_EQ(script.did<action::Report>()->error.text, "No lease store, C does not confirm");
  script.tick(6.1);
  EXPECT_FALSE(script.did<action::Report>());
  script.tick(6.6);
  EXPECT_EQ(script.state(), State::Fenced);
  EXPECT_TRUE(script.did<action::StopUpdates>());
  EXPECT_EQ(script.reported(), MsgId::HWLEASEOVER);
  EXPECT_EQ(script.did<action::Report>()->error.text, "Lease of acct ended, updates stop");
}

TEST(LeaseFenced, ConfirmedByAllItGoesOn) {
  Script script;
  failsafe(script).tick(6.1).tick(6.6);
  ASSERT_EQ(script.state(), State::Fenced);
  ASSERT_TRUE(script.did<action::AskConfirm>());
  const RoundId round = round_of(script);
  script.step(6.7, event::ConfirmAnswered{"A", round, true}).step(6.7, event::ConfirmAnswered{"C", round, true});
  EXPECT_EQ(script.state(), State::Failsafe);
  EXPECT_TRUE(script.did<action::AllowUpdates>());
  EXPECT_EQ(script.machine.deadline_ns(), Script::clock(6.6 + 2.5));
}

TEST(LeaseFenced, AnswerThatComesAfterItsOwnDeadlineLetsNothingGoOn) {
  Script script;
  failsafe(script).tick(6.1).tick(6.6);
  const action::PutRecord sent_at_six = script.last_put;
  script.step(9.2, event::RecordPut{sent_at_six.request, true, 62, {}});
  EXPECT_EQ(script.state(), State::Fenced);
  EXPECT_FALSE(script.did<action::AllowUpdates>());
  EXPECT_TRUE(script.did<action::PutRecord>());
}

TEST(LeaseFailsafe, YesToAnEarlierRoundDoesNotCount) {
  Script script;
  failsafe(script);
  const RoundId first = round_of(script);
  script.tick(6.1).step(6.2, event::ConfirmAnswered{"A", first, true});
  script.step(6.2, event::ConfirmAnswered{"C", first, true});
  EXPECT_EQ(script.machine.deadline_ns(), Script::clock(4.1 + 2.5));
}

TEST(LeaseRoot, NewListIsPutAtOnceAndBothMustConfirmUntilItIsDone) {
  Script script;
  script.root();
  script.candidates = {"C"};
  script.tick(4.2);
  ASSERT_TRUE(script.did<action::PutRecord>());
  EXPECT_EQ(script.last_put.record.candidates, std::vector<std::string>{"C"});
  script.tick(4.7);
  EXPECT_EQ(script.did<action::AskConfirm>()->members, (std::vector<std::string>{"A", "C"}));
  script.put_done(4.8, 62).tick(5.7).tick(6.2);
  EXPECT_EQ(script.did<action::AskConfirm>()->members, std::vector<std::string>{"C"});
}

TEST(LeaseRoot, AnswerToARequestBeforeTheOneLastNotedIsDropped) {
  Script script;
  script.root();
  script.candidates = {"C"};
  script.tick(4.2);
  const RequestId first = script.last_put.request;
  script.candidates = {"A", "C"};
  script.tick(4.7).put_refused(4.8);
  ASSERT_TRUE(script.did<action::ReadRecord>());
  Stored with_first_list = stored("B", 60, 62, {"C"});
  script.read(4.9, with_first_list).put_done(5.0, 63);
  ASSERT_EQ(script.machine.record()->revision, 63U);
  script.step(5.1, event::RecordPut{first, true, 62, {}});
  EXPECT_EQ(script.machine.record()->revision, 63U);
  script.tick(5.9).tick(6.4);
  EXPECT_EQ(script.did<action::AskConfirm>()->members, (std::vector<std::string>{"C", "A"}));
}

TEST(LeaseRoot, RefusedByItsOwnEarlierPutItRenewsAtOnce) {
  Script script;
  script.root().tick(5.1).tick(5.6).put_refused(5.7);
  ASSERT_TRUE(script.did<action::ReadRecord>());
  script.read(5.8, stored("B", 60, 62, {"A", "C"}));
  ASSERT_TRUE(script.did<action::PutRecord>());
  EXPECT_EQ(script.last_put.expected->revision, 62U);
}

TEST(LeaseRoot, RecordThatNamesAnotherEndsTheReign) {
  Script script;
  script.root().tick(5.1).put_refused(5.2).read(5.3, stored("C", 70, 70));
  EXPECT_EQ(script.state(), State::Follow);
  EXPECT_TRUE(script.did<action::StopUpdates>());
  ASSERT_TRUE(script.did<action::FollowHolder>());
  EXPECT_TRUE(script.did<action::FollowHolder>()->rejoin);
}

TEST(LeaseRoot, RecordThatIsDownEndsTheReign) {
  Script script;
  script.root().tick(5.1).put_refused(5.2).read(5.3, stored("B", 60, 70, {}, RecordState::Down));
  EXPECT_EQ(script.state(), State::Follow);
  EXPECT_TRUE(script.did<action::StopUpdates>());
  EXPECT_FALSE(script.did<action::FollowHolder>());
}

TEST(LeaseRoot, RecordThatIsGoneIsAsUnanswered) {
  Script script;
  script.root().tick(5.1).put_refused(5.2).read(5.3, std::nullopt);
  EXPECT_EQ(script.state(), State::Failsafe);
  EXPECT_TRUE(script.did<action::AskConfirm>());
  EXPECT_EQ(script.reported(), MsgId::HWEPOCHBACK);
  script.tick(5.8);
  ASSERT_TRUE(script.did<action::ReadRecord>());
  script.read(5.9, stored("B", 60, 2, {"A", "C"}));
  ASSERT_TRUE(script.did<action::PutRecord>());
  script.put_done(6.0, 3);
  EXPECT_EQ(script.state(), State::Root);
}

TEST(LeaseRoot, SaysNoToWhoAsks) {
  Script script;
  script.root().step(4.5, event::ConfirmAsked{"A", {}, 90});
  EXPECT_FALSE(script.did<action::AnswerConfirm>()->yes);
  EXPECT_EQ(script.did<action::AnswerConfirm>()->known_epoch, 60U);
}

TEST(LeaseRoot, InstanceThatIsGivenUpReleasesTheLease) {
  Script script;
  script.root().step(4.5, event::GaveUp{});
  EXPECT_EQ(script.state(), State::Follow);
  EXPECT_EQ(script.last_put.record.state, RecordState::Released);
  EXPECT_EQ(script.last_put.record.next, "");
}

}  // namespace
}  // namespace hw::cluster::lease
