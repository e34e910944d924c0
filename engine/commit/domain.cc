#include "engine/commit/domain.h"

#include <algorithm>

#include "engine/base/liveness.h"
#include "engine/base/lock_wait.h"
#include "engine/commit/in_flight.h"
#include "engine/commit/pin.h"
#include "engine/commit/write_behind.h"

namespace hw {
namespace {

Error damaged(PoolHeader& pool) {
  return make_error<MsgId::HWPOOLDAMAGED>(pool.instance_file.view(), "a rollback of it has not come to its end");
}

Status finish_for_the_dead(Domain& domain) {
  std::atomic<std::uint32_t>& damaged = domain.header().damaged;
  const bool goes_back = damaged.load() == PoolHeader::kGoingBack;  // That is not finished here.
  Status status = finish_in_flight(domain);
  if (!goes_back) damaged.store(status.has_value() ? 0 : PoolHeader::kUnfinished);
  return status;
}

Error in_use(const PoolHeader& pool) {
  return make_error<MsgId::HWINUSE>(fmt::format("Commit lock of {}", lock_name(pool)),
                                    fmt::format("process {}", process_of_thread(pool.commit_lock.holder())));
}

}  // namespace

std::string lock_name(const PoolHeader& pool) {
  return std::string(pool.replicating != 0 ? pool.instance_file.view() : pool.regions.front().database.view());
}

Result<CommitLock> CommitLock::take(Domain& domain, Behind behind) {
  return take_until(std::chrono::steady_clock::time_point::max(), domain, behind);
}

Result<CommitLock> CommitLock::take_until(std::chrono::steady_clock::time_point until, Domain& domain, Behind behind) {
  PoolHeader& pool = domain.header();
  RobustMutex::Acquired acquired = pool.commit_lock.try_lock();
  if (acquired == RobustMutex::Acquired::Busy) {
    HW_TRY(acquired,
           lock_watched_until(until, pool.commit_lock, lock_name(pool), &pool.commit_wait, &pool.commit_done));
  }
  if (acquired == RobustMutex::Acquired::Busy) return in_use(pool);
  CommitLock lock(acquired == RobustMutex::Acquired::Held ? nullptr : &pool.commit_lock);
  // A file that was away, or no memory, kept an earlier process from finishing: it may be there now.
  if (acquired == RobustMutex::Acquired::OwnerDied || pool.damaged.load() == PoolHeader::kUnfinished)
    HW_TRY_VOID(finish_for_the_dead(domain));
  if (pool.damaged.load(std::memory_order_relaxed) != 0) return damaged(pool);
  if (behind == Behind::BringUp) HW_TRY_VOID(bring_all_up(domain));
  return lock;
}

Domain::Domain(JournalPool pool, const std::vector<OpenRegion*>& regions)
    : pool_(std::move(pool)), pins_(std::make_unique<Pins>()) {
  for (OpenRegion* region : regions) add(*region);
}

Domain::~Domain() = default;

Status Domain::keep_pages() {
  const MutexLock guard(pins_mutex_);
  return pins_->see_to(*this);
}

void Domain::give_pages_back() {
  const MutexLock guard(pins_mutex_);
  pins_->drop_all();
}

void Domain::add(OpenRegion& region) {
  const std::size_t count = region_count_.load(std::memory_order_relaxed);
  HW_CHECK_LT(region.pool_index, kRegionsMax);
  HW_CHECK_LT(count, regions_.size());  // Each has a place in the pool, which has no more.
  regions_[count] = &region;
  region_count_.store(count + 1, std::memory_order_release);
}

void Domain::remove(const OpenRegion& region) {
  const auto end = regions_.begin() + static_cast<std::ptrdiff_t>(region_count_.load());
  region_count_.store(static_cast<std::size_t>(std::remove(regions_.begin(), end, &region) - regions_.begin()));
}

OpenRegion* Domain::region_at(std::uint32_t pool_index) const {
  for (OpenRegion* region : regions())
    if (region->pool_index == pool_index) return region;
  return nullptr;
}

}  // namespace hw
