// Follow and Ripe: when a member takes, and what it says to a root that asks.
#include "test/unit/cluster_lease/script.h"

namespace hw::cluster::lease {
namespace {

const action::AnswerConfirm* asked(Script& script, double second, std::uint64_t epoch) {
  script.step(second, event::ConfirmAsked{"A", {.run = 3, .number = 1}, epoch});
  return script.did<action::AnswerConfirm>();
}

TEST(LeaseFollow, ReadsTheRecordAtItsStartAndFollowsItsHolder) {
  Script script;
  script.start();
  EXPECT_EQ(script.state(), State::Follow);
  ASSERT_TRUE(script.did<action::ReadRecord>());
  script.read(0.01, stored("A", 41, 50));
  const auto* follow = script.did<action::FollowHolder>();
  ASSERT_TRUE(follow);
  EXPECT_EQ(follow->holder, "A");
  EXPECT_EQ(follow->epoch, 41U);
  EXPECT_FALSE(follow->rejoin);
  EXPECT_EQ(script.machine.known_epoch(), 41U);
  const auto* keep = script.did<action::KeepEpoch>();
  ASSERT_TRUE(keep);
  EXPECT_EQ(keep->epoch, 41U);
}

TEST(LeaseFollow, EpochOfATakeIsBaseAndRevision) {
  Stored taken = stored("A", 0, 50);
  taken.record.base = 1'000;
  Script script;
  script.following(taken);
  EXPECT_EQ(script.machine.known_epoch(), 1'050U);
}

TEST(LeaseFollow, ReadNotAnsweredIsMadeAgainAtAnotherMember) {
  Script script;
  script.start().tick(0.5);
  const auto* read = script.did<action::ReadRecord>();
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->other_endpoint);
}

TEST(LeaseFollow, SilentLeaseIsTakenAfterItsTtl) {
  Script script;
  script.following(stored("A", 41, 50));
  script.tick(2.4);
  EXPECT_EQ(script.state(), State::Follow);
  script.tick(2.5);
  EXPECT_EQ(script.state(), State::Ripe);
  ASSERT_TRUE(script.did<action::AskPositions>());
  EXPECT_EQ(script.did<action::AskPositions>()->members, std::vector<std::string>{"C"});
  script.read(2.6, stored("A", 41, 50)).tick(2.99);
  EXPECT_EQ(script.state(), State::Ripe);
  script.tick(3.0);
  EXPECT_EQ(script.state(), State::Take);
}

TEST(LeaseFollow, ChangedRecordBeginsTheSilenceAnew) {
  Script script;
  script.following(stored("A", 41, 50)).tick(2.6);
  script.read(2.9, stored("A", 41, 51)).tick(3.1);
  EXPECT_EQ(script.state(), State::Follow);
  script.tick(5.5).read(5.5, stored("A", 41, 51)).tick(5.89);
  EXPECT_EQ(script.state(), State::Ripe);
  script.tick(5.91);
  EXPECT_EQ(script.state(), State::Take);
}

TEST(LeaseFollow, NobodyTakesWithoutAnAnsweredRead) {
  Script script;
  script.following(stored("A", 41, 50)).tick(2.5).tick(3.0).tick(3.5).tick(9);
  EXPECT_EQ(script.state(), State::Ripe);
  script.read(9.1, stored("A", 41, 50));
  EXPECT_EQ(script.state(), State::Take);
}

TEST(LeaseFollow, YesBeginsTheSilenceAnew) {
  Script script;
  script.following(stored("A", 41, 50)).tick(2.5);
  const auto* answer = asked(script, 2.9, 41);
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->yes);
  EXPECT_EQ(answer->to, "A");
  EXPECT_EQ(answer->round, (Serial{.run = 3, .number = 1}));
  EXPECT_EQ(script.state(), State::Follow);
  script.tick(5.5).read(5.5, stored("A", 41, 50)).tick(5.8);
  EXPECT_EQ(script.state(), State::Ripe);
  script.tick(5.9);
  EXPECT_EQ(script.state(), State::Take);
}

TEST(LeaseFollow, SaysNoToALowerReignAndToOneThatIsGivenUp) {
  Script script;
  script.following(stored("A", 41, 50));
  EXPECT_FALSE(asked(script, 1, 40)->yes);
  EXPECT_EQ(asked(script, 1, 40)->known_epoch, 41U);
  script.changed(1.5, stored("A", 41, 51, {"B", "C"}, RecordState::Down));
  EXPECT_FALSE(asked(script, 2, 41)->yes);
}

TEST(LeaseFollow, TakesOnlyWhatItMay) {
  const auto after_four_seconds = [](auto prepare) {
    Script script;
    script.following(stored("A", 41, 50));
    prepare(script);
    script.tick(2.6).read(2.6, script.machine.record()).tick(4.0);
    return script.state();
  };
  EXPECT_EQ(after_four_seconds([](Script&) {}), State::Take);
  EXPECT_EQ(after_four_seconds([](Script& script) { script.ready = false; }), State::Follow);
  EXPECT_EQ(after_four_seconds([](Script& script) { script.changed(0, stored("A", 41, 51, {"C"})); }), State::Follow);
  EXPECT_EQ(
      after_four_seconds([](Script& script) { script.changed(0, stored("A", 41, 51, {"B"}, RecordState::Down)); }),
      State::Follow);
  EXPECT_EQ(after_four_seconds([](Script& script) { script.step(0, event::Pause{~std::uint64_t{0}}); }), State::Follow);
  EXPECT_EQ(after_four_seconds([](Script& script) {
              script.step(0, event::Pause{~std::uint64_t{0}});
              script.step(0, event::Resume{});
            }),
            State::Take);
  Config by_hand = Script::config_of_b();
  by_hand.failover = false;
  Script script(by_hand);
  script.following(stored("A", 41, 50)).tick(2.6).tick(4);
  EXPECT_EQ(script.state(), State::Follow);
}

TEST(LeaseRipe, BetterCandidateGoesFirstAndIsPassedOverWhenItDoesNothing) {
  Script script;
  script.following(stored("A", 41, 50)).tick(2.5);
  const RequestId query = script.did<action::AskPositions>()->query;
  script.read(2.5, stored("A", 41, 50)).step(2.6, event::Position{"C", query, 101}).tick(3.9);
  EXPECT_EQ(script.state(), State::Ripe);
  script.tick(4.0);
  EXPECT_EQ(script.state(), State::Take);
}

TEST(LeaseRipe, OfEqualOnesPriorityDecidesThenTheName) {
  const auto takes_at_three = [](int priority_of_c, const char* other, std::uint64_t seqno) {
    Config config = Script::config_of_b();
    config.members[2].priority = priority_of_c;
    Script script(config);
    script.following(stored("A", 41, 50)).tick(2.5);
    const RequestId query = script.did<action::AskPositions>()->query;
    script.read(2.5, stored("A", 41, 50)).step(2.6, event::Position{other, query, seqno}).tick(3.0);
    return script.state() == State::Take;
  };
  EXPECT_TRUE(takes_at_three(100, "C", 100));
  EXPECT_FALSE(takes_at_three(100, "A", 100));
  EXPECT_FALSE(takes_at_three(101, "C", 100));
  EXPECT_TRUE(takes_at_three(101, "C", 99));
}

TEST(LeaseRipe, OfFilesTheFirstNodeIsBest) {
  Config config = Script::config_of_b();
  config.kind = Kind::Files;
  Script script(config);
  script.following(stored("A", 41, 50)).tick(2.5);
  const RequestId query = script.did<action::AskPositions>()->query;
  script.read(2.5, stored("A", 41, 50)).step(2.6, event::Position{"C", query, 500}).tick(3.0);
  EXPECT_EQ(script.state(), State::Take);
}

TEST(LeaseRipe, TooGreatALossIsSaidOnceAndNotTaken) {
  Config config = Script::config_of_b();
  config.max_loss = 5;
  Script script(config);
  script.seqno = 94;
  script.following(stored("A", 41, 50)).tick(2.5).read(2.5, stored("A", 41, 50)).tick(3.1);
  EXPECT_EQ(script.state(), State::Ripe);
  EXPECT_EQ(script.reported(), MsgId::HWLOSSLIMIT);
  script.tick(4.1);
  EXPECT_FALSE(script.did<action::Report>());
  script.seqno = 95;
  script.tick(4.2);
  EXPECT_EQ(script.state(), State::Take);
}

TEST(LeaseFollow, ReleasedLeaseIsForItsNextAtOnceAndForOthersAfterTwoSeconds) {
  Stored released = stored("A", 41, 51, {"B", "C", "A"}, RecordState::Released);
  released.record.next = "B";
  Script next;
  next.following(stored("A", 41, 50)).changed(1, released);
  EXPECT_EQ(next.state(), State::Take);
  released.record.next = "C";
  Script other;
  other.following(stored("A", 41, 50)).changed(1, released).tick(2.9);
  EXPECT_EQ(other.state(), State::Follow);
  other.tick(3.0);
  EXPECT_EQ(other.state(), State::Ripe);
  other.read(3.1, released).tick(3.3);
  EXPECT_EQ(other.state(), State::Take);
}

TEST(LeaseFollow, BootTakesWhatItsOwnMemberHadLast) {
  Script down;
  down.following(stored("B", 41, 50, {"A"}, RecordState::Down)).step(1, event::Boot{});
  EXPECT_EQ(down.state(), State::Take);
  Script held;
  held.following(stored("B", 41, 50, {"A"})).step(1, event::Boot{}).tick(2.9);
  EXPECT_NE(held.state(), State::Take);
  held.tick(3.0).read(3.0, stored("B", 41, 50, {"A"}));
  EXPECT_EQ(held.state(), State::Take);
  Script of_another;
  of_another.following(stored("A", 41, 50, {"C"})).step(1, event::Boot{}).tick(9);
  EXPECT_EQ(of_another.state(), State::Follow);
}

TEST(LeaseFollow, FirstOfANewGroupMakesTheRecord) {
  Config config = Script::config_of_b();
  config.self = "A";
  Script first(config);
  first.start().read(0, std::nullopt).step(1, event::Boot{.none_known = true});
  EXPECT_EQ(first.state(), State::Take);
  first.tried(1.1);
  EXPECT_FALSE(first.last_put.expected.has_value());
  Script second;
  second.start().read(0, std::nullopt).step(1, event::Boot{.none_known = true}).tick(9);
  EXPECT_EQ(second.state(), State::Follow);
  Script of_old_group(config);
  of_old_group.start().read(0, std::nullopt).step(1, event::Boot{.none_known = false}).tick(9);
  EXPECT_EQ(of_old_group.state(), State::Follow);
}

TEST(LeaseFollow, RecordThatIsGoneIsNobodysToTake) {
  Script script;
  script.following(stored("A", 41, 50)).step(1, event::Boot{.none_known = true});
  script.step(1, event::Changed{}).read(1.1, std::nullopt);
  EXPECT_EQ(script.reported(), MsgId::HWEPOCHBACK);
  EXPECT_TRUE(script.machine.record_gone());
  script.tick(3.7).read(3.7, std::nullopt);
  EXPECT_FALSE(script.did<action::Report>());
  script.tick(9);
  EXPECT_EQ(script.state(), State::Follow);
}

TEST(LeaseFollow, FailoverWaitsForTheLeaseOrForcesIt) {
  Script refused;
  refused.following(stored("A", 41, 50)).step(1, event::Failover{});
  EXPECT_EQ(refused.reported(), MsgId::HWLEASEVALID);
  EXPECT_EQ(refused.did<action::Report>()->error.text, "Lease of A may last 2.0 s more");
  Script forced;
  forced.following(stored("A", 41, 50)).step(1, event::Failover{.force = true});
  ASSERT_TRUE(forced.did<action::PutRecord>());
  EXPECT_EQ(forced.last_put.record.state, RecordState::Down);
  EXPECT_EQ(forced.last_put.record.holder, "A");
  EXPECT_EQ(forced.last_put.record.epoch, 41U);
  EXPECT_EQ(forced.last_put.record.candidates, (std::vector<std::string>{"B", "C"}));
  forced.put_done(1.1, 51).tick(4.0);
  EXPECT_EQ(forced.state(), State::Follow);
  forced.tick(4.1);
  EXPECT_EQ(forced.state(), State::Take);
}

TEST(LeaseFollow, ForcedDownIsPutAgainAfterARenewal) {
  Script script;
  script.following(stored("A", 41, 50)).step(1, event::Failover{.force = true}).put_refused(1.1);
  ASSERT_TRUE(script.did<action::ReadRecord>());
  script.read(1.2, stored("A", 41, 51));
  ASSERT_TRUE(script.did<action::PutRecord>());
  EXPECT_EQ(script.last_put.expected->revision, 51U);
}

TEST(LeaseFollow, FailoverOfOneThatIsNoCandidateNeedsAConfirmation) {
  Script script;
  script.following(stored("A", 41, 50, {"C"})).step(3.5, event::Failover{});
  EXPECT_EQ(script.state(), State::Follow);
  EXPECT_EQ(script.reported(), MsgId::HWNOCAND);
  script.step(3.6, event::Failover{.confirmed = true});
  EXPECT_EQ(script.state(), State::Take);
}

// Two roots otherwise: the list without B is in force, and the root goes on by what the others say.
TEST(LeaseFollow, FailoverOfOneThatIsNoCandidateAnyMoreIsGivenUp) {
  Script script;
  script.following(stored("A", 41, 50)).step(1, event::Failover{.force = true}).put_refused(1.1);
  script.read(1.2, stored("A", 41, 51, {"C"}));
  EXPECT_EQ(script.reported(), MsgId::HWNOCAND);
  EXPECT_EQ(script.did<action::Report>()->error.text, "No candidate: B is not named by A");
  EXPECT_FALSE(script.did<action::PutRecord>());
  script.tick(4.3);
  EXPECT_EQ(script.state(), State::Follow);
}

TEST(LeaseFollow, FailoverIsGivenUpWhenTheRootIsBack) {
  Script script;
  script.ready = false;
  script.following(stored("A", 41, 50)).step(0.1, event::Pause{.until_ns = ~std::uint64_t{0}});
  script.step(3.5, event::Failover{}).changed(3.6, stored("A", 41, 51));
  EXPECT_EQ(script.reported(), MsgId::HWLEASEVALID);
  script.ready = true;
  script.tick(7);
  EXPECT_EQ(script.state(), State::Follow);
}

TEST(LeaseFollow, OtherRootIsFollowedOnceAReign) {
  Script script;
  script.following(stored("A", 41, 50)).changed(1, stored("A", 41, 51));
  EXPECT_FALSE(script.did<action::FollowHolder>());
  script.changed(2, stored("C", 0, 52));
  ASSERT_TRUE(script.did<action::FollowHolder>());
  EXPECT_EQ(script.did<action::FollowHolder>()->holder, "C");
  EXPECT_EQ(script.did<action::FollowHolder>()->epoch, 52U);
}

}  // namespace
}  // namespace hw::cluster::lease
