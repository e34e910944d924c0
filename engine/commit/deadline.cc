#include "engine/commit/deadline.h"

#include "engine/base/interrupt.h"

namespace hw {
namespace {

/// Commit lock held.
void change(std::atomic<std::uint32_t>& flag, bool to, PoolFence& fence) {
  const std::uint32_t wanted = to ? 1 : 0;
  if (flag.exchange(wanted) != wanted) fence.changed.signal();
}

/// Not when the deadline has been moved on meanwhile: updates would stand still until the agent's next renewal.
void stop_if_still_late(Domain& domain) {
  const EndDeferred whoever_asks_for_the_end;
  const auto lock = CommitLock::take(domain, CommitLock::Behind::Stays);
  if (!lock.has_value()) return;  // The pool is damaged: no update begins in any case.
  PoolFence& fence = domain.header().fence;
  if (!fence.is_in_time()) change(fence.stopped, true, fence);
}

}  // namespace

Status Domain::acknowledge_in_time(const CommitReceipt& receipt) {
  PoolFence& fence = header().fence;
  if (!receipt.took_seqno || fence.accepted_commits.load(std::memory_order_acquire) >= receipt.number) return {};
  if (fence.is_in_time()) return {};
  stop_if_still_late(*this);
  return make_error<MsgId::HWLATE>(receipt.seqno.value, std::string_view(header().instance_name));
}

Result<Seqno> set_stop_flag(Domain& domain, bool stop, std::chrono::steady_clock::time_point until) {
  HW_TRY(const CommitLock lock, CommitLock::take_until(until, domain, CommitLock::Behind::Stays));
  PoolHeader& pool = domain.header();
  change(pool.fence.stopped, stop, pool.fence);
  return Seqno{pool.next_seqno.load()};
}

Status set_updates(Domain& domain, bool on, std::chrono::steady_clock::time_point until) {
  HW_TRY(const CommitLock lock, CommitLock::take_until(until, domain, CommitLock::Behind::Stays));
  PoolHeader& pool = domain.header();
  change(pool.updates_enabled, on, pool.fence);
  return {};
}

}  // namespace hw
