#include "replic/control/applied.h"

#include <algorithm>

namespace hw {
namespace {

using std::chrono::steady_clock;

bool has_applied(const PoolSlot& slot, Seqno seqno) { return slot.applied_seqno.load() >= seqno.value; }

/// Waits until `done`, which looks at what secondaries have said.
template <typename Done>
void wait_until(PoolHeader& pool, steady_clock::time_point until, const Done& done) {
  for (;;) {
    const std::uint32_t ticket = pool.fence.applied.ticket();
    if (done() || steady_clock::now() >= until) return;
    pool.fence.applied.wait(ticket, until);
  }
}

void ask(PoolHeader& pool, std::size_t slot, Seqno seqno) {
  PoolFence::raise(pool.fence.apply_wanted[slot], seqno.value);
  pool.published.signal();  // A source server waits for that.
}

}  // namespace

bool wait_applied(PoolHeader& pool, std::string_view secondary, Seqno seqno, steady_clock::time_point until) {
  const auto slot = std::ranges::find_if(
      pool.slots, [&](const PoolSlot& one) { return one.in_use.load() != 0 && one.name == secondary; });
  if (slot == pool.slots.end()) return false;
  if (has_applied(*slot, seqno)) return true;
  ask(pool, static_cast<std::size_t>(slot - pool.slots.begin()), seqno);
  wait_until(pool, until, [&] { return has_applied(*slot, seqno); });
  return has_applied(*slot, seqno);
}

std::size_t wait_applied_by(PoolHeader& pool, std::size_t wanted, Seqno seqno, steady_clock::time_point until) {
  const auto count = [&] {
    return static_cast<std::size_t>(std::ranges::count_if(
        pool.slots, [&](const PoolSlot& slot) { return slot.in_use.load() != 0 && has_applied(slot, seqno); }));
  };
  if (count() < wanted)
    for (std::size_t i = 0; i < pool.slots.size(); ++i)
      if (pool.slots[i].in_use.load() != 0) ask(pool, i, seqno);
  wait_until(pool, until, [&] { return count() >= wanted; });
  return count();
}

}  // namespace hw
