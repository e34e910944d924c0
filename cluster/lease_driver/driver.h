/// cluster/lease_driver/driver.h -- runs one lease machine in the loop: an event at a time, its actions in their order.
///
/// The clock is read after an event has arrived and before anything of its step is done, so that a deadline counts from
/// before the sending of what it rests on. An event that comes while an action is not done yet waits: also the answer
/// to a request of the same step. A step whose action on disk fails ends there, and the machine is told.
///
/// Source: operations, section 9; cluster/lease/machine.h, cluster/lease/actions.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "cluster/lease/machine.h"
#include "cluster/lease_driver/hands.h"
#include "cluster/store/client.h"
#include "cluster/store/keys.h"
#include "cluster/store/loop_timer.h"
#include "cluster/store/record_store.h"

namespace hw::cluster::lease {

/// Thread: the loop's. Made there, and destroyed there or after its end.
class LeaseDriver {
 public:
  /// Nanoseconds; CLOCK_BOOTTIME in the product.
  using Clock = std::function<std::uint64_t()>;

  /// `hands` outlives it. The first event is told by `start`.
  LeaseDriver(const std::shared_ptr<store::StoreClient>& client, const store::StoreKeys& keys, const Config& config,
              Hands& hands, Clock clock);
  ~LeaseDriver();
  LeaseDriver(const LeaseDriver&) = delete;
  LeaseDriver& operator=(const LeaseDriver&) = delete;

  void start(const event::Start& start) { tell(start); }
  /// Anything but the store's answers and ticks: those are its own. May be called from inside of the hands' calls.
  void tell(Event event);

  const Machine& machine() const { return machine_; }
  /// Machine::answer_epoch.
  EpochAnswer answer_epoch(std::uint64_t seqno) { return machine_.answer_epoch(seqno); }

 private:
  void go_on();
  void step(const Event& event);
  void carry_out(const Action& action);
  void when_done(const std::function<void(Hands::Done)>& begin, bool on_disk);
  void done(const Status& outcome, bool on_disk);
  void set_timer();

  void perform(const action::ReadRecord& action) { store_.read(action); }
  void perform(const action::PutRecord& action) { store_.put(action); }
  void perform(const action::PutTry& action) { store_.put_try(action); }
  void perform(const action::WriteNote& action);
  void perform(const action::DropNote& action);
  void perform(const action::KeepEpoch& action);
  void perform(const action::SetDeadline& action) { hands_.set_deadline(action.deadline_ns); }
  void perform(const action::StopUpdates& action);
  void perform(const action::AllowUpdates& action);
  void perform(const action::Promote& action) { hands_.promote(action); }
  void perform(const action::RunCommitScripts& action) { hands_.run_commit_scripts(action); }
  void perform(const action::UpdatesOn& action);
  void perform(const action::AskConfirm& action) { hands_.ask_confirm(action); }
  void perform(const action::AnswerConfirm& action) { hands_.answer_confirm(action); }
  void perform(const action::AskPositions& action) { hands_.ask_positions(action); }
  void perform(const action::Drain& action) { hands_.drain(action); }
  void perform(const action::FollowHolder& action) { hands_.follow_holder(action); }
  void perform(const action::Report& action) { hands_.report(action.error); }

  Machine machine_;
  Hands& hands_;
  Clock clock_;
  std::shared_ptr<int> life_ = std::make_shared<int>();  ///< who brings an answer later holds it weakly
  std::deque<Event> events_;
  std::vector<Action> actions_;  ///< of the step under way
  std::size_t next_action_ = 0;
  bool waiting_ = false;  ///< for the last action begun
  bool running_ = false;  ///< go_on() is on the stack
  store::LoopTimer timer_;
  store::RecordStore store_;
};

}  // namespace hw::cluster::lease
