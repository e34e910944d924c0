#include "journal/pool_fence.h"

#include "engine/base/clock.h"

namespace hw {

// First the clock: a deadline that is taken back meanwhile counts. The other way round a process that is stopped
// between the two would go by one that is no more.
bool PoolFence::before_deadline() const {
  const std::uint64_t now_ns = boot_clock_ns();
  return now_ns < deadline_ns.load(std::memory_order_acquire);
}

}  // namespace hw
