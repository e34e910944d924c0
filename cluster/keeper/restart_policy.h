/// cluster/keeper/restart_policy.h -- when a server that has failed is started again, and when no more: no clock, no
/// process.
#pragma once

#include <chrono>
#include <deque>
#include <optional>

namespace hw::cluster {

/// The first failure: at once. Each further one within the last 10 minutes: after 0.1 s, doubling to 5 s. With
/// `failures_max` of them within 10 minutes: given up. A failure that is 10 minutes old counts no more, neither for the
/// pause nor for giving up.
/// Source: operations specification, section 3.
class RestartPolicy {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// 0 and 1: the first failure is the last.
  explicit RestartPolicy(unsigned failures_max) : failures_max_(failures_max) {}

  /// One more failure. Returns when to start again; none: given up. `now` never goes back.
  std::optional<Time> failed(Time now);
  /// Failures of the last 10 minutes, as of the last call of failed().
  unsigned failures() const { return static_cast<unsigned>(failures_.size()); }
  /// From the next failure on.
  void allow(unsigned failures_max) { failures_max_ = failures_max; }
  /// An operator asks: what was is forgotten.
  void forget() { failures_.clear(); }

 private:
  unsigned failures_max_;
  std::deque<Time> failures_;
};

}  // namespace hw::cluster
