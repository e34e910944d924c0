#include "engine/session/scan.h"

#include <algorithm>
#include <optional>

#include "engine/commit/domain.h"
#include "engine/region/open_region.h"

namespace hw {
namespace {

constexpr std::string_view kFirstNode{"\1"};  // the database's own entries sort before it

/// The smaller of two upper limits, of which an empty one is none.
std::string_view lower_limit(std::string_view a, std::string_view b) {
  if (a.empty()) return b;
  return b.empty() ? a : std::min(a, b);
}

}  // namespace

Result<std::unique_ptr<Scan>> Scan::open(Database& database, std::span<const KeyRange> ranges,
                                         std::span<const std::size_t> regions) {
  std::unique_ptr<Scan> scan{new Scan};
  HW_TRY_VOID(scan->plan(database, ranges, regions));
  HW_TRY_VOID(scan->take_snapshots(database));
  return scan;
}

Result<Scan::Snapshot*> Scan::snapshot_of(Database& database, std::size_t index) {
  HW_TRY(auto* const region, database.region(index));
  for (const auto& snapshot : snapshots_)
    if (snapshot->region == region) return snapshot.get();
  auto snapshot = std::make_unique<Snapshot>();
  snapshot->region = region;
  snapshot->nulls = region->nulls();
  snapshots_.push_back(std::move(snapshot));
  return snapshots_.back().get();
}

Status Scan::plan(Database& database, std::span<const KeyRange> ranges, std::span<const std::size_t> regions) {
  const auto map = database.directory().map();
  for (const auto& range : ranges) {
    for (std::size_t i = 0; i < map.size(); ++i) {
      const std::string_view end = i + 1 < map.size() ? std::string_view(map[i + 1].from) : std::string_view();
      const auto from = std::max({std::string_view(map[i].from), std::string_view(range.from), kFirstNode});
      const auto to = lower_limit(end, range.to);
      if (!to.empty() && to <= from) continue;
      const std::size_t region = map[i].region_index;
      if (!regions.empty() && std::ranges::find(regions, region) == regions.end()) continue;
      HW_TRY(auto* const snapshot, snapshot_of(database, region));
      stretches_.push_back({snapshot, {std::string(from), std::string(to)}});
    }
  }
  return {};
}

Status Scan::take_snapshots(Database& database) {
  std::optional<CommitLock> lock;
  if (const auto domain = database.domain(); domain.has_value()) {
    HW_TRY(auto taken, CommitLock::take(**domain));
    lock.emplace(std::move(taken));
  }
  for (auto& snapshot : snapshots_) HW_TRY_VOID(snapshot->reader.take(*snapshot->region));
  return {};
}

}  // namespace hw
