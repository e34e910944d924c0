// Any messages of a peer, in any order, between any events of this side: a receiver server's machine survives them,
// says only what can be encoded, and hands on only what continues what was stored before.
#include <cstdint>

#include "replic/receiver/receiver_machine.h"
#include "test/support/fuzz/link_events.h"
#include "test/support/fuzz/mutator.h"
#include "test/support/fuzz/seal.h"

namespace {

using namespace hw;

class Receiver {
 public:
  explicit Receiver(unsigned kind) : machine_(config(kind)) {
    HistoryRecord record;
    record.root_name = "INSTA";
    record.start = Seqno{1};
    record.cycle = 1;
    record.creator_pid = 8749;
    record.created_s = 1795312144;
    if (kind % 3 != 0) HW_CHECK(history_.append(record) == History::Append::Appended);
  }

  void step(const ReceiverEvent& event) { carry_out(machine_.step(event, local())); }
  void applied(std::uint64_t count) {
    applied_ = Seqno{std::min(applied_.value + count % 64, next_.value)};
    step(event::PoolFill{count % 100});
  }
  void hear_of_epoch(std::uint64_t number) {
    known_epoch_ += number % 3;
    step(event::EpochHeard{});
  }
  void apply_failed() { step(event::ApplyFailed{applied_}); }
  void update_runs(bool runs) {
    update_runs_ = runs;
    runs ? step(event::UpdateProcessStarted{}) : step(event::UpdateProcessStopped{});
  }

 private:
  static ReceiverMachine::Config config(unsigned kind) {
    ReceiverMachine::Config config;
    config.self.name = "INSTB";
    config.self.level_max = kLevelNewest;
    config.pool_bytes = 100;
    config.rollback = kind % 5 == 4;
    config.auto_rollback = kind % 2 == 1;
    config.update_resync = kind % 7 == 6;
    return config;
  }
  ReceiverMachine::Local local() { return {next_, applied_, history_, false, true, update_runs_, known_epoch_}; }

  void carry_out(const std::vector<ReceiverAction>& actions) {
    HW_CHECK(actions.size() < 100);
    for (const auto& action : actions) {
      if (const auto* send = std::get_if<action::Send>(&action)) {
        fuzz::check_sent(*send);
      } else if (const auto* store = std::get_if<action::Store>(&action)) {
        HW_CHECK(store->first == next_ && store->last >= store->first);
        next_ = hw::next(store->last);
      } else if (const auto* learn = std::get_if<action::LearnEpoch>(&action)) {
        HW_CHECK(learn->epoch > known_epoch_);
        known_epoch_ = learn->epoch;
      } else if (const auto* record = std::get_if<action::StoreHistory>(&action)) {
        HW_CHECK(!record->record.root_name.empty() && record->record.start.value >= 1);
        if (history_.empty() || !same_reign(history_.last(), record->record))
          HW_CHECK(history_.append(record->record) != History::Append::OutOfOrder);
      } else if (const auto* reset = std::get_if<action::ResetPool>(&action)) {
        HW_CHECK(reset->from <= next_ && reset->from >= applied_);
        next_ = reset->from;
        history_.truncate(Seqno{next_.value + 1});
      }
    }
  }

  Seqno next_{12};
  Seqno applied_{12};
  bool update_runs_ = true;
  std::uint64_t known_epoch_ = 41;
  History history_;
  ReceiverMachine machine_;
};

}  // namespace

HW_FUZZ_SHAPE(fuzz::seal_wire, fuzz::link_parts)

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Receiver receiver(static_cast<unsigned>(size));
  fuzz::LinkEvents events;
  events.received = [&](Message message, std::uint16_t level) {
    receiver.step(event::Received{std::move(message), level});
  };
  events.refused = [&] { receiver.step(event::Refused{make_error<MsgId::HWREPLPROTO>("fuzz")}); };
  events.local = [&](std::uint32_t kind, std::uint64_t number) {
    switch (kind) {
      case 0:
        return receiver.step(event::Accepted{});
      case 1:
        return receiver.step(event::ConnectionLost{"cut"});
      case 2:
        return receiver.applied(number);
      case 3:
        return receiver.apply_failed();
      case 4:
        return receiver.step(event::InflateFailed{});
      case 5:
        return receiver.update_runs(false);
      case 7:
        return receiver.hear_of_epoch(number);
      default:
        return receiver.update_runs(true);
    }
  };
  fuzz::play(std::as_bytes(std::span(data, size)), events);
  return 0;
}
