#include "cluster/board/history.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace hw::cluster {
namespace {

/// Column widths of the printed form; a longer entry widens its column.
constexpr std::size_t kWhoWidth = 9;
constexpr std::size_t kWhatWidth = 16;

}  // namespace

std::vector<HistoryEntry> merge_history(const std::vector<std::vector<HistoryEntry>>& histories) {
  std::map<std::pair<std::string, std::uint64_t>, HistoryEntry> changes;
  for (const auto& history : histories) {
    for (const HistoryEntry& entry : history) {
      const auto [at, is_new] = changes.try_emplace({entry.node, entry.number}, entry);
      // A copy may hold the beginning of a change alone: it does not undo the end that another one has.
      if (!is_new && entry.result != HistoryResult::Running) at->second = entry;
    }
  }
  std::vector<HistoryEntry> merged;
  merged.reserve(changes.size());
  for (auto& [key, entry] : changes) merged.push_back(std::move(entry));
  std::ranges::stable_sort(merged, {}, &HistoryEntry::time_us);
  return merged;
}

std::vector<HistoryEntry> filter_history(std::vector<HistoryEntry> history, const HistoryFilter& filter) {
  if (!filter.group.empty())
    std::erase_if(history, [&](const HistoryEntry& entry) { return entry.group != filter.group; });
  if (filter.count_max != 0 && history.size() > filter.count_max)
    history.erase(history.begin(), history.end() - static_cast<std::ptrdiff_t>(filter.count_max));
  return history;
}

Table history_table(const std::vector<HistoryEntry>& history) {
  Table table;
  table.columns = {{"Time"}, {"Who", Align::Left, kWhoWidth}, {"What", Align::Left, kWhatWidth}, {"Why"}, {"Result"},
                   {"Epoch"}};
  for (const HistoryEntry& entry : history) {
    table.rows.push_back({TimeCell{entry.time_us}, entry.user + "@" + entry.host, entry.what, entry.why,
                          cell_of(word_of(entry.result)), unless_zero(entry.epoch)});
  }
  return table;
}

}  // namespace hw::cluster
