#include "replic/receiver/receiver_requests.h"

namespace hw {

// log_change is odd while the name is being written.

void request_log(ReceivePoolHeader& pool, std::string_view path) {
  const std::uint32_t writing = pool.log_change.load() | 1U;  // Odd already when a command died in the middle.
  pool.log_change.store(writing);
  pool.log.set(path);
  pool.log_change.store(writing + 1);
}

ReceiverRequests::ReceiverRequests(ReceivePoolHeader& pool, PoolProcess& self, std::string suffix, ServerLog& log)
    : pool_(pool),
      self_(self),
      suffix_(std::move(suffix)),
      log_(log),
      interval_(self.interval.load()),
      log_changes_(pool.log_change.load()),
      stats_(pool.stats_log.load() != 0) {}

void ReceiverRequests::take() {
  if (const auto interval = self_.interval.load(); interval != interval_) {
    log_.line(fmt::format("Changing log interval from {} to {}", interval_, interval));
    interval_ = interval;
  }
  if (const auto changes = pool_.log_change.load(); changes != log_changes_ && changes % 2 == 0) {
    const std::string path(pool_.log.view());
    if (pool_.log_change.load() != changes) return;  // Next time.
    log_changes_ = changes;
    log_.change_to(path + suffix_);
  }
  if (const LogLevel level = log_level_numbered(pool_.log_level.load()); level != log_.level())
    log_.change_level(level);
  if (const bool stats = pool_.stats_log.load() != 0; stats != stats_) {
    stats_ = stats;
    log_.line(stats ? "Begin statistics logging" : "End statistics logging");
  }
}

}  // namespace hw
