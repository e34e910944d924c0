#include "engine/domain.h"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>

#include "engine/base/clock.h"
#include "engine/base/failpoint.h"
#include "engine/checkpoint.h"
#include "engine/journal_note.h"
#include "engine/recovery.h"
#include "engine/warm_up.h"
#include "engine/write_behind.h"

namespace hw {
namespace {

constexpr int kCheckpointNice = 15;
constexpr std::uint64_t kEpochPeriodUs = 10'000'000;
constexpr auto kSyncPeriod = std::chrono::seconds(1);  // Durability::Batch promises this.

Error damaged(PoolHeader& pool) {
  return make_error<MsgId::HWPOOLDAMAGED>(pool.instance_file.view(), "a commit of a dead process cannot be completed");
}

}  // namespace

Result<CommitLock> CommitLock::take(Domain& domain, Behind behind) {
  PoolHeader& pool = domain.header();
  const RobustMutex::Acquired acquired = pool.commit_lock.lock();
  CommitLock lock(pool.commit_lock);
  if (acquired == RobustMutex::Acquired::OwnerDied) {
    if (Status status = finish_in_flight(domain); !status.has_value()) {
      pool.damaged.store(1);
      return std::move(status).error();
    }
  }
  if (pool.damaged.load(std::memory_order_relaxed) != 0) return damaged(pool);
  if (behind == Behind::BringUp) HW_TRY_VOID(bring_all_up(domain));
  return lock;
}

Domain::Domain(JournalPool pool, std::vector<OpenRegion*> regions)
    : pool_(std::move(pool)), regions_(std::move(regions)) {}

Domain::~Domain() { stop_background(); }

OpenRegion* Domain::region_at(std::uint32_t pool_index) const {
  for (OpenRegion* region : regions_)
    if (region->pool_index == pool_index) return region;
  return nullptr;
}

void Domain::start_background(bool first) {
  if (syncer_.joinable()) return;
  syncer_ = std::thread([this] { background(); });
  checkpointer_ = std::thread([this, first] { checkpoints(first); });
}

void Domain::stop_background() {
  {
    std::lock_guard guard(stop_mutex_);
    stop_ = true;
  }
  stop_changed_.notify_all();
  if (syncer_.joinable()) syncer_.join();
  if (checkpointer_.joinable()) checkpointer_.join();
}

bool Domain::wait_for_stop(std::chrono::milliseconds period) {
  std::unique_lock guard(stop_mutex_);
  return stop_changed_.wait_for(guard, period, [this] { return stop_; });
}

void Domain::background() {
  while (!wait_for_stop(kSyncPeriod)) {
    PoolHeader& pool = header();
    const std::uint64_t done = pool.commit_done.load(std::memory_order_acquire);
    // A failure here reaches whoever next asks for durability: nothing is marked as synced.
    if (pool.durable_commits.load(std::memory_order_acquire) < done) (void)make_durable(done, Gather::No);
    // What cannot be applied now stays in the journal; whoever needs it meets the error.
    if (pool.regions_behind != 0) (void)CommitLock::take(*this);
    // An epoch that could not be written leaves the former one standing, and the next second tries again.
    if (pool.epoch_noted_us.load() + kEpochPeriodUs <= wall_clock_us()) {
      pool.epoch_noted_us.store(wall_clock_us());
      (void)note_epochs(*this);
    }
  }
}

void Domain::checkpoints(bool first) {
  // Checkpoints bound the time of a recovery; commits and their way to the secondaries come first. On Linux the
  // setting is the thread's own; where it is refused, checkpoints only take a larger share.
  (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kCheckpointNice);
  if (first) warm_up(*this, [this] { return wait_for_stop({}); });
  while (!wait_for_stop(kSyncPeriod)) take_due_checkpoints(*this, [this] { return wait_for_stop({}); });
}

}  // namespace hw
