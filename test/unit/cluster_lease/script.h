/// test/unit/cluster_lease/script.h -- one lease machine, told what happens second by second.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "cluster/lease/machine.h"

namespace hw::cluster::lease {

/// Member B of the group A, B, C; ttl 3 s, margin 0.5 s, renewals each second, 0.5 s for an answer.
class Script {
 public:
  static Config config_of_b() {
    Config config;
    config.group = "acct";
    config.self = "B";
    config.members = {{"A", 100}, {"B", 100}, {"C", 100}};
    return config;
  }

  explicit Script(Config config = config_of_b(), Rules rules = {}) : machine(std::move(config), rules) {}

  static std::uint64_t clock(double second) { return static_cast<std::uint64_t>((1'000 + second) * 1e9); }

  /// One step; what it did is kept for did() and count().
  Script& step(double second, Event event) {
    out = machine.step(clock(second), event, Local{.seqno = seqno, .ready = ready, .candidates = candidates});
    if (const auto* read = did<action::ReadRecord>()) last_read = read->request;
    if (const auto* put = did<action::PutRecord>()) last_put = *put;
    if (const auto* tried = did<action::PutTry>()) last_try = tried->request;
    if (const auto* drain = did<action::Drain>()) last_drain = drain->drain;
    if (const auto* promote = did<action::Promote>()) promotion = promote->promotion;
    return *this;
  }
  Script& tick(double second) { return step(second, event::Tick{}); }
  Script& start(event::Start start = {.run = 7, .note = {}, .known_epoch = 0}) { return step(0, start); }
  /// The answer of the last read.
  Script& read(double second, std::optional<Stored> stored) {
    return step(second, event::RecordRead{last_read, std::move(stored)});
  }
  Script& changed(double second, Stored stored) {
    step(second, event::Changed{});
    return read(second, std::move(stored));
  }
  Script& tried(double second, std::uint64_t revision = 50) { return step(second, event::TryPut{last_try, revision}); }
  /// The answer of the last put.
  Script& put_done(double second, std::uint64_t revision) {
    return step(second, event::RecordPut{last_put.request, true, revision, "text"});
  }
  /// The secondary has all, of the last drain.
  Script& applied(double second) { return step(second, event::Applied{last_drain}); }
  Script& put_refused(double second) { return step(second, event::RecordPut{last_put.request, false}); }

  /// Follows A, whose record it saw at 0.
  Script& following(Stored stored) { return start().read(0, std::move(stored)); }
  /// Root since 4 s, in epoch 60, its last renewal sent and done at 4 s.
  Script& root();

  template <typename T>
  const T* did() const {
    for (const Action& action : out)
      if (const T* found = std::get_if<T>(&action)) return found;
    return nullptr;
  }
  /// The kinds of all actions, in their order.
  std::vector<std::size_t> kinds() const {
    std::vector<std::size_t> made;
    for (const Action& action : out) made.push_back(action.index());
    return made;
  }
  MsgId reported() const {
    const auto* report = did<action::Report>();
    return report != nullptr ? report->error.id : MsgId{};
  }
  State state() const { return machine.state(); }

  Machine machine;
  std::vector<std::string> candidates{"A", "C"};
  std::uint64_t seqno = 100;
  bool ready = true;
  std::vector<Action> out;
  RequestId last_read = 0, last_try = 0, last_drain = 0, promotion = 0;
  action::PutRecord last_put{};
};

inline Stored stored(std::string holder, std::uint64_t epoch, std::uint64_t revision,
                     std::vector<std::string> candidates = {"B", "C"}, RecordState state = RecordState::Held) {
  Record record;
  record.holder = std::move(holder);
  record.state = state;
  record.epoch = epoch;
  record.seqno = 100;
  record.candidates = std::move(candidates);
  record.serial = {.run = 99, .number = revision};
  return {record, revision, {}};
}

inline Script& Script::root() {
  following(stored("A", 41, 50));
  tick(2.6);
  read(2.6, stored("A", 41, 50));
  tick(3.1);
  tried(3.1);
  put_done(3.1, 60);
  step(3.5, event::Promoted{promotion});
  step(3.6, event::Committed{promotion});
  tick(4.1);
  put_done(4.1, 61);
  return *this;
}

/// Index of a kind of action, for kinds().
template <typename T>
constexpr std::size_t kind_of() {
  return Action(T{}).index();
}

}  // namespace hw::cluster::lease
