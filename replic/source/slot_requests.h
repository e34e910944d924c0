/// replic/source/slot_requests.h -- what operators' commands leave in a source server's slot while it runs, and what it
/// leaves there for them about its pace.
#pragma once

#include <chrono>
#include <cstdint>

#include "journal/pool.h"
#include "replic/process/server_log.h"

namespace hw {

/// Thread: the server's main thread only.
class SlotRequests {
 public:
  /// What the slot holds now counts as taken up.
  SlotRequests(PoolHeader& pool, PoolSlot& slot, ServerLog& log);

  /// Takes up changes of log file, log interval, log level and statistics, and says so in the log. Cheap when there are
  /// none. Errors: FORCEDHALT when the server is asked to end while it waits for the pool's admin lock.
  Status take();
  /// Whether lost transactions have been completed here since the last call.
  bool lost_transactions_completed();

 private:
  PoolHeader& pool_;
  PoolSlot& slot_;
  ServerLog& log_;
  std::uint32_t interval_;
  std::uint32_t log_changes_;
  bool stats_;
  std::uint32_t completed_;
  bool due_;
};

/// Rates in the slot, over periods of a second or more. Thread: one at a time.
class SlotRates {
 public:
  explicit SlotRates(PoolSlot& slot) : slot_(slot) {}
  /// `transactions` and `wire_bytes` have been sent since the server started.
  void observe(std::uint64_t transactions, std::uint64_t wire_bytes);

 private:
  PoolSlot& slot_;
  std::chrono::steady_clock::time_point taken_ = std::chrono::steady_clock::now();
  std::uint64_t transactions_ = 0;
  std::uint64_t wire_bytes_ = 0;
};

}  // namespace hw
