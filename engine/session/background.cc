#include "engine/session/background.h"

#include <sys/resource.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/operator_log.h"
#include "engine/commit/journal_note.h"
#include "engine/recovery/checkpoint.h"
#include "engine/session/warm_up.h"

namespace hw {
namespace {

constexpr int kCheckpointNice = 15;
constexpr std::uint64_t kEpochPeriodUs = 10'000'000;
constexpr auto kSyncPeriod = std::chrono::seconds(1);  // Durability::Batch promises this.

}  // namespace

void Background::start(bool first) {
  if (syncer_.joinable()) return;
  syncer_ = std::thread([this] { sync(); });
  checkpointer_ = std::thread([this, first] { take_checkpoints(first); });
}

void Background::stop() {
  {
    std::lock_guard guard(stop_mutex_);
    stop_ = true;
  }
  stop_changed_.notify_all();
  if (syncer_.joinable()) syncer_.join();
  if (checkpointer_.joinable()) checkpointer_.join();
}

bool Background::wait_for_stop(std::chrono::milliseconds period) {
  std::unique_lock guard(stop_mutex_);
  return stop_changed_.wait_for(guard, period, [this] { return stop_; });
}

void Background::sync() {
  OperatorReports reports = reports_of("JNLSYNC");
  while (!wait_for_stop(kSyncPeriod)) {
    PoolHeader& pool = domain_.header();
    const std::uint64_t done = pool.commit_done.load(std::memory_order_acquire);
    // A failure here also reaches whoever next asks for durability: nothing is marked as synced.
    if (pool.durable_commits.load(std::memory_order_acquire) < done)
      reports.outcome("sync", domain_.make_durable(done, Domain::Gather::No));
    // What cannot be applied now stays in the journal; whoever needs it meets the error.
    if (pool.regions_behind != 0) {
      const auto lock = CommitLock::take(domain_);
      reports.outcome("apply", lock.has_value() ? Status() : Status(lock.error()));
    }
    // A reader whose pages could not be kept is not let in.
    (void)domain_.keep_pages();
    // An epoch that could not be written leaves the former one standing, and the next second tries again.
    if (pool.epoch_noted_us.load() + kEpochPeriodUs <= wall_clock_us()) {
      pool.epoch_noted_us.store(wall_clock_us());
      reports.outcome("epoch", note_epochs(domain_));
    }
  }
}

void Background::take_checkpoints(bool first) {
  // Checkpoints bound the time of a recovery; commits and their way to the secondaries come first. On Linux the
  // setting is the thread's own; where it is refused, checkpoints only take a larger share.
  (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kCheckpointNice);
  if (first) warm_up(domain_, [this] { return wait_for_stop({}); });
  OperatorReports reports = reports_of("CHECKPOINT");
  while (!wait_for_stop(kSyncPeriod))
    take_due_checkpoints(
        domain_, [this] { return wait_for_stop({}); }, reports);
}

OperatorReports Background::reports_of(const std::string& program) {
  return OperatorReports([writer = OperatorLogWriter{program, domain_.header().instance_name}](const Error& error) {
    to_operator_log(writer, error);
  });
}

}  // namespace hw
