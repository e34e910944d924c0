#include "replic/source/slot_requests.h"

#include <fmt/format.h>

namespace hw {

SlotRequests::SlotRequests(PoolHeader& pool, PoolSlot& slot, ServerLog& log)
    : pool_(pool),
      slot_(slot),
      log_(log),
      interval_(slot.log_interval.load()),
      log_changes_(slot.log_change.load()),
      stats_(slot.stats_log.load() != 0),
      completed_(pool.lost_tn_complete.load()),
      due_(slot.lost_tn_due.load() != 0) {}

Status SlotRequests::take() {
  if (const auto interval = slot_.log_interval.load(); interval != interval_) {
    log_.line(fmt::format("Changing log interval from {} to {}", interval_, interval));
    interval_ = interval;
  }
  if (const auto changes = slot_.log_change.load(); changes != log_changes_) {
    std::string path;
    {
      HW_TRY(const RobustLock admin, RobustLock::take(pool_.admin_lock));
      path = slot_.log.view();
    }
    log_changes_ = changes;
    log_.change_to(path);
  }
  if (const LogLevel level = log_level_numbered(slot_.log_level.load()); level != log_.level())
    log_.change_level(level);
  if (const bool stats = slot_.stats_log.load() != 0; stats != stats_) {
    stats_ = stats;
    log_.line(stats ? "Begin statistics logging" : "End statistics logging");
  }
  return {};
}

bool SlotRequests::lost_transactions_completed() {
  const auto completed = pool_.lost_tn_complete.load();
  const bool due = slot_.lost_tn_due.load() != 0;
  // A new mark sets the count back: the next completion may have the number of the last one.
  const bool news = completed != 0 && (completed != completed_ || (due && !due_));
  completed_ = completed;
  due_ = due;
  return news;
}

void SlotRates::observe(std::uint64_t transactions, std::uint64_t wire_bytes) {
  using namespace std::chrono;
  const auto now = steady_clock::now();
  const auto past_us = static_cast<std::uint64_t>(duration_cast<microseconds>(now - taken_).count());
  if (past_us < 1'000'000) return;
  slot_.sent_per_1000_s.store((transactions - transactions_) * 1'000'000'000 / past_us);
  slot_.wire_bytes_per_s.store((wire_bytes - wire_bytes_) * 1'000'000 / past_us);
  slot_.rate_us.store(
      static_cast<std::uint64_t>(duration_cast<microseconds>(system_clock::now().time_since_epoch()).count()));
  taken_ = now;
  transactions_ = transactions;
  wire_bytes_ = wire_bytes;
}

}  // namespace hw
