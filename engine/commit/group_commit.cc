// Group commit: one fdatasync of the journals serves every process that waits for one.
//
// Without gathering, processes fall into two groups that wait for each other: while one group's sync runs the others
// commit, so that half of them are served at a time. So who is about to sync waits for those who could come along: as
// many as asked since the sync before the last one began. He waits no longer than half of a sync, so that a group
// that has become smaller costs little, and once.
#include <fcntl.h>

#include <algorithm>
#include <chrono>

#include "engine/base/failpoint.h"
#include "engine/base/lock_wait.h"
#include "engine/base/sync_point.h"
#include "engine/commit/domain.h"

namespace hw {
namespace {

using std::chrono::microseconds;
using std::chrono::steady_clock;

constexpr microseconds kGatherMax{1000};  // A disk that has stalled once is not waited for.

}  // namespace

void Domain::keep_journal(const OpenRegion& region) {
  const PoolRegion& facts = header().regions[region.pool_index];
  std::lock_guard guard(sync_mutex_);
  SyncHandle& handle = sync_handles_[region.pool_index];
  if (handle.generation == facts.generation && handle.cuts == facts.cuts) return;
  auto file = region.journal.another();
  if (!file.has_value()) return;
  handle = {facts.generation, facts.cuts, std::move(file).value()};
}

Status Domain::sync_journals() {
  std::lock_guard guard(sync_mutex_);
  for (std::uint32_t i = 0; i < kRegionsMax; ++i) {
    PoolRegion& region = header().regions[i];
    if (region.in_use.load(std::memory_order_acquire) == 0) continue;
    if (region.journaled == 0) continue;
    // A switch syncs the file it closes, so the current generation is all there is to do. One that starts now is
    // seen by the second look at the generation.
    for (;;) {
      const std::uint64_t generation = region.generation.load();
      const std::uint64_t end = region.write_offset.load(std::memory_order_acquire);
      if (region.synced_generation.load() == generation && region.synced_offset.load() >= end) break;
      SyncHandle& handle = sync_handles_[i];
      // `cuts` changes under the sync lock only, which is held here.
      if (handle.generation != generation || handle.cuts != region.cuts) {
        auto file = File::open(std::string(region.journal.view()), O_RDWR);
        if (region.generation.load() != generation || region.switching != 0) continue;
        if (!file.has_value())
          return rename_error<MsgId::JNLFILOPN>(std::move(file).error(), region.journal.view(), region.database.view());
        handle.file = std::move(file).value();
        handle.generation = generation;
        handle.cuts = region.cuts;
      }
      if (Status status = sync_data_at(SyncPoint::DurableCommit, handle.file); !status.has_value())
        return rename_error<MsgId::JNLFILOPN>(std::move(status).error(), region.journal.view(), region.database.view());
      HW_TRY(const std::uint64_t bytes, handle.file.size());
      if (region.generation.load() != generation) continue;
      if (bytes < end) {  // What a sync found nothing of is not durable.
        Error error = make_error<MsgId::JNLFILOPN>(region.journal.view(), region.database.view());
        return error.note(fmt::format("It was cut: it has {} bytes, and must have {}", bytes, end));
      }
      region.synced_generation.store(generation);
      region.synced_offset.store(end);
      break;
    }
  }
  return {};
}

Status Domain::wait_durable(std::uint64_t number) {
  PoolHeader& pool = header();
  fail_here(FailPoint::CommitPublishedNotSynced);
  if (pool.durable_commits.load(std::memory_order_acquire) >= number) return {};
  pool.group.asked.fetch_add(1, std::memory_order_seq_cst);
  if (pool.group.complete() && pool.group.gathered.has_waiters()) pool.group.gathered.signal();
  return make_durable(number, Gather::Yes);
}

Status Domain::make_durable(std::uint64_t number, Gather gather) {
  PoolHeader& pool = header();
  std::optional<LockWait> wait;
  auto look_at = steady_clock::now() + LockWait::kPeriod;
  for (;;) {
    if (pool.durable_commits.load(std::memory_order_acquire) >= number) return {};
    if (steady_clock::now() >= look_at) {
      if (!wait) wait.emplace(lock_name(pool));
      // What this commit waits for is done or not whoever is asked to end: the caller must know which.
      (void)wait->look(pool.sync_lock.holder(), pool.durable_commits.load());
      look_at = steady_clock::now() + LockWait::kPeriod;
    }
    const std::uint32_t ticket = pool.synced.ticket();
    if (pool.sync_lock.try_lock() == RobustMutex::Acquired::Busy) {
      if (pool.durable_commits.load(std::memory_order_acquire) >= number) return {};
      // The deadline only guards against a syncing process that dies between its sync and its signal.
      pool.synced.wait(ticket, steady_clock::now() + std::chrono::milliseconds(20));
      continue;
    }
    Status status;
    if (pool.durable_commits.load(std::memory_order_acquire) < number) {
      if (gather == Gather::Yes) gather_group();
      status = sync_for_all();
    }
    pool.sync_lock.unlock();
    pool.synced.signal();
    if (!status.has_value()) return status;
  }
}

Status Domain::sync_all() {
  PoolHeader& pool = header();
  HW_TRY([[maybe_unused]] const auto acquired, lock_watched(pool.sync_lock, lock_name(pool)));
  Status status = sync_for_all();
  pool.sync_lock.unlock();
  pool.synced.signal();
  return status;
}

void Domain::gather_group() {
  GroupCommit& group = header().group;
  const auto deadline = steady_clock::now() + std::min(kGatherMax, microseconds(group.sync_us / 2));
  while (!group.complete() && steady_clock::now() < deadline) {
    const std::uint32_t ticket = group.gathered.ticket();
    group.gathered.wait_unless(ticket, deadline, [&] { return group.complete(); });
  }
}

Status Domain::sync_for_all() {
  PoolHeader& pool = header();
  GroupCommit& group = pool.group;
  const auto begin = steady_clock::now();
  const std::uint64_t asked = group.asked.load(std::memory_order_acquire);  // Each for a commit that is done already.
  const std::uint64_t covered = pool.commit_done.load(std::memory_order_acquire);
  HW_TRY_VOID(sync_journals());
  pool.durable_commits.store(covered, std::memory_order_release);
  group.members.store(group.asked.load() - group.served.load());
  group.served.store(asked);
  group.sync_us =
      static_cast<std::uint64_t>(std::chrono::duration_cast<microseconds>(steady_clock::now() - begin).count());
  return {};
}

}  // namespace hw
