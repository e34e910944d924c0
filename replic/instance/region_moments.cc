#include "replic/instance/region_moments.h"

#include <algorithm>

#include "engine/recovery/region_access.h"

namespace hw {
namespace {

/// The region's database, wherever it is and whatever the region is called now; else the one of its name.
const RegionHere* find(std::span<const RegionHere> here, const RegionReach& region) {
  const auto same =
      std::ranges::find_if(here, [&](const auto& one) { return one.now.database_id == region.database_id; });
  if (same != here.end()) return &*same;
  const auto named = std::ranges::find_if(here, [&](const auto& one) { return one.now.name == region.name; });
  return named != here.end() ? &*named : nullptr;
}

Error strayed(const RegionReach& region, const std::string& instance_path) {
  Error error = make_error<MsgId::HWSTRAYED>(region.name, instance_path);
  error.note(fmt::format("Its next seqno was {}", region.next_seqno.value));
  error.note("Set gtmgbldir to the instance's global directory, or put the region's files back");
  return error.note(
      fmt::format("MUPIP REPLICATE -EDITINSTANCE -FORGETREGION={} says that it is gone by intent", region.name));
}

Error earlier(const RegionReach& now, const RegionReach& reached) {
  Error error = make_error<MsgId::HWEARLIER>(now.name, now.next_seqno.value, reached.next_seqno.value);
  error.note(fmt::format("Its journal ends in generation {} at {}, and had reached {} at {}", now.generation,
                         now.offset, reached.generation, reached.offset));
  error.note("With the newest files of the region back, run the command again");
  return error.note(fmt::format("MUPIP JOURNAL -ROLLBACK -BACKWARD -RESYNC={} takes the others back to where it is",
                                now.next_seqno.value));
}

Result<RegionHere> look_at_rest(const std::string& database, const Region& definition) {
  HW_TRY(const auto access, RegionAccess::take(database, &definition));
  HW_TRY_VOID(access->region().open_environment(Environment::Mode::LiveReader));
  RegionHere here = region_here(access->region());
  here.at_rest = access->state().clean;
  return here;
}

}  // namespace

RegionHere region_here(const OpenRegion& region) {
  const RegionHeader& header = region.header;
  RegionHere here;
  here.now = {region.definition.name, header.database_id, header.reg_seqno, header.generation, header.offset};
  here.replicates = header.replicated && header.journal_state == JournalState::On;
  return here;
}

std::vector<RegionHere> regions_at_rest(const GlobalDirectory& directory) {
  std::vector<RegionHere> here;
  for (const Region& region : directory.regions()) {
    const std::string database = directory.database_path(region);
    if (!file_exists(database)) continue;
    auto found = look_at_rest(database, region);
    if (found.has_value()) here.push_back(std::move(*found));
  }
  return here;
}

Status require_moments(const RegionList& reached, std::span<const RegionHere> here, std::optional<Seqno> to,
                       const std::string& instance_path) {
  for (const RegionReach& region : reached) {
    const RegionHere* const found = find(here, region);
    if (found == nullptr) return strayed(region, instance_path);
    if (!found->replicates || !is_earlier(found->now, region)) continue;
    if (!to || *to > found->now.next_seqno) return earlier(found->now, region);
  }
  return {};
}

Status require_moment(const RegionList& reached, const RegionReach& now) {
  const auto ahead = std::ranges::find_if(reached, [&](const RegionReach& one) { return is_earlier(now, one); });
  return ahead == reached.end() ? Status() : earlier(now, *ahead);
}

RegionList members(std::span<const RegionHere> here) {
  RegionList list;
  for (const RegionHere& region : here)
    if (region.replicates) list.push_back(region.now);
  return list;
}

RegionList reached_now(RegionList members, std::span<const RegionHere> here) {
  for (RegionReach& member : members) {
    const auto same = std::ranges::find_if(here, [&](const auto& one) {
      return one.at_rest && one.replicates && one.now.database_id == member.database_id;
    });
    if (same != here.end()) member = same->now;
  }
  return members;
}

}  // namespace hw
