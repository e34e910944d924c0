#include "cluster/agent/history_log.h"

#include <algorithm>

#include "cluster/board/history_file.h"
#include "engine/base/clock.h"

namespace hw::cluster {

Status HistoryLog::open() {
  HW_TRY(const DecodedHistory found, read_history(path_));
  if (found.damaged > 0) log_.line(fmt::format("{}: {} lines are damaged, and passed over", path_, found.damaged));
  const MutexLock guard(mutex_);
  next_ = next_history_number(found.entries, node_);
  return {};
}

HistoryEntry HistoryLog::new_entry(const HistoryWish& wish) {
  HistoryEntry entry;
  entry.node = node_;
  entry.time_us = wall_clock_us();
  entry.user = wish.user;
  entry.host = wish.host;
  entry.what = wish.what;
  entry.why = wish.why;
  const MutexLock guard(mutex_);
  entry.number = next_++;
  return entry;
}

HistoryEntry HistoryLog::begin(const HistoryWish& wish) {
  HistoryEntry entry = new_entry(wish);
  write(entry);
  return entry;
}

void HistoryLog::end(HistoryEntry entry, HistoryResult result) {
  entry.result = result;
  write(entry);
}

void HistoryLog::note(const HistoryWish& wish, HistoryResult result, std::uint64_t epoch, const std::string& group) {
  HistoryEntry entry = new_entry(wish);
  entry.epoch = epoch;
  entry.group = group;
  end(std::move(entry), result);
}

void HistoryLog::write(const HistoryEntry& entry) {
  const std::string why = entry.why.empty() ? "" : fmt::format(" ({})", entry.why);
  log_.report(make_error<MsgId::HWCOMMAND>(entry.user, entry.host, entry.what + why, word_of(entry.result)));
  const MutexLock guard(mutex_);
  const Status written = append_history(path_, entry);
  trouble_.reset();
  if (written.has_value()) return;
  trouble_ = written.error();
  log_.report(written.error());
}

std::optional<Error> HistoryLog::trouble() const {
  const MutexLock guard(mutex_);
  return trouble_;
}

Result<std::vector<HistoryEntry>> HistoryLog::read(std::size_t count_max) const {
  HW_TRY(DecodedHistory found, read_history(path_));
  std::vector<HistoryEntry> merged = merge_history({std::move(found.entries)});
  if (merged.size() > count_max) merged.erase(merged.begin(), merged.end() - static_cast<std::ptrdiff_t>(count_max));
  return merged;
}

}  // namespace hw::cluster
