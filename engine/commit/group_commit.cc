// Group commit: one fdatasync of the journals serves every process that waits for one.
//
// Without gathering, processes fall into two groups that wait for each other: while one group's sync runs the others
// commit, so that half of them are served at a time. So who is about to sync waits for those who could come along: as
// many as asked since the sync before the last one began. He waits no longer than half of a sync, so that a group
// that has become smaller costs little, and once.
#include <fcntl.h>

#include <algorithm>
#include <atomic>
#include <chrono>

#include "engine/base/failpoint.h"
#include "engine/base/interrupt.h"
#include "engine/base/lock_wait.h"
#include "engine/base/sync_point.h"
#include "engine/commit/domain.h"
#include "journal/current_file.h"

namespace hw {
namespace {

using std::chrono::microseconds;
using std::chrono::steady_clock;

constexpr microseconds kGatherMax{1000};  // A disk that has stalled once is not waited for.

/// During a switch its name is for a moment another file's, or no file's.
Result<File> open_current(const PoolRegion& region) {
  const CurrentJournal current = CurrentJournal::of(region);
  auto file = File::open(current.path, O_RDWR);
  if (!file.has_value()) return rename_error<MsgId::JNLFILOPN>(std::move(file).error(), current.path, current.database);
  HW_TRY_VOID(require_current(*file, current));
  return file;
}

}  // namespace

void Domain::keep_journal(const OpenRegion& region) {
  const PoolRegion& facts = header().regions[region.pool_index];
  const MutexLock guard(sync_mutex_);
  SyncHandle& handle = sync_handles_[region.pool_index];
  if (handle.is_of(facts)) return;
  auto file = region.journal.another();
  if (!file.has_value()) return;
  handle = {facts.generation, facts.cuts, std::move(file).value()};
}

Result<bool> Domain::sync_journals(Files files) {
  const MutexLock guard(sync_mutex_);
  for (std::uint32_t i = 0; i < kRegionsMax; ++i) {
    PoolRegion& region = header().regions[i];
    if (region.in_use.load(std::memory_order_acquire) == 0 || region.journaled == 0) continue;
    HW_TRY(const bool synced, sync_journal(region, sync_handles_[i], files));
    if (!synced) return false;
  }
  return true;
}

Result<bool> Domain::take_handle(const PoolRegion& region, std::uint64_t generation, SyncHandle& handle) {
  // `cuts` changes under the sync lock only, which is held here.
  const std::uint32_t cuts = region.cuts.load();
  if (handle.generation == generation && handle.cuts == cuts && handle.file.is_open()) return true;
  auto file = open_current(region);
  if (region.generation.load() != generation) return false;
  if (!file.has_value()) return std::move(file).error();
  handle = {generation, cuts, std::move(file).value()};
  return true;
}

// A switch syncs the file it closes, so the current generation is all there is to do. One that starts now is seen by
// the second look at the generation; each round more has seen one.
Result<bool> Domain::sync_journal(PoolRegion& region, SyncHandle& handle, Files files) {
  const auto refuse = [&](Error why) {
    return rename_error<MsgId::JNLFILOPN>(std::move(why), region.journal.view(), region.database.view());
  };
  for (;;) {
    const std::uint64_t generation = region.generation.load();
    // Between the two loads: a new generation with the old file's end is seen only while the mark is up.
    const auto mark = std::atomic_ref(region.switching).load(std::memory_order_acquire);
    if (mark == PoolRegion::kFactsChange && files == Files::MayChange) return false;
    const std::uint64_t end = region.write_offset.load(std::memory_order_acquire);
    if (region.synced_generation.load() == generation && region.synced_offset.load() >= end) return true;
    const auto taken = take_handle(region, generation, handle);
    if (!taken.has_value() && files == Files::MayChange) return false;
    if (!taken.has_value()) return taken.error();
    if (!*taken) continue;
    if (Status status = sync_data_at(SyncPoint::DurableCommit, handle.file); !status.has_value())
      return refuse(std::move(status).error());
    HW_TRY(const std::uint64_t bytes, handle.file.size());
    if (region.generation.load() != generation) continue;
    if (bytes < end) {  // What a sync found nothing of is not durable.
      return make_error<MsgId::JNLFILOPN>(region.journal.view(), region.database.view())
          .note(fmt::format("It was cut: it has {} bytes, and must have {}", bytes, end));
    }
    // A power loss leaves what its name leads to.
    const auto leads = where_name_leads(std::string(region.journal.view()), handle.file, region.journal_file.load());
    if (leads == NameLeads::Elsewhere) {
      if (files == Files::MayChange) return false;
      HW_TRY_VOID(settle_name(region, handle));
      continue;
    }
    region.synced_generation.store(generation);
    region.synced_offset.store(end);
    return true;
  }
}

Status Domain::wait_durable(std::uint64_t number) {
  PoolHeader& pool = header();
  fail_here(FailPoint::CommitPublishedNotSynced);
  if (pool.durable_commits.load(std::memory_order_acquire) >= number) return {};
  pool.group.asked.fetch_add(1, std::memory_order_seq_cst);
  if (pool.group.complete() && pool.group.gathered.has_waiters()) pool.group.gathered.signal();
  return wait_for_sync(number, Waiter::Committer);
}

Status Domain::make_durable(std::uint64_t number) { return wait_for_sync(number, Waiter::Other); }

Status Domain::wait_for_sync(std::uint64_t number, Waiter who) {
  PoolHeader& pool = header();
  std::optional<LockWait> wait;
  auto look_at = steady_clock::now() + LockWait::kPeriod;
  for (;;) {
    if (pool.durable_commits.load(std::memory_order_acquire) >= number) return {};
    if (steady_clock::now() >= look_at) {
      if (!wait) wait.emplace(lock_name(pool));
      Status go_on = wait->look(pool.sync_lock.holder(), pool.durable_commits.load());
      // A commit is made, whoever is asked to end: its caller must know whether it is on disk.
      if (!go_on.has_value() && who == Waiter::Other) return go_on;
      look_at = steady_clock::now() + LockWait::kPeriod;
    }
    const std::uint32_t ticket = pool.synced.ticket();
    if (pool.sync_lock.try_lock() == RobustMutex::Acquired::Busy) {
      if (pool.durable_commits.load(std::memory_order_acquire) >= number) return {};
      // The deadline only guards against a syncing process that dies between its sync and its signal.
      pool.synced.wait(ticket, steady_clock::now() + std::chrono::milliseconds(20));
      continue;
    }
    Result<bool> synced = true;
    if (pool.durable_commits.load(std::memory_order_acquire) < number) {
      if (who == Waiter::Committer) gather_group();
      synced = sync_for_all(Files::MayChange);
    }
    pool.sync_lock.unlock();
    pool.synced.signal();
    if (!synced.has_value()) return std::move(synced).error();
    if (!*synced) HW_TRY_VOID(sync_at_rest(who));
  }
}

Status Domain::sync_all() {
  PoolHeader& pool = header();
  HW_TRY([[maybe_unused]] const auto acquired, lock_watched(pool.sync_lock, lock_name(pool)));
  auto synced = sync_for_all(Files::MayChange);
  pool.sync_lock.unlock();
  pool.synced.signal();
  if (!synced.has_value()) return std::move(synced).error();
  return *synced ? Status() : sync_at_rest(Waiter::Other);
}

Status Domain::sync_at_rest(Waiter who) {
  std::optional<EndDeferred> stays;
  if (who == Waiter::Committer) stays.emplace();  // As in wait_for_sync: its caller must know.
  HW_TRY(const CommitLock nobody_switches, CommitLock::take(*this, CommitLock::Behind::Stays));
  PoolHeader& pool = header();
  HW_TRY([[maybe_unused]] const auto acquired, lock_watched(pool.sync_lock, lock_name(pool)));
  const auto synced = sync_for_all(Files::AtRest);
  pool.sync_lock.unlock();
  pool.synced.signal();
  if (!synced.has_value()) return synced.error();
  HW_CHECK(*synced);
  return {};
}

void Domain::gather_group() {
  GroupCommit& group = header().group;
  const auto deadline = steady_clock::now() + std::min(kGatherMax, microseconds(group.sync_us / 2));
  while (!group.complete() && steady_clock::now() < deadline) {
    const std::uint32_t ticket = group.gathered.ticket();
    group.gathered.wait_unless(ticket, deadline, [&] { return group.complete(); });
  }
}

Result<bool> Domain::sync_for_all(Files files) {
  PoolHeader& pool = header();
  GroupCommit& group = pool.group;
  const auto begin = steady_clock::now();
  const std::uint64_t asked = group.asked.load(std::memory_order_acquire);  // Each for a commit that is done already.
  HW_CHECK_DEAR(pool.sync_lock.is_mine());
  HW_CHECK_LE(group.served.load(), asked);
  const std::uint64_t covered = pool.commit_done.load(std::memory_order_acquire);
  // One reading of the clock for all of them, who then need none (engine/commit/deadline.h).
  if (pool.fence.is_in_time()) pool.fence.accepted_commits.store(covered, std::memory_order_release);
  HW_TRY(const bool synced, sync_journals(files));
  if (!synced) return false;
  pool.durable_commits.store(covered, std::memory_order_release);
  group.members.store(group.asked.load() - group.served.load());
  group.served.store(asked);
  group.sync_us =
      static_cast<std::uint64_t>(std::chrono::duration_cast<microseconds>(steady_clock::now() - begin).count());
  return true;
}

}  // namespace hw
