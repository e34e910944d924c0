#include "engine/commit/in_place.h"

#include "engine/base/failpoint.h"

namespace hw {
namespace {

/// After a process was found to read. To look costs as much as some tens of sets when there are many processes.
constexpr std::uint32_t kSharedSets = 512;

}  // namespace

bool make_alone(Domain& domain, OpenRegion& region) {
  SetsBehind& behind = domain.header().behind[region.pool_index];
  if (behind.alone != 0) return true;
  if (behind.shared_left != 0) return false;
  ControlLive& live = region.control.live();
  // First, so that the flag does not stay when this process dies here.
  if (!behind.any()) ++domain.header().regions_behind;
  behind.alone = 1;
  std::atomic_signal_fence(std::memory_order_release);
  live.behind.store(1, std::memory_order_relaxed);
  // Ordered against OpenRegion::take_snapshot, and against the mark of who may not write (Database::attach_reader).
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (live.read_only.load(std::memory_order_relaxed) != 0 || region.environment.has_snapshots()) {
    behind.shared_left = kSharedSets;
    if (!domain.facts(region).is_behind()) {
      live.behind.store(0, std::memory_order_release);
      live.caught_up.signal();
    }
    behind.alone = 0;
    HW_CHECK(domain.header().regions_behind.load() != 0);
    if (!behind.any()) --domain.header().regions_behind;
    return false;
  }
  return true;
}

std::uint32_t shared_sets_left(Domain& domain, const OpenRegion& region) {
  return domain.header().behind[region.pool_index].shared_left;
}

void count_shared_set(Domain& domain, const OpenRegion& region) {
  SetsBehind& behind = domain.header().behind[region.pool_index];
  if (behind.shared_left != 0) --behind.shared_left;
}

void overwrite(ReadTransaction& snapshot, std::string_view stored, std::string_view value) {
  HW_CHECK_EQ(stored.size(), value.size());
  const std::size_t half = value.size() / 2;
  snapshot.overwrite(stored.substr(0, half), value.substr(0, half));
  fail_here(FailPoint::SetInPlaceHalfWritten);
  snapshot.overwrite(stored.substr(half), value.substr(half));
}

void add_in_place(Domain& domain, const OpenRegion& region, const BehindSet& set) {
  SetsBehind& behind = domain.header().behind[region.pool_index];
  HW_CHECK(behind.alone != 0);
  HW_CHECK_LT(behind.in_place, kSetsInPlaceMax);
  behind.last_in_place = set;
  ++behind.in_place;
}

}  // namespace hw
