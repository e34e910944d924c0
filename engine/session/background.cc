#include "engine/session/background.h"

#include <sys/resource.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/operator_log.h"
#include "engine/base/start_thread.h"
#include "engine/commit/journal_note.h"
#include "engine/recovery/checkpoint.h"
#include "engine/session/warm_up.h"

namespace hw {
namespace {

constexpr int kCheckpointNice = 15;
constexpr std::uint64_t kEpochPeriodUs = 10'000'000;
constexpr auto kSyncPeriod = std::chrono::seconds(1);  // Durability::Batch promises this.

}  // namespace

Status Background::start() {
  if (syncer_.joinable()) return {};
  HW_TRY(syncer_, start_thread("syncs of journals", [this] { sync(); }));
  return {};
}

void Background::serve(Domain& domain, bool first) {
  HW_CHECK(syncer_.joinable() && domain_ == nullptr);
  {
    const MutexLock guard(stop_mutex_);
    domain_ = &domain;
    first_ = first;
    serves_ = true;
  }
  stop_changed_.notify_all();
}

bool Background::wait_for_domain() {
  MutexLock guard(stop_mutex_);
  stop_changed_.wait(guard, [this]() HW_REQUIRES(stop_mutex_) { return serves_ || stop_; });
  return serves_ && !stop_;
}

Status Background::start_checkpoints() {
  if (checkpointer_.joinable()) return {};
  HW_TRY(checkpointer_, start_thread("checkpoints", [this] { take_checkpoints(); }));
  return {};
}

void Background::stop() {
  {
    const MutexLock guard(stop_mutex_);
    stop_ = true;
  }
  stop_changed_.notify_all();
  if (syncer_.joinable()) syncer_.join();
  if (checkpointer_.joinable()) checkpointer_.join();
}

bool Background::wait_for_stop(std::chrono::milliseconds period) {
  MutexLock guard(stop_mutex_);
  return stop_changed_.wait_for(guard, period, [this]() HW_REQUIRES(stop_mutex_) { return stop_; });
}

void Background::sync() {
  if (!wait_for_domain()) return;
  Domain& domain = *domain_;
  OperatorReports reports = reports_of("JNLSYNC");
  // Without checkpoints a recovery only takes longer: tried again, and meanwhile the work goes on.
  reports.outcome("checkpoints", start_checkpoints());
  while (!wait_for_stop(kSyncPeriod)) {
    reports.outcome("checkpoints", start_checkpoints());
    PoolHeader& pool = domain.header();
    // Before a sync, which would say the same of each journal.
    reports.outcome("names", domain.watch_journals(Domain::Watched::All));
    const std::uint64_t done = pool.commit_done.load(std::memory_order_acquire);
    // A failure here also reaches whoever next asks for durability: nothing is marked as synced.
    if (pool.durable_commits.load(std::memory_order_acquire) < done) reports.outcome("sync", domain.make_durable(done));
    // What cannot be applied now stays in the journal; whoever needs it meets the error.
    if (pool.regions_behind != 0) {
      const auto lock = CommitLock::take(domain);
      reports.outcome("apply", lock.has_value() ? Status() : Status(lock.error()));
    }
    // A reader whose pages could not be kept is not let in.
    (void)domain.keep_pages();
    // An epoch that could not be written leaves the former one standing, and the next second tries again.
    if (pool.epoch_noted_us.load() + kEpochPeriodUs <= wall_clock_us()) {
      pool.epoch_noted_us.store(wall_clock_us());
      reports.outcome("epoch", note_epochs(domain));
    }
  }
}

void Background::take_checkpoints() {
  // Checkpoints bound the time of a recovery; commits and their way to the secondaries come first. On Linux the
  // setting is the thread's own; where it is refused, checkpoints only take a larger share.
  (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kCheckpointNice);
  if (first_) warm_up(*domain_, [this] { return wait_for_stop({}); });
  OperatorReports reports = reports_of("CHECKPOINT");
  ImagesSeen seen;
  while (!wait_for_stop(kSyncPeriod))
    take_due_checkpoints(
        *domain_, [this] { return wait_for_stop({}); }, reports, seen);
}

OperatorReports Background::reports_of(const std::string& program) {
  return OperatorReports([writer = OperatorLogWriter{program, domain_->header().instance_name}](const Error& error) {
    to_operator_log(writer, error);
  });
}

}  // namespace hw
