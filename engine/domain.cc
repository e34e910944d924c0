#include "engine/domain.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "engine/base/clock.h"
#include "engine/base/failpoint.h"
#include "engine/base/operator_log.h"
#include "engine/checkpoint.h"
#include "engine/journal_note.h"
#include "engine/pin.h"
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

std::string lock_name(const PoolHeader& pool) {
  return std::string(pool.replicating != 0 ? pool.instance_file.view() : pool.regions.front().database.view());
}

Result<CommitLock> CommitLock::take(Domain& domain, Behind behind) {
  PoolHeader& pool = domain.header();
  RobustMutex::Acquired acquired = pool.commit_lock.try_lock();
  if (acquired == RobustMutex::Acquired::Busy) {
    HW_TRY(acquired, lock_watched(pool.commit_lock, lock_name(pool), &pool.commit_wait, &pool.commit_done));
  }
  CommitLock lock(acquired == RobustMutex::Acquired::Held ? nullptr : &pool.commit_lock);
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

Domain::Domain(JournalPool pool, const std::vector<OpenRegion*>& regions)
    : pool_(std::move(pool)), pins_(std::make_unique<Pins>()) {
  for (OpenRegion* region : regions) add(*region);
}

Domain::~Domain() { stop_background(); }

Status Domain::keep_pages() {
  const std::lock_guard guard(pins_mutex_);
  return pins_->see_to(*this);
}

void Domain::add(OpenRegion& region) {
  const std::size_t count = region_count_.load(std::memory_order_relaxed);
  HW_CHECK(count < regions_.size());  // Each has a place in the pool, which has no more.
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
  const std::lock_guard guard(pins_mutex_);
  pins_->drop_all();
}

bool Domain::wait_for_stop(std::chrono::milliseconds period) {
  std::unique_lock guard(stop_mutex_);
  return stop_changed_.wait_for(guard, period, [this] { return stop_; });
}

void Domain::background() {
  OperatorReports reports = reports_of("JNLSYNC");
  while (!wait_for_stop(kSyncPeriod)) {
    PoolHeader& pool = header();
    const std::uint64_t done = pool.commit_done.load(std::memory_order_acquire);
    // A failure here also reaches whoever next asks for durability: nothing is marked as synced.
    if (pool.durable_commits.load(std::memory_order_acquire) < done)
      reports.outcome("sync", make_durable(done, Gather::No));
    // What cannot be applied now stays in the journal; whoever needs it meets the error.
    if (pool.regions_behind != 0) {
      const auto lock = CommitLock::take(*this);
      reports.outcome("apply", lock.has_value() ? Status() : Status(lock.error()));
    }
    // A reader whose pages could not be kept is not let in.
    (void)keep_pages();
    // An epoch that could not be written leaves the former one standing, and the next second tries again.
    if (pool.epoch_noted_us.load() + kEpochPeriodUs <= wall_clock_us()) {
      pool.epoch_noted_us.store(wall_clock_us());
      reports.outcome("epoch", note_epochs(*this));
    }
  }
}

void Domain::checkpoints(bool first) {
  // Checkpoints bound the time of a recovery; commits and their way to the secondaries come first. On Linux the
  // setting is the thread's own; where it is refused, checkpoints only take a larger share.
  (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kCheckpointNice);
  if (first) warm_up(*this, [this] { return wait_for_stop({}); });
  OperatorReports reports = reports_of("CHECKPOINT");
  while (!wait_for_stop(kSyncPeriod))
    take_due_checkpoints(
        *this, [this] { return wait_for_stop({}); }, reports);
}

OperatorReports Domain::reports_of(const std::string& program) {
  return OperatorReports([writer = OperatorLogWriter{program, header().instance_name}](const Error& error) {
    to_operator_log(writer, error);
  });
}

}  // namespace hw
