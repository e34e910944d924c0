// What a receiver server, or a rollback, says to its source, step by step, and how each refusal ends.
#include <gtest/gtest.h>

#include <optional>

#include "replic/history/held_reign.h"
#include "replic/receiver/receiver_machine.h"
#include "test/support/machine_actions.h"
#include "test/support/reign.h"

namespace hw {
namespace {

using test::find;
using test::logged;
using test::reign;
using test::sent;

class ReceiverScript : public testing::Test {
 protected:
  ReceiverScript() { make(); }
  void make() {
    ReceiverMachine::Config config;
    config.self.name = "INSTB";
    config.self.level_max = level_max_;
    config.instance_path = "./B/gtm.repl";
    config.pool_bytes = 1000;
    config.update_resync = update_resync_;
    config.resync_history = resync_history_;
    config.resync_path = "./backup.repl";
    config.auto_rollback = auto_rollback_;
    config.rollback = rollback_;
    machine_.emplace(std::move(config));
  }
  ReceiverMachine::Local local() { return {next_, applied_, history_, was_root_, dual_site_allowed_, update_runs_}; }
  std::vector<ReceiverAction> step(ReceiverEvent event) { return last_ = machine_->step(event, local()); }
  std::vector<ReceiverAction> receive(Message message, std::uint16_t level = kLevelMultiSite) {
    return step(event::Received{std::move(message), level});
  }
  static Identity source(InstanceRole role) {
    Identity who;
    who.name = "INSTA";
    who.role = role;
    return who;
  }
  void greet(InstanceRole role = InstanceRole::Root) {
    step(event::Accepted{});
    receive(wire::Hello{source(role)});
  }
  void stream() {
    greet();
    receive(wire::WillRestartAt{next_, InstanceRole::Root});
    HistoryRecord record = reign("INSTA", 1, 1);
    record.start = next_;
    receive(wire::NewHistory{record});
    ASSERT_EQ(machine_->state(), ReceiverState::Streaming) << logged(last_);
  }
  static wire::Transactions batch(std::uint64_t first, std::uint64_t last) {
    return {Seqno{first}, Seqno{last}, std::vector<Bytes>(last - first + 1, as_bytes("t"))};
  }

  Seqno next_{77};
  Seqno applied_{77};
  History history_{[] {
    History h;
    h.append(reign("INSTA", 1, 1));
    return h;
  }()};
  bool was_root_ = false;
  bool dual_site_allowed_ = false;
  bool update_runs_ = true;
  bool update_resync_ = false;
  std::optional<History> resync_history_;
  bool auto_rollback_ = false;
  bool rollback_ = false;
  std::uint16_t level_max_ = kLevelMultiSite;
  std::optional<ReceiverMachine> machine_;
  std::vector<ReceiverAction> last_;
};

TEST_F(ReceiverScript, HandshakeStoresAndAcknowledgesWhatIsApplied) {
  step(event::Accepted{});
  EXPECT_EQ(sent<wire::StartFrom>(last_)->seqno, Seqno{77});
  EXPECT_EQ(logged(last_),
            "Requesting transactions from JNL_SEQNO 77 [0x4d]\n"
            "Sending REPL_START_JNL_SEQNO message with seqno 77 [0x4d]\n"
            "Waiting for REPL_WILL_RESTART_WITH_INFO or REPL_ROLLBACK_FIRST message\n");
  receive(wire::Hello{source(InstanceRole::Root)});
  EXPECT_EQ(sent<wire::HelloReply>(last_)->receiver.name, "INSTB");
  receive(wire::NeedHistory{Seqno{77}});
  EXPECT_EQ(sent<wire::HistoryAnswer>(last_)->record.root_name, "INSTA");
  receive(wire::WillRestartAt{Seqno{77}, InstanceRole::Root});
  EXPECT_EQ(find<action::StreamStarts>(last_)->source_role, InstanceRole::Root);
  HistoryRecord record = reign("INSTA", 1, 77);
  EXPECT_NE(find<action::StoreHistory>(receive(wire::NewHistory{record})), nullptr);
  EXPECT_EQ(find<action::Store>(receive(batch(77, 80)))->last, Seqno{80});
  applied_ = Seqno{79};
  receive(wire::Heartbeat{Seqno{81}, 555});
  EXPECT_EQ(*sent<wire::HeartbeatAck>(last_), (wire::HeartbeatAck{Seqno{79}, 555}));
}

TEST_F(ReceiverScript, GapRepeatAndMissingHistoryResetTheConnection) {
  for (const std::uint64_t first : {78u, 76u}) {
    stream();
    receive(batch(first, first));
    EXPECT_EQ(find<action::Store>(last_), nullptr);
    EXPECT_EQ(machine_->state(), ReceiverState::Listening);
  }
  greet();
  receive(wire::WillRestartAt{Seqno{77}, InstanceRole::Root});
  receive(batch(77, 77));
  EXPECT_EQ(machine_->state(), ReceiverState::Listening) << "transactions before their history record";
  greet();
  receive(wire::WillRestartAt{Seqno{76}, InstanceRole::Root});
  EXPECT_EQ(machine_->state(), ReceiverState::Listening) << "another start than asked";
  step(event::Accepted{});
  receive(wire::WillRestartAt{Seqno{77}, InstanceRole::Root});
  EXPECT_EQ(machine_->state(), ReceiverState::Listening) << "no Hello";
}

TEST_F(ReceiverScript, RollbackFirstStopsWithReplahead) {
  greet();
  receive(wire::RollbackFirst{Seqno{11}});
  ASSERT_NE(find<action::StopServer>(last_), nullptr);
  EXPECT_EQ(find<action::StopServer>(last_)->error.render(),
            "%GTM-E-REPLAHEAD, Replicating instance is ahead of the originating instance.\n"
            "%GTM-I-TEXT, Replicating instance : 77 Originating instance : 11. \n"
            "%GTM-I-TEXT,  The receiver server was not started with -AUTOROLLBACK. Perform MUPIP JOURNAL -ROLLBACK on "
            "the replicating instance to match the originating instance. Check the Source Server log to determine the "
            "last in-sync sequence number.\n");
}

TEST_F(ReceiverScript, AutoRollbackRunsAndListensAgain) {
  auto_rollback_ = true;
  make();
  greet();
  receive(wire::RollbackFirst{Seqno{11}});
  EXPECT_NE(find<action::RunRollback>(last_), nullptr);
  EXPECT_EQ(machine_->state(), ReceiverState::Listening);
}

TEST_F(ReceiverScript, MissingHistoryAtEitherEndStops) {
  history_ = {};
  greet();
  receive(wire::NeedHistory{Seqno{77}});
  EXPECT_EQ(find<action::StopServer>(last_)->error.text,
            "History record for seqno 76 [0x4c] not found in replication instance file ./B/gtm.repl");
  make();
  greet();
  receive(wire::NoHistory{Seqno{76}});
  EXPECT_EQ(find<action::StopServer>(last_)->error.id, MsgId::REPLINSTNOHIST);
}

// Source: a copy that had got no update yet was taken as it is again after its root had been rolled back below it, and
// then held other transactions at the same seqnos.
TEST_F(ReceiverScript, UpdateResyncTakesAnInstanceAsItIsOnceAndStoresWhatItHolds) {
  update_resync_ = true;
  history_ = {};
  make();
  step(event::Accepted{});
  EXPECT_TRUE(sent<wire::StartFrom>(last_)->update_resync);
  receive(wire::Hello{source(InstanceRole::Root)});
  receive(wire::Control{kHeldReignControl, encode_held_reign(reign("INSTA", 1, 5))});
  receive(wire::WillRestartAt{next_, InstanceRole::Root});
  const auto* held = find<action::StoreHistory>(last_);
  ASSERT_NE(held, nullptr);
  EXPECT_EQ(held->first_kind, HistoryKind::UpdateResync);
  EXPECT_EQ(held->record.start, Seqno{76});
  EXPECT_TRUE(same_reign(held->record, reign("INSTA", 1, 5)));

  history_.append(held->record);
  update_resync_ = false;
  make();
  step(event::Accepted{});
  EXPECT_FALSE(sent<wire::StartFrom>(last_)->update_resync);
  receive(wire::Hello{source(InstanceRole::Root)});
  receive(wire::NeedHistory{next_});
  ASSERT_NE(sent<wire::HistoryAnswer>(last_), nullptr) << "before anything was applied";
  EXPECT_EQ(sent<wire::HistoryAnswer>(last_)->record.start, Seqno{76});
}

TEST_F(ReceiverScript, ATakeOverOfAnEarlierVersionAnswersWithTheReignItBeganIn) {
  HistoryRecord first = reign("INSTA", 1, 77);
  first.kind = HistoryKind::UpdateResync;
  history_ = {};
  history_.append(first);
  make();
  step(event::Accepted{});
  EXPECT_FALSE(sent<wire::StartFrom>(last_)->update_resync);
  receive(wire::Hello{source(InstanceRole::Root)});
  receive(wire::NeedHistory{next_});
  ASSERT_NE(sent<wire::HistoryAnswer>(last_), nullptr);
  EXPECT_EQ(sent<wire::HistoryAnswer>(last_)->record.start, Seqno{76});
  EXPECT_TRUE(same_reign(sent<wire::HistoryAnswer>(last_)->record, first));

  next_ = Seqno{80};
  make();
  greet();
  receive(wire::NeedHistory{Seqno{70}});
  ASSERT_NE(find<action::StopServer>(last_), nullptr);
  EXPECT_EQ(find<action::StopServer>(last_)->error.id, MsgId::REPLINSTNOHIST)
      << "others of its seqnos it does not know";
}

TEST_F(ReceiverScript, AReignOfWhatIsHeldIsBelievedOnlyWhenItFitsAndWasAskedFor) {
  update_resync_ = true;
  history_ = {};
  make();
  step(event::Accepted{});
  receive(wire::Hello{source(InstanceRole::Root)});
  receive(wire::Control{kHeldReignControl, encode_held_reign(reign("INSTA", 1, 77))});
  EXPECT_EQ(machine_->state(), ReceiverState::Listening) << "it begins after what is held";
  make();
  step(event::Accepted{});
  receive(wire::Hello{source(InstanceRole::Root)});
  receive(wire::Control{kHeldReignControl, "no record"});
  EXPECT_EQ(machine_->state(), ReceiverState::Listening);

  update_resync_ = false;
  history_.append(reign("INSTA", 1, 1));
  make();
  greet();
  receive(wire::Control{kHeldReignControl, encode_held_reign(reign("INSTB", 1, 5))});
  receive(wire::WillRestartAt{next_, InstanceRole::Root});
  EXPECT_EQ(find<action::StoreHistory>(last_), nullptr) << "it has records of its own";
}

TEST_F(ReceiverScript, TheInstanceFileNamedWithUpdateResyncAnswersUntilThereIsARecordOfItsOwn) {
  update_resync_ = true;
  resync_history_ = history_;
  history_ = {};
  make();
  step(event::Accepted{});
  EXPECT_FALSE(sent<wire::StartFrom>(last_)->update_resync);
  receive(wire::Hello{source(InstanceRole::Root)});
  receive(wire::NeedHistory{Seqno{77}});
  EXPECT_EQ(sent<wire::HistoryAnswer>(last_)->record.root_name, "INSTA");
  receive(wire::WillRestartAt{next_, InstanceRole::Root});
  ASSERT_NE(find<action::StoreHistory>(last_), nullptr);
  EXPECT_EQ(find<action::StoreHistory>(last_)->first_kind, HistoryKind::UpdateResync);
  EXPECT_EQ(find<action::StoreHistory>(last_)->record.start, Seqno{76}) << "of the last transaction it holds";
  history_.append(find<action::StoreHistory>(last_)->record);
  HistoryRecord record = reign("INSTA", 1, 1);
  record.start = next_;
  receive(wire::NewHistory{record});
  history_.append(record);
  next_ = Seqno{80};
  make();
  greet();
  receive(wire::NeedHistory{Seqno{80}});
  EXPECT_EQ(sent<wire::HistoryAnswer>(last_)->record.start, Seqno{77}) << "its own";

  History later;  // Begins where this instance does: it does not know either.
  later.append(reign("INSTA", 1, 77));
  resync_history_ = later;
  history_ = {};
  next_ = Seqno{77};
  make();
  step(event::Accepted{});
  EXPECT_TRUE(sent<wire::StartFrom>(last_)->update_resync);
}

TEST_F(ReceiverScript, FormerRootBelowANonRootStopsAfterSayingSo) {
  was_root_ = true;
  greet(InstanceRole::Propagating);
  EXPECT_TRUE(sent<wire::HelloReply>(last_)->receiver.was_root);
  EXPECT_EQ(find<action::StopServer>(last_)->error.id, MsgId::PRIMARYNOTROOT);
}

TEST_F(ReceiverScript, DualSitePrimaryIsAcceptedOnlyWithoutActiveSourceServers) {
  step(event::Accepted{});
  receive(wire::WillRestartAt{Seqno{77}, InstanceRole::Root}, kLevelDualSite);
  EXPECT_EQ(find<action::StopServer>(last_)->error.id, MsgId::REPLUPGRADEPRI);
  dual_site_allowed_ = true;
  make();
  step(event::Accepted{});
  receive(wire::WillRestartAt{Seqno{77}, InstanceRole::Root}, kLevelDualSite);
  EXPECT_NE(find<action::Store>(receive(batch(77, 77), kLevelDualSite)), nullptr);
}

TEST_F(ReceiverScript, BadTransactionDrainsThePipeFirst) {
  stream();
  receive(batch(77, 80));
  next_ = Seqno{81};
  applied_ = Seqno{78};
  EXPECT_NE(sent<wire::XoffAckMe>(step(event::ApplyFailed{Seqno{78}})), nullptr);
  EXPECT_EQ(find<action::Store>(receive(batch(81, 82))), nullptr) << "thrown away";
  receive(wire::XoffAck{Seqno{78}});
  EXPECT_EQ(find<action::ResetPool>(last_)->from, Seqno{78});
  EXPECT_EQ(sent<wire::BadTransaction>(last_)->seqno, Seqno{78});
  receive(wire::WillRestartAt{Seqno{78}, InstanceRole::Root});
  receive(wire::NewHistory{reign("INSTA", 1, 78)});
  EXPECT_NE(find<action::Store>(receive(batch(78, 79))), nullptr);
}

// The pool may be full, and stays so: what waits for room would keep XoffAck from being read.
TEST_F(ReceiverScript, WhatHasNoRoomIsDroppedWhenNobodyEmptiesThePool) {
  stream();
  EXPECT_NE(find<action::DropUnstored>(step(event::UpdateProcessStopped{})), nullptr);
  make();
  stream();
  EXPECT_NE(find<action::DropUnstored>(step(event::ApplyFailed{Seqno{77}})), nullptr);
  EXPECT_EQ(find<action::DropUnstored>(step(event::ApplyFailed{Seqno{77}})), nullptr) << "said once";
  make();
  stream();
  EXPECT_EQ(find<action::DropUnstored>(step(event::InflateFailed{})), nullptr) << "the update process goes on";
  EXPECT_NE(find<action::DropUnstored>(step(event::ApplyFailed{Seqno{77}})), nullptr);
  receive(wire::XoffAck{Seqno{77}});
  EXPECT_NE(sent<wire::BadTransaction>(last_), nullptr);
}

TEST_F(ReceiverScript, StoppedUpdateProcessIsWaitedFor) {
  stream();
  update_runs_ = false;
  step(event::UpdateProcessStopped{});
  receive(wire::XoffAck{Seqno{77}});
  EXPECT_EQ(machine_->state(), ReceiverState::WaitUpdate);
  update_runs_ = true;
  step(event::UpdateProcessStarted{});
  EXPECT_EQ(sent<wire::StartFrom>(last_)->seqno, Seqno{77});
}

TEST_F(ReceiverScript, BodyThatCannotBeInflatedIsAskedForPlain) {
  stream();
  step(event::InflateFailed{});
  receive(wire::XoffAck{Seqno{77}});
  EXPECT_EQ(find<action::ResetPool>(last_), nullptr) << "what was stored is good";
  EXPECT_EQ(sent<wire::PlainPlease>(last_)->seqno, Seqno{77});
}

TEST_F(ReceiverScript, FullPoolSendsXoffAndAnEmptierOneXon) {
  stream();
  EXPECT_TRUE(step(event::PoolFill{899}).empty());
  EXPECT_NE(sent<wire::Xoff>(step(event::PoolFill{900})), nullptr);
  EXPECT_TRUE(step(event::PoolFill{950}).empty());
  EXPECT_TRUE(step(event::PoolFill{800}).empty());
  EXPECT_NE(sent<wire::Xon>(step(event::PoolFill{799})), nullptr);
}

TEST_F(ReceiverScript, RollbackGetsItsResyncSeqno) {
  rollback_ = true;
  make();
  step(event::Accepted{});
  EXPECT_EQ(sent<wire::FetchResync>(last_)->seqno, Seqno{77});
  receive(wire::Hello{source(InstanceRole::Root)});
  receive(wire::NeedHistory{Seqno{11}});
  receive(wire::ResyncSeqno{Seqno{8}});
  EXPECT_EQ(find<action::ResyncFound>(last_)->seqno, Seqno{8});
}

TEST_F(ReceiverScript, RollbackRefusesAStream) {
  rollback_ = true;
  make();
  greet();
  receive(wire::WillRestartAt{Seqno{77}, InstanceRole::Root});
  EXPECT_EQ(machine_->state(), ReceiverState::Listening);
}

}  // namespace
}  // namespace hw
