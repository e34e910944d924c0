#include "engine/integ/region_snapshot.h"

#include <fcntl.h>

#include "engine/commit/domain.h"
#include "engine/region/open_region.h"

namespace hw {

Status RegionSnapshot::freeze_moment() {
  HW_TRY(file_, File::open(region_.path, O_RDONLY));
  // Without the commit lock a process may begin to commit just now: then the meta page in force is not the reader's.
  for (int attempt = 0; attempt < 100; ++attempt) {
    HW_TRY_VOID(reader_.take(region_));
    HW_TRY(const std::uint64_t bytes, file_.size());
    HW_TRY(map_, Mapping::map(file_, bytes, false));
    const PoolRegion* facts = domain_ != nullptr ? &domain_->facts(region_) : nullptr;
    auto look = look_at_bytes(region_.path, Bytes(map_.data(), map_.size()), facts);
    if (!look.has_value()) return std::move(look).error();
    if (look->meta.tn == reader_.tn().value) {
      look_.emplace(std::move(look).value());
      return {};
    }
    reader_.release();
  }
  return make_error<MsgId::HWDBBUSY>(region_.path);
}

Result<std::vector<std::unique_ptr<RegionSnapshot>>> RegionSnapshot::take(Database& database,
                                                                          std::span<const std::size_t> regions) {
  std::vector<std::unique_ptr<RegionSnapshot>> snapshots;
  Domain* its_domain = nullptr;
  const auto domain = database.domain();
  if (domain.has_value()) its_domain = *domain;
  for (const std::size_t index : regions) {
    HW_TRY(OpenRegion* const region, database.region(index));
    // Without the pool's facts a database that is being updated would look damaged.
    HW_TRY(const ControlState state, region->control.read());
    if (its_domain == nullptr && !state.clean) return domain.error();
    snapshots.emplace_back(new RegionSnapshot(*region, its_domain));
  }
  std::optional<CommitLock> lock;
  if (its_domain != nullptr) {
    HW_TRY(CommitLock taken, CommitLock::take(*its_domain));
    lock.emplace(std::move(taken));
  }
  for (const auto& snapshot : snapshots) HW_TRY_VOID(snapshot->freeze_moment());
  return snapshots;
}

}  // namespace hw
