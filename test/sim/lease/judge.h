/// test/sim/lease/judge.h -- what must hold, whatever happens: never two roots at one instant, epochs that rise,
/// nothing lost by a planned change, and an accepting root some time after everything is well.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "test/sim/lease/plan.h"

namespace hw::lease_sim {

inline constexpr int kNodesMax = 5;

class Judge {
 public:
  /// The first thing that did not hold; empty: none.
  const std::string& violation() const { return violation_; }
  void fail(std::string what) {
    if (violation_.empty()) violation_ = std::move(what);
  }

  /// `node` accepts updates from now on, in its reign `epoch`; `also`: another one that accepts at this instant, or -1.
  void accepts(int node, std::uint64_t epoch, int also);
  /// A transaction was answered with success: its commit read the clock at `read_at`.
  void committed(int node, std::uint64_t epoch, std::uint64_t seqno, Time published_at, Time read_at);

  /// Longest time between two transactions that were accepted, one after the other.
  Time longest_gap() const { return longest_gap_; }
  std::uint64_t reigns() const { return reigns_; }
  std::uint64_t last_epoch() const { return last_epoch_; }
  int last_root() const { return last_root_; }
  /// Highest seqno of a transaction that `node` accepted in its last reign.
  std::uint64_t accepted_seqno(int node) const { return accepted_[static_cast<std::size_t>(node)]; }

 private:
  std::string violation_;
  std::uint64_t last_epoch_ = 0;
  int last_root_ = -1;
  std::uint64_t reigns_ = 0;
  Time first_commit_at_ = 0;  ///< of the last reign
  bool has_commit_ = false;
  Time last_published_at_ = 0;
  Time longest_gap_ = 0;
  std::array<std::uint64_t, kNodesMax> accepted_{};
};

}  // namespace hw::lease_sim
