/// engine/commit/commit_part.h -- what a CommitBatch keeps of each region, for the two files that implement it.
#pragma once

#include <optional>
#include <vector>

#include "engine/commit/commit_batch.h"

namespace hw {

inline void set_state(InFlight& in_flight, InFlightState state) {
  in_flight.state.store(static_cast<std::uint32_t>(state), std::memory_order_release);
}

inline bool is_in(const InFlight& in_flight, InFlightState state) {
  return in_flight.state.load(std::memory_order_relaxed) == static_cast<std::uint32_t>(state);
}

/// A region's share in the commit under way.
struct CommitBatch::Part {
  OpenRegion* region = nullptr;
  PoolRegion* facts = nullptr;
  InFlightRegion* entry = nullptr;
  WriteTransaction transaction;
  RecordBuilder record;
  RecordBuilder removed;
  bool journaled = false;
  bool replicated = false;
  bool joined = false;
  bool touched = false;
  std::vector<UpdateView> unjournaled;  ///< updates that no journal holds
  unsigned same_length = 0;             ///< sets in a row, each of which replaced a value as long as its own
  std::optional<DeferredSet> deferred;  ///< LMDB is only read in this commit
  std::uint64_t record_begin = 0;       ///< of the last record put
};

}  // namespace hw
