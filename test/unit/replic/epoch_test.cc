// Whose reign is over, and from where on a former root may differ: what a source tells, and what a receiver makes of
// it.
#include "replic/history/epoch.h"

#include <gtest/gtest.h>

#include <optional>

#include "golden.h"
#include "replic/link/control_kinds.h"
#include "replic/receiver/receiver_machine.h"
#include "replic/source/source_machine.h"
#include "test/support/machine_actions.h"
#include "test/support/reign.h"

namespace hw {
namespace {

using test::find;
using test::logged;
using test::sent;

HistoryRecord reign_of(std::string root, std::uint64_t start, std::uint64_t epoch) {
  HistoryRecord record = test::reign(std::move(root), 1, start);
  record.fence = epoch;
  return record;
}

/// All messages of one kind.
template <typename Actions>
std::vector<std::string> controls(const Actions& actions, std::uint32_t kind) {
  std::vector<std::string> found;
  for (const auto& action : actions) {
    const auto* send = std::get_if<action::Send>(&action);
    const auto* control = send == nullptr ? nullptr : std::get_if<wire::Control>(&send->message);
    if (control == nullptr || control->kind != kind) continue;
    EXPECT_EQ(send->level, kLevelFencing);
    found.push_back(control->payload);
  }
  return found;
}

TEST(Epoch, WhatIsToldIsTheEpochOfWhatIsSent) {
  History history;
  EXPECT_EQ(epoch_to_tell("A", history, 0), (EpochTold{0, ""}));
  EXPECT_EQ(epoch_to_tell("A", history, 41), (EpochTold{41, ""}));
  history.append(reign_of("A", 1, 41));
  EXPECT_EQ(epoch_to_tell("A", history, 41), (EpochTold{41, "A"}));
  EXPECT_EQ(epoch_to_tell("A", history, 42), (EpochTold{41, "A"})) << "a former root that has heard of the next one";
  EXPECT_EQ(epoch_to_tell("C", history, 41), (EpochTold{41, "A"})) << "a relay";
  EXPECT_EQ(epoch_to_tell("C", history, 42), (EpochTold{42, ""})) << "a relay that has heard of it, and no more";
  history.append(reign_of("B", 50, 42));
  EXPECT_EQ(epoch_to_tell("A", history, 42), (EpochTold{42, "B"}));
  history.append(reign_of("A", 60, 0));
  EXPECT_EQ(epoch_to_tell("A", history, 42), (EpochTold{0, "A"})) << "one made by hand before there were epochs";
}

TEST(Epoch, OneWhoseReignIsOverIsNotFollowed) {
  History history;
  history.append(reign_of("A", 1, 41));
  EXPECT_FALSE(refuse_epoch({41, "A"}, "A", history, 41));
  EXPECT_FALSE(refuse_epoch({42, "B"}, "B", history, 41));
  EXPECT_FALSE(refuse_epoch({0, "A"}, "A", History(), 0)) << "nobody has epochs";
  const auto old = refuse_epoch({41, "A"}, "P", history, 42);
  ASSERT_TRUE(old);
  EXPECT_EQ(old->render(), "%GTM-E-HWEPOCHOLD, Instance P has epoch 41, and epoch 42 is known\n");
  EXPECT_TRUE(refuse_epoch({0, ""}, "A", history, 41)) << "one made by hand";
}

TEST(Epoch, TwoRootsOfOneEpochClash) {
  History history;
  history.append(reign_of("A", 1, 42));
  const auto clash = refuse_epoch({42, "B"}, "P", history, 42);
  ASSERT_TRUE(clash);
  EXPECT_EQ(clash->render(), "%GTM-E-HWEPOCHCLASH, Instances A and B both have epoch 42\n");
  EXPECT_FALSE(refuse_epoch({42, ""}, "P", history, 42)) << "whose it is the source does not know";
  EXPECT_FALSE(refuse_epoch({42, "B"}, "P", History(), 42)) << "whose it is this instance does not know";
}

TEST(Epoch, ComesBackAsItWasAndNothingElseDoes) {
  for (const EpochTold& told : {EpochTold{0, ""}, EpochTold{42, ""}, EpochTold{~std::uint64_t{0}, "FIFTEEN-LETTERS"}})
    EXPECT_EQ(decode_epoch(encode_epoch(told)).value(), told);
  const std::string good = encode_epoch({42, "A"});
  const auto bad = [&](std::size_t at, char byte) {
    std::string changed = good;
    changed[at] = byte;
    const auto decoded = decode_epoch(changed);
    ASSERT_FALSE(decoded.has_value()) << at;
    EXPECT_EQ(decoded.error().id, MsgId::HWREPLPROTO);
  };
  bad(0, 2);
  bad(4, 1);
  bad(20, 'x');  // After the end of the name.
  EXPECT_FALSE(decode_epoch(good.substr(1)).has_value());
  EXPECT_FALSE(decode_epoch(good + "x").has_value());
  EXPECT_FALSE(decode_epoch(good.substr(0, 16) + std::string(16, 'A')).has_value());
  EXPECT_EQ(decode_seqno(encode_seqno(Seqno{7})), Seqno{7});
  EXPECT_EQ(decode_seqno(encode_seqno(Seqno{0})), std::nullopt);
  EXPECT_EQ(decode_seqno("x"), std::nullopt);
}

TEST(Epoch, Level3GoldenBytes) {
  std::string all;
  for (const auto& [kind, payload] : std::vector<std::pair<std::uint32_t, std::string>>{
           {kEpochControl, encode_epoch({42, "INSTA"})},
           {kSayAppliedControl, encode_seqno(Seqno{258})},
           {kAppliedControl, encode_seqno(Seqno{259})},
           {held_reign_control(kLevelFencing), encode_held_reign(reign_of("INSTA", 258, 42))}})
    all += encode_frame(kLevelFencing, wire::Control{kind, payload});
  test::expect_golden("wire_level3.bin", all);
}

TEST(Epoch, TheMarksGoldenBytes) {
  test::expect_golden("wire_level3_mark.bin",
                      encode_frame(kLevelFencing, wire::Control{kMarkControl, encode_mark({Seqno{257}, Seqno{258}})}));
}

// ---- the source ----

class EpochOfSource : public testing::Test {
 protected:
  EpochOfSource() : machine_(config()) { history_.append(reign_of("A", 1, 41)); }
  static SourceMachine::Config config() {
    SourceMachine::Config config;
    config.self.name = "A";
    config.self.level_max = kLevelNewest;
    config.secondary = "B";
    return config;
  }
  SourceMachine::Local local() {
    SourceMachine::Local local{.next_seqno = next_, .role = InstanceRole::Root, .history = history_};
    local.known_epoch = known_;
    local.apply_wanted = wanted_;
    local.zqgblmod_seqno = mark_;
    return local;
  }
  std::vector<SourceAction> step(const SourceEvent& event) { return machine_.step(event, local()); }
  std::vector<SourceAction> meet(Message first = wire::StartFrom{.seqno = Seqno{1}, .level_max = kLevelNewest}) {
    step(event::Tick{now_ms_ += 10'000});
    step(event::Connected{});
    step(event::Received{std::move(first), kLevelDualSite});
    Identity peer;
    peer.name = "B";
    return step(event::Received{wire::HelloReply{peer}, machine_.level()});
  }
  std::vector<SourceAction> receive(Message message) {
    return step(event::Received{std::move(message), kLevelFencing});
  }

  std::uint64_t now_ms_ = 0;
  Seqno next_{1};
  std::uint64_t known_ = 41;
  Seqno wanted_{0};
  Seqno mark_{0};
  History history_;
  SourceMachine machine_;
};

TEST_F(EpochOfSource, IsToldWhenTheyHaveMetAndWhenItChanges) {
  EXPECT_EQ(controls(meet(), kEpochControl), std::vector{encode_epoch({41, "A"})});
  EXPECT_TRUE(controls(step(event::Tick{++now_ms_}), kEpochControl).empty());
  history_.append(reign_of("A", 9, 43));
  EXPECT_EQ(controls(step(event::Tick{++now_ms_}), kEpochControl), std::vector{encode_epoch({43, "A"})});
  step(event::ConnectionLost{"gone"});
  history_.append(reign_of("A", 10, 44));
  EXPECT_TRUE(controls(step(event::Tick{++now_ms_}), kEpochControl).empty()) << "nobody is there";
  EXPECT_EQ(controls(meet(), kEpochControl), std::vector{encode_epoch({44, "A"})});
}

TEST_F(EpochOfSource, IsToldAheadOfTheRecordOfItsReign) {
  meet();
  ASSERT_EQ(machine_.state(), SourceState::Streaming);
  machine_.before_sending(Seqno{1}, local());
  next_ = Seqno{10};
  history_.append(reign_of("A", 5, 42));
  const auto actions = machine_.before_sending(Seqno{5}, local());
  ASSERT_EQ(controls(actions, kEpochControl).size(), 1U);
  const auto* first = std::get_if<action::Send>(&actions[1]);
  ASSERT_NE(first, nullptr) << logged(actions);
  EXPECT_TRUE(std::holds_alternative<wire::Control>(first->message));
  ASSERT_NE(sent<wire::NewHistory>(actions), nullptr);
  EXPECT_EQ(sent<wire::NewHistory>(actions)->record.fence, 42U);
}

TEST_F(EpochOfSource, IsToldToARollbackToo) {
  EXPECT_EQ(controls(meet(wire::FetchResync{Seqno{1}, kLevelNewest}), kEpochControl).size(), 1U);
}

TEST_F(EpochOfSource, IsNotToldToAnOlderReceiver) {
  const auto actions = meet(wire::StartFrom{.seqno = Seqno{1}, .level_max = kLevelMultiSite});
  EXPECT_EQ(machine_.level(), kLevelMultiSite);
  EXPECT_EQ(machine_.state(), SourceState::Streaming);
  for (const auto& action : actions) {
    const auto* send = std::get_if<action::Send>(&action);
    const auto* control = send == nullptr ? nullptr : std::get_if<wire::Control>(&send->message);
    EXPECT_TRUE(control == nullptr || control->kind == kLineageControl);
  }
  wanted_ = Seqno{1};
  next_ = Seqno{5};
  EXPECT_TRUE(machine_.ask_applied(local()).empty());
}

TEST_F(EpochOfSource, TheReignOfWhatIsHeldHasAnotherKindFromThisLevelOn) {
  next_ = Seqno{5};
  const auto actions = meet(wire::StartFrom{
      .seqno = Seqno{5}, .update_resync = true, .stop_source_filter = false, .level_max = kLevelNewest});
  EXPECT_EQ(controls(actions, 5), std::vector{encode_held_reign(history_.last())});
  EXPECT_EQ(controls(actions, kEpochControl).size(), 1U);
}

TEST_F(EpochOfSource, AsksOnceToSayWhenSomethingIsApplied) {
  meet();
  wanted_ = Seqno{7};
  EXPECT_TRUE(controls(machine_.ask_applied(local()), kSayAppliedControl).empty())
      << "nothing of the kind is there yet";
  next_ = Seqno{10};
  EXPECT_EQ(controls(machine_.ask_applied(local()), kSayAppliedControl), std::vector{encode_seqno(Seqno{7})});
  EXPECT_TRUE(machine_.ask_applied(local()).empty());
  wanted_ = Seqno{9};
  EXPECT_EQ(controls(machine_.ask_applied(local()), kSayAppliedControl), std::vector{encode_seqno(Seqno{9})});
  const auto actions = receive(wire::Control{kAppliedControl, encode_seqno(Seqno{8})});
  ASSERT_NE(find<action::Acknowledged>(actions), nullptr);
  EXPECT_EQ(find<action::Acknowledged>(actions)->next, Seqno{8});
  // On the next connection the receiver knows nothing of it.
  step(event::ConnectionLost{"gone"});
  meet();
  EXPECT_EQ(controls(machine_.ask_applied(local()), kSayAppliedControl), std::vector{encode_seqno(Seqno{9})});
}

TEST_F(EpochOfSource, WhatWasNeverSentIsNotApplied) {
  for (const std::string& payload : {encode_seqno(Seqno{99}), std::string("x"), encode_seqno(Seqno{0})}) {
    meet();
    const auto actions = receive(wire::Control{kAppliedControl, payload});
    ASSERT_NE(find<action::Report>(actions), nullptr);
    EXPECT_EQ(find<action::Report>(actions)->error.id, MsgId::HWREPLPROTO);
    EXPECT_EQ(machine_.state(), SourceState::Waiting);
  }
}

TEST_F(EpochOfSource, ItsMarkIsToldWhenAStreamBeginsAndWhenItChanges) {
  EXPECT_EQ(controls(meet(), kMarkControl), std::vector{encode_mark({Seqno{0}, Seqno{1}})});
  EXPECT_TRUE(controls(step(event::Tick{++now_ms_}), kMarkControl).empty());
  mark_ = Seqno{5};
  next_ = Seqno{9};
  const auto before = machine_.before_sending(Seqno{1}, local());
  EXPECT_EQ(controls(before, kMarkControl), std::vector{encode_mark({Seqno{5}, Seqno{9}})});
  EXPECT_TRUE(controls(step(event::Tick{++now_ms_}), kMarkControl).empty());
  mark_ = Seqno{0};
  EXPECT_EQ(controls(step(event::Tick{++now_ms_}), kMarkControl), std::vector{encode_mark({Seqno{0}, Seqno{9}})});
  step(event::ConnectionLost{"gone"});
  mark_ = Seqno{5};
  EXPECT_TRUE(controls(step(event::Tick{++now_ms_}), kMarkControl).empty()) << "nobody is there";
  EXPECT_EQ(controls(meet(), kMarkControl), std::vector{encode_mark({Seqno{5}, Seqno{9}})});
}

TEST_F(EpochOfSource, ItsMarkIsNothingForARollbackOrAnOlderReceiver) {
  mark_ = Seqno{1};
  EXPECT_TRUE(controls(meet(wire::FetchResync{Seqno{1}, kLevelNewest}), kMarkControl).empty());
  EXPECT_TRUE(controls(meet(wire::StartFrom{.seqno = Seqno{1}, .level_max = kLevelMultiSite}), kMarkControl).empty());
}

// ---- the receiver ----

class EpochOfReceiver : public testing::Test {
 protected:
  EpochOfReceiver() {
    history_.append(reign_of("A", 1, 41));
    meet();
  }
  void meet(bool rollback = false) {
    ReceiverMachine::Config config;
    config.self.name = "B";
    config.self.level_max = kLevelNewest;
    config.rollback = rollback;
    machine_.emplace(std::move(config));
    step(event::Accepted{});
    Identity source;
    source.name = "A";
    receive(wire::Hello{source});
  }
  void stream() {
    receive(wire::WillRestartAt{next_, InstanceRole::Root});
    HistoryRecord record = history_.last();
    record.start = next_;
    receive(wire::NewHistory{record});
    ASSERT_EQ(machine_->state(), ReceiverState::Streaming) << logged(last_);
  }
  std::vector<ReceiverAction> step(const ReceiverEvent& event) {
    ReceiverMachine::Local local{.next_seqno = next_, .applied_next = applied_, .history = history_};
    local.known_epoch = known_;
    return last_ = machine_->step(event, local);
  }
  std::vector<ReceiverAction> receive(Message message) {
    return step(event::Received{std::move(message), kLevelFencing});
  }
  std::vector<ReceiverAction> tell(std::uint64_t epoch, const std::string& root) {
    return receive(wire::Control{kEpochControl, encode_epoch({epoch, root})});
  }
  void expect_refused(MsgId why) {
    ASSERT_NE(find<action::Report>(last_), nullptr) << logged(last_);
    EXPECT_EQ(find<action::Report>(last_)->error.id, why);
    ASSERT_NE(sent<wire::Bye>(last_), nullptr);
    EXPECT_EQ(sent<wire::Bye>(last_)->reason, wire::Bye::Reason::Refused);
    EXPECT_EQ(sent<wire::Bye>(last_)->text, find<action::Report>(last_)->error.text);
    EXPECT_NE(find<action::Disconnect>(last_), nullptr);
    EXPECT_EQ(find<action::LearnEpoch>(last_), nullptr);
    EXPECT_EQ(machine_->state(), ReceiverState::Listening) << "it listens on";
  }

  Seqno next_{77};
  Seqno applied_{77};
  std::uint64_t known_ = 41;
  History history_;
  std::optional<ReceiverMachine> machine_;
  std::vector<ReceiverAction> last_;
};

TEST_F(EpochOfReceiver, AHigherOneIsKeptBeforeAnythingElseComes) {
  tell(42, "A");
  ASSERT_NE(find<action::LearnEpoch>(last_), nullptr);
  EXPECT_EQ(find<action::LearnEpoch>(last_)->epoch, 42U);
  EXPECT_EQ(machine_->state(), ReceiverState::WaitAnswer);
  known_ = 42;
  tell(42, "A");
  EXPECT_EQ(find<action::LearnEpoch>(last_), nullptr);
  stream();
}

TEST_F(EpochOfReceiver, AMarkOfTheSourceIsItsOwn) {
  stream();
  receive(wire::Control{kMarkControl, encode_mark({Seqno{50}, Seqno{90}})});
  ASSERT_NE(find<action::LearnMark>(last_), nullptr);
  EXPECT_EQ(find<action::LearnMark>(last_)->mark, Seqno{50});
  EXPECT_EQ(find<action::LearnMark>(last_)->settled_below, Seqno{50});
  receive(wire::Control{kMarkControl, encode_mark({Seqno{0}, Seqno{90}})});
  ASSERT_NE(find<action::LearnMark>(last_), nullptr);
  EXPECT_EQ(find<action::LearnMark>(last_)->mark, Seqno{0});
  EXPECT_EQ(find<action::LearnMark>(last_)->settled_below, Seqno{90}) << "nothing below is open any more";
  EXPECT_EQ(machine_->state(), ReceiverState::Streaming);
  receive(wire::LostTransactionsComplete{});
  ASSERT_NE(find<action::ClearLostTransactions>(last_), nullptr);
  EXPECT_EQ(find<action::ClearLostTransactions>(last_)->settled_below, next_);
}

TEST_F(EpochOfReceiver, AMarkThatIsNoneEndsTheConnection) {
  for (const std::string& payload : {std::string("x"), encode_seqno(Seqno{5}), encode_mark({Seqno{5}, Seqno{0}})}) {
    meet();
    stream();
    receive(wire::Control{kMarkControl, payload});
    EXPECT_EQ(machine_->state(), ReceiverState::Listening);
  }
}

TEST_F(EpochOfReceiver, ASourceWhoseReignIsOverIsRefused) {
  known_ = 42;
  tell(41, "A");
  expect_refused(MsgId::HWEPOCHOLD);
}

TEST_F(EpochOfReceiver, SoItIsWhenTheReignEndsInTheMiddleOfAStream) {
  tell(41, "A");
  stream();
  step(event::EpochHeard{});
  EXPECT_EQ(machine_->state(), ReceiverState::Streaming) << "nothing new";
  known_ = 42;
  step(event::EpochHeard{});
  expect_refused(MsgId::HWEPOCHOLD);
}

TEST_F(EpochOfReceiver, AnOlderSourceThatTellsNoneIsFollowed) {
  stream();
  known_ = 42;
  step(event::EpochHeard{});
  EXPECT_EQ(machine_->state(), ReceiverState::Streaming);
}

TEST_F(EpochOfReceiver, AnotherRootOfTheSameEpochIsRefused) {
  tell(41, "X");
  expect_refused(MsgId::HWEPOCHCLASH);
}

TEST_F(EpochOfReceiver, SoIsItsHistoryRecord) {
  tell(41, "");
  stream();
  receive(wire::NewHistory{reign_of("X", next_.value, 41)});
  expect_refused(MsgId::HWEPOCHCLASH);
  EXPECT_EQ(find<action::StoreHistory>(last_), nullptr);
}

TEST_F(EpochOfReceiver, RecordsOfReignsThatAreOverComeWithWhatIsCaughtUp) {
  tell(43, "A");
  known_ = 43;
  stream();
  receive(wire::NewHistory{reign_of("X", next_.value, 42)});
  EXPECT_NE(find<action::StoreHistory>(last_), nullptr) << logged(last_);
  receive(wire::NewHistory{reign_of("X", next_.value, 41)});
  EXPECT_NE(find<action::StoreHistory>(last_), nullptr) << "two of one number, and a third that has settled it";
}

TEST_F(EpochOfReceiver, ARollbackDoesNotAskAFormerRoot) {
  meet(true);
  known_ = 42;
  tell(41, "A");
  expect_refused(MsgId::HWEPOCHOLD);
}

TEST_F(EpochOfReceiver, NonsenseEndsTheConnection) {
  receive(wire::Control{kEpochControl, "x"});
  ASSERT_NE(find<action::Report>(last_), nullptr);
  EXPECT_EQ(find<action::Report>(last_)->error.id, MsgId::HWREPLPROTO);
  meet();
  receive(wire::Control{kSayAppliedControl, "x"});
  ASSERT_NE(find<action::Report>(last_), nullptr);
  EXPECT_EQ(find<action::Report>(last_)->error.id, MsgId::HWREPLPROTO);
}

TEST_F(EpochOfReceiver, SaysWhatIsAppliedAsSoonAsItIs) {
  stream();
  const auto ask = [&](std::uint64_t seqno) {
    return controls(receive(wire::Control{kSayAppliedControl, encode_seqno(Seqno{seqno})}), kAppliedControl);
  };
  const auto applied_up_to = [&](std::uint64_t next) {
    applied_ = Seqno{next};
    return controls(step(event::PoolFill{0}), kAppliedControl);
  };
  EXPECT_EQ(ask(76), std::vector{encode_seqno(Seqno{77})}) << "it is";
  EXPECT_TRUE(ask(77).empty());
  EXPECT_TRUE(ask(80).empty());
  EXPECT_TRUE(ask(78).empty());
  EXPECT_TRUE(applied_up_to(77).empty());
  EXPECT_EQ(applied_up_to(79), std::vector{encode_seqno(Seqno{79})}) << "one answer for both";
  EXPECT_TRUE(applied_up_to(80).empty());
  EXPECT_EQ(applied_up_to(81), std::vector{encode_seqno(Seqno{81})});
  EXPECT_TRUE(applied_up_to(90).empty());
}

TEST_F(EpochOfReceiver, OfTooManyQuestionsTheLastAreAnswered) {
  stream();
  for (std::uint64_t i = 0; i < 3 * kAppliedAsksMax; ++i)
    receive(wire::Control{kSayAppliedControl, encode_seqno(Seqno{100 + i})});
  applied_ = Seqno{102};
  EXPECT_TRUE(controls(step(event::PoolFill{0}), kAppliedControl).empty()) << "forgotten";
  applied_ = Seqno{100 + 3 * kAppliedAsksMax};
  EXPECT_EQ(controls(step(event::PoolFill{0}), kAppliedControl).size(), 1U);
}

}  // namespace
}  // namespace hw
