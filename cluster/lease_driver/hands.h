/// cluster/lease_driver/hands.h -- what the agent does for the lease machine of one instance: disk, journal pool, other
/// agents.
///
/// Source: cluster/lease/actions.h says what each is.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "cluster/lease/actions.h"

namespace hw::cluster::lease {

/// What the machine is to know of the instance at a step: Local, with its list.
struct Situation {
  std::uint64_t seqno = 0;
  bool ready = false;
  std::vector<std::string> candidates;
};

/// Thread: the loop's. No call blocks: what takes its time is begun, and answered later, from the loop; an answer may
/// also come from inside of the call.
class Hands {
 public:
  /// Called when the change is on disk, or in the pool. With an error: it is not, or not known to be.
  using Done = std::function<void(Status)>;

  Hands() = default;
  Hands(const Hands&) = delete;
  Hands& operator=(const Hands&) = delete;
  virtual ~Hands() = default;

  virtual Situation situation() = 0;

  // Durable before `done`; the next action waits for it.
  virtual void write_note(const Note& note, Done done) = 0;
  virtual void drop_note(Done done) = 0;
  virtual void keep_epoch(std::uint64_t epoch, Done done) = 0;

  // In the pool when the call returns, but for the commit lock's sake the stop flag and updates: before `done`. An
  // error of these is of a pool that is gone; what it was told holds for the next one.
  virtual void set_deadline(std::uint64_t deadline_ns) = 0;
  virtual void stop_updates(Done done) = 0;
  virtual void allow_updates(Done done) = 0;
  virtual void updates_on(Done done) = 0;

  // Answered by events.
  virtual void promote(const action::Promote& action) = 0;
  virtual void run_commit_scripts(const action::RunCommitScripts& action) = 0;
  virtual void drain(const action::Drain& action) = 0;
  virtual void ask_confirm(const action::AskConfirm& action) = 0;
  virtual void answer_confirm(const action::AnswerConfirm& action) = 0;
  virtual void ask_positions(const action::AskPositions& action) = 0;

  virtual void follow_holder(const action::FollowHolder& action) = 0;
  virtual void report(const Error& error) = 0;
  /// All events so far are dealt with, and what they led to is done: the machine may be looked at.
  virtual void settled() {}
  /// Why a request to the store brings no event: for log and status.
  virtual void store_failed(const Error& error) = 0;
};

}  // namespace hw::cluster::lease
