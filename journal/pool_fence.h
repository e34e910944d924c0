/// journal/pool_fence.h -- the fence of an instance in its journal pool: for how long, and in which reign, its updates
/// are acknowledged.
///
/// Written by the agent that keeps the instance's lease (replic/control/fence.h); the stop flag also by a commit that
/// finds itself late (engine/commit/deadline.h). Of an instance without Fence Required only `stopped`, which stays 0,
/// and `deadline_counts` are read by commits.
///
/// Memory: what each commit reads is in a cache line that nobody writes in between.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "engine/base/limits.h"
#include "engine/base/robust_mutex.h"

namespace hw {

inline constexpr std::uint64_t kNoDeadline = ~std::uint64_t{0};  ///< a deadline that never comes

struct alignas(64) PoolFence {
  std::atomic<std::uint32_t> stopped;          ///< the stop flag: no update begins. Changed under the commit lock
  std::atomic<std::uint32_t> deadline_counts;  ///< 1: commits read the clock. See set_deadline
  std::atomic<std::uint64_t> deadline_ns;      ///< CLOCK_BOOTTIME; 0: none was given, so that all is late
  std::atomic<std::uint64_t> epoch;            ///< of the reign here, 0: none
  std::atomic<std::uint64_t> known_epoch;      ///< as in the instance file, which is written first; only rises
  std::atomic<std::uint32_t> required;         ///< Fence Required of the instance file
  std::atomic<std::uint32_t> reigns;           ///< that have begun since the pool was made: the history is to be read
  SharedEvent changed;                         ///< stop flag, updates on or off, deadline 0

  alignas(64) std::atomic<std::uint64_t> accepted_commits;  ///< commits up to this number were made in time; sync lock
  SharedEvent applied;                                      ///< a secondary has applied more
  /// By slot: a seqno that its secondary is to say it has applied (replic/control/applied.h); only rises.
  std::array<std::atomic<std::uint64_t>, kSlotsMax> apply_wanted;

  /// The one writer is the agent. After this returns each reading of the clock is held against the new deadline.
  void set_deadline(std::uint64_t boottime_ns) {
    deadline_ns.store(boottime_ns);
    deadline_counts.store(required.load() != 0 && boottime_ns != kNoDeadline ? 1 : 0);
  }
  void set_required(bool to) {
    required.store(to ? 1 : 0);
    set_deadline(deadline_ns.load());
  }
  void raise_known_epoch(std::uint64_t to) { raise(known_epoch, to); }
  static void raise(std::atomic<std::uint64_t>& number, std::uint64_t to) {
    std::uint64_t now = number.load();
    while (now < to && !number.compare_exchange_weak(now, to)) {
    }
  }

  /// Of what was published before: whether a clock that is read now has not reached the deadline.
  bool is_in_time() const { return deadline_counts.load(std::memory_order_acquire) == 0 || before_deadline(); }

 private:
  bool before_deadline() const;
};

}  // namespace hw
