#include "engine/admin/freeze.h"

#include "engine/base/sync_point.h"
#include "engine/commit/domain.h"
#include "engine/integ/region_look.h"
#include "engine/recovery/checkpoint.h"

namespace hw {
namespace {

Error frozen_by_other(const OpenRegion& region, std::string_view what) {
  return make_error<MsgId::FREEZEERR>(what, region.definition.name)
      .after(fmt::format("Region: {} is frozen by another user, not releasing freeze", region.definition.name));
}

/// What the last process that leaves would write, so that it need not; then the mark that stops commits.
Status stop_commits(Domain& domain, OpenRegion& region, std::uint32_t user) {
  HW_TRY_VOID(sync_at(SyncPoint::FreezeEarly, region.environment));  // Most of the work, while others go on.
  HW_TRY(const CommitLock lock, CommitLock::take(domain));
  PoolRegion& facts = domain.facts(region);
  HW_TRY_VOID(region.refresh_header());
  take_place(region.header, facts);
  HW_TRY_VOID(region.write_header());
  HW_TRY_VOID(sync_at(SyncPoint::FrozenLive, region.environment));
  return region.control.set_frozen_by(user + 1);
}

/// Takes back the mark of a freeze that could not be completed: what was refused is not there.
Error not_frozen(const OpenRegion& region, Error why) {
  const Status thawed = region.control.set_frozen_by(0);
  if (thawed.has_value()) return why;
  return std::move(why.because(thawed.error())
                       .note(fmt::format("Region {} stays frozen; mupip freeze -off ends it", region.definition.name)));
}

Status freeze_live(RegionAccess& access, std::uint32_t user) {
  return visit_live_region(access, [&](Domain& domain, OpenRegion& region) -> Status {
    HW_TRY(const CheckpointLock images, CheckpointLock::take(domain.header()));
    HW_TRY_VOID(stop_commits(domain, region, user));
    if (domain.facts(region).journaled == 0) return {};
    Status advanced = advance_image(domain, region, [] { return false; });
    if (advanced.has_value()) return {};
    return not_frozen(region, std::move(advanced).error());
  });
}

}  // namespace

Status freeze_region(RegionAccess& access, std::uint32_t user) {
  HW_TRY_VOID(access.require_update_right());
  OpenRegion& region = access.region();
  const std::uint32_t by = region.control.freeze().frozen_by.load();
  if (by != 0 && by != user + 1) return frozen_by_other(region, "freeze");
  if (by != 0) return {};
  if (access.is_live()) return freeze_live(access, user);
  RegionAccess* one[] = {&access};
  HW_TRY_VOID(make_clean(one, RegionSet::Part));
  return region.control.set_frozen_by(user + 1);
}

Status thaw_region(RegionAccess& access, std::uint32_t user, bool override_others) {
  HW_TRY_VOID(access.require_update_right());
  OpenRegion& region = access.region();
  const std::uint32_t by = region.control.freeze().frozen_by.load();
  if (by == 0) return {};
  if (by != user + 1 && !override_others) return frozen_by_other(region, "unfreeze");
  return region.control.set_frozen_by(0);
}

}  // namespace hw
