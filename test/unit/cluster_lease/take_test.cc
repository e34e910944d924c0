// Start and Take: takes of unknown end.
#include "test/unit/cluster_lease/script.h"

namespace hw::cluster::lease {
namespace {

bool says_yes(Script& script, double second, std::uint64_t epoch) {
  script.step(second, event::ConfirmAsked{"A", {}, epoch});
  return script.did<action::AnswerConfirm>()->yes;
}

/// The last two things: what is known goes to disk, then the note goes.
bool keeps_then_drops(const Script& script) {
  const std::vector<std::size_t> kinds = script.kinds();
  const std::vector last{kind_of<action::KeepEpoch>(), kind_of<action::DropNote>()};
  return kinds.size() >= 2 && std::equal(last.begin(), last.end(), kinds.end() - 2);
}

/// The agent begins again; the pool is that of reign 60, whose deadline is at 2 s.
event::Start over_a_roots_pool() {
  return {.run = 8,
          .note = {},
          .known_epoch = 60,
          .pool_epoch = 60,
          .pool_deadline_ns = Script::clock(2),
          .pool_updates_on = true};
}

/// At 3.0 s the member begins to take.
Script& taking(Script& script) {
  script.following(stored("A", 41, 50)).tick(2.6).read(2.6, stored("A", 41, 50)).tick(3.0);
  return script;
}

TEST(LeaseTake, NoteThenTryKeyThenRecordThatComparesBoth) {
  Script script;
  taking(script);
  EXPECT_EQ(script.kinds(), (std::vector{kind_of<action::WriteNote>(), kind_of<action::PutTry>()}));
  EXPECT_EQ(script.did<action::WriteNote>()->note.epoch, 41U);
  const Serial try_serial = script.did<action::PutTry>()->serial;
  script.tried(3.1, 77);
  ASSERT_TRUE(script.did<action::PutRecord>());
  const action::PutRecord& put = script.last_put;
  EXPECT_EQ(put.expected->revision, 50U);
  EXPECT_EQ(put.try_mark->revision, 77U);
  EXPECT_EQ(put.try_mark->serial, try_serial);
  EXPECT_EQ(put.record.holder, "B");
  EXPECT_EQ(put.record.epoch, 0U);
  EXPECT_EQ(put.record.candidates, (std::vector<std::string>{"A", "C"}));
}

TEST(LeaseTake, DoneKeepsTheEpochThenPromotesThenDropsTheNote) {
  Script script;
  taking(script).tried(3.1).put_done(3.2, 60);
  EXPECT_EQ(script.state(), State::Promote);
  EXPECT_EQ(script.kinds(),
            (std::vector{kind_of<action::KeepEpoch>(), kind_of<action::StopUpdates>(), kind_of<action::SetDeadline>(),
                         kind_of<action::Promote>(), kind_of<action::DropNote>()}));
  EXPECT_EQ(script.did<action::KeepEpoch>()->epoch, 60U);
  EXPECT_EQ(script.did<action::SetDeadline>()->deadline_ns, Script::clock(3.1 + 2.5));
  EXPECT_EQ(script.did<action::Promote>()->epoch, 60U);
}

TEST(LeaseTake, RefusedIsLostAndTheRecordIsReadBeforeAnythingElse) {
  Script script;
  taking(script).step(3.0, event::Boot{}).tried(3.1).put_refused(3.2);
  EXPECT_EQ(script.state(), State::Follow);
  EXPECT_EQ(script.kinds(), (std::vector{kind_of<action::ReadRecord>(), kind_of<action::DropNote>()}));
  script.tick(3.3);
  EXPECT_EQ(script.state(), State::Follow);
}

TEST(LeaseTake, SaysNoFromTheNoteToTheEnd) {
  Script script;
  taking(script);
  EXPECT_FALSE(says_yes(script, 3.0, 41));
  script.tried(3.1);
  EXPECT_FALSE(says_yes(script, 3.1, 41));
  script.tick(3.6);
  EXPECT_FALSE(says_yes(script, 3.6, 41));
  script.tried(3.7);
  EXPECT_FALSE(says_yes(script, 3.7, 41));
  script.read(3.8, stored("A", 41, 50));
  EXPECT_EQ(script.state(), State::Follow);
  EXPECT_TRUE(says_yes(script, 3.9, 41));
}

TEST(LeaseTake, WithoutAnswerItIsVoidedByTheTryKeyUntilThatIsAnswered) {
  Script script;
  taking(script).tried(3.1).tick(3.6);
  ASSERT_TRUE(script.did<action::PutTry>());
  EXPECT_TRUE(script.did<action::PutTry>()->other_endpoint);
  script.tick(4.1);
  ASSERT_TRUE(script.did<action::PutTry>());
  EXPECT_FALSE(script.did<action::ReadRecord>());
  script.tried(4.2);
  EXPECT_TRUE(script.did<action::ReadRecord>());
  EXPECT_EQ(script.state(), State::Take);
}

TEST(LeaseTake, SerialOfTheRecordSaysThatItWasDone) {
  Script script;
  taking(script).tried(3.1).tick(3.6).tried(3.7);
  Stored mine{script.last_put.record, 60, {}};
  script.read(3.8, mine);
  EXPECT_EQ(script.state(), State::Promote);
  // The deadline counts from the sending of the put, however late its end was known.
  EXPECT_EQ(script.did<action::SetDeadline>()->deadline_ns, Script::clock(3.1 + 2.5));
}

TEST(LeaseTake, OwnRecordOfAnEarlierReignIsNoTakeThatWasDone) {
  Script script;
  script.start().read(0, stored("B", 41, 50, {"A"})).tick(2.6).read(2.6, stored("B", 41, 50, {"A"})).tick(3.0);
  script.tried(3.1).tick(3.6).tried(3.7).read(3.8, stored("B", 41, 50, {"A"}));
  EXPECT_EQ(script.state(), State::Follow);
}

TEST(LeaseTake, LostToAnotherKeepsItsEpochBeforeTheNoteGoes) {
  Script script;
  taking(script).tried(3.1).tick(3.6).tried(3.7).read(3.8, stored("C", 55, 55));
  EXPECT_EQ(script.state(), State::Follow);
  EXPECT_TRUE(keeps_then_drops(script));
  EXPECT_EQ(script.did<action::KeepEpoch>()->epoch, 55U);
  EXPECT_EQ(script.did<action::FollowHolder>()->holder, "C");
}

// With a full disk the epoch of a take is not kept; a later note must not take the place of the one that remembers it.
TEST(LeaseTake, EpochThatCouldNotBeKeptIsKeptBeforeTheNextNote) {
  Script script;
  taking(script).tried(3.1).put_done(3.2, 60).step(3.2, event::DiskFailed{});
  EXPECT_EQ(script.state(), State::Follow);
  const Record released = script.last_put.record;
  EXPECT_EQ(released.state, RecordState::Released);
  EXPECT_FALSE(script.did<action::KeepEpoch>());
  script.put_done(3.3, 61);
  EXPECT_FALSE(script.did<action::KeepEpoch>());
  script.step(4.0, event::Boot{}).tick(5.4);
  EXPECT_TRUE(script.did<action::KeepEpoch>());
  script.step(5.4, event::DiskFailed{}).read(5.5, Stored{released, 61, {}}).tick(5.8);
  EXPECT_EQ(script.state(), State::Take);
  ASSERT_EQ(script.kinds(),
            (std::vector{kind_of<action::KeepEpoch>(), kind_of<action::WriteNote>(), kind_of<action::PutTry>()}));
  EXPECT_EQ(script.did<action::KeepEpoch>()->epoch, 60U);
}

TEST(LeaseFollow, DiskThatFailedIsTriedAgainASecondLater) {
  Script script;
  script.start({.run = 7, .note = {}, .known_epoch = 40}).read(0, stored("A", 41, 50));
  EXPECT_TRUE(script.did<action::KeepEpoch>());
  script.step(0.1, event::DiskFailed{}).tick(1.0);
  EXPECT_FALSE(script.did<action::KeepEpoch>());
  script.tick(1.1);
  ASSERT_TRUE(script.did<action::KeepEpoch>());
  EXPECT_EQ(script.did<action::KeepEpoch>()->epoch, 41U);
}

TEST(LeaseTake, RecordGoneLeavesTheNoteAndSaysNoUntilThereIsOne) {
  Script script;
  taking(script).tried(3.1).tick(3.6).tried(3.7).read(3.8, std::nullopt);
  EXPECT_EQ(script.state(), State::Follow);
  EXPECT_FALSE(script.did<action::DropNote>());
  EXPECT_FALSE(says_yes(script, 4, 41));
  EXPECT_FALSE(script.machine.answer_epoch(1).undecided);
  script.changed(5, stored("A", 41, 3));
  EXPECT_TRUE(script.did<action::DropNote>());
  EXPECT_TRUE(says_yes(script, 6, 41));
}

TEST(LeaseTake, TryKeyWithoutAnswerIsGivenUpForNothingWasSent) {
  Script script;
  taking(script).tick(3.5);
  EXPECT_EQ(script.state(), State::Follow);
  EXPECT_TRUE(script.did<action::DropNote>());
  EXPECT_TRUE(says_yes(script, 3.5, 41));
}

TEST(LeaseTake, EpochThatDoesNotRiseIsNotPromoted) {
  Script script;
  script.start({.run = 7, .note = {}, .known_epoch = 90}).read(0, stored("A", 41, 50));
  script.tick(2.6).read(2.6, stored("A", 41, 50)).tick(3.0).tried(3.1).put_done(3.2, 60);
  EXPECT_EQ(script.reported(), MsgId::HWEPOCHBACK);
  EXPECT_FALSE(script.did<action::Promote>());
  EXPECT_EQ(script.last_put.record.state, RecordState::Down);
  EXPECT_EQ(script.state(), State::Follow);
}

TEST(LeaseTake, FullDiskKeepsItFromTaking) {
  Script script;
  taking(script).step(3.0, event::DiskFailed{});
  EXPECT_EQ(script.state(), State::Follow);
  script.tick(3.9);
  EXPECT_NE(script.state(), State::Take);
}

// ---- the agent starts ----

TEST(LeaseStart, OverANoteTheTryKeyComesFirstAndNothingIsConfirmed) {
  Script script;
  script.start({.run = 8, .note = Note{}, .known_epoch = 41});
  EXPECT_EQ(script.state(), State::Start);
  EXPECT_EQ(script.kinds(), std::vector{kind_of<action::PutTry>()});
  EXPECT_FALSE(says_yes(script, 0.1, 41));
  EXPECT_TRUE(script.machine.answer_epoch(1).undecided);
  script.tick(0.5);
  EXPECT_TRUE(script.did<action::PutTry>()->other_endpoint);
  script.tried(0.6);
  EXPECT_FALSE(says_yes(script, 0.6, 41));
  script.read(0.7, stored("A", 42, 50));
  EXPECT_TRUE(keeps_then_drops(script));
  EXPECT_TRUE(says_yes(script, 0.8, 42));
}

TEST(LeaseStart, OverItsOwnRecordButNotItsPoolItIsOneOfItsCandidates) {
  Script script;
  script.start({.run = 8, .note = Note{}, .known_epoch = 41}).tried(0.1).read(0.2, stored("B", 60, 60, {"A"}));
  EXPECT_EQ(script.state(), State::Follow);
  script.tick(2.8).read(2.8, stored("B", 60, 60, {"A"})).tick(3.2);
  EXPECT_EQ(script.state(), State::Take);
}

TEST(LeaseStart, OverARootsPoolItGoesOnWithoutRoundsUntilARenewalIsDone) {
  Script script;
  script.start(over_a_roots_pool());
  EXPECT_EQ(script.state(), State::Start);
  script.read(0.1, stored("B", 60, 61, {"A", "C"}));
  EXPECT_EQ(script.state(), State::Root);
  ASSERT_TRUE(script.did<action::PutRecord>());
  script.tick(0.6);
  EXPECT_EQ(script.state(), State::Failsafe);
  EXPECT_FALSE(script.did<action::AskConfirm>());
  script.put_done(0.7, 62).tick(1.6).tick(2.1);
  EXPECT_EQ(script.state(), State::Failsafe);
  EXPECT_TRUE(script.did<action::AskConfirm>());
}

TEST(LeaseStart, OverAPoolOfAReignThatIsOverItsUpdatesStop) {
  Script script;
  script.start(over_a_roots_pool());
  script.read(0.1, stored("C", 70, 70));
  EXPECT_EQ(script.state(), State::Follow);
  EXPECT_TRUE(script.did<action::StopUpdates>());
  EXPECT_TRUE(script.did<action::FollowHolder>()->rejoin);
}

}  // namespace
}  // namespace hw::cluster::lease
