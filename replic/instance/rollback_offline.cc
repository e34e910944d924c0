#include "replic/instance/rollback_offline.h"

#include <algorithm>

#include "engine/recovery/rollback.h"
#include "engine/recovery/seqno_gap.h"
#include "engine/region/copy_check.h"
#include "replic/instance/instance.h"
#include "replic/instance/lost_transactions.h"
#include "replic/instance/region_moments.h"

namespace hw {
namespace {

/// The databases are all that the instance has. Part of them could be rolled back, but would not be at one moment with
/// the rest.
template <typename Regions, typename Path>
Status require_all_regions(const InstanceFile& instance, const Regions& regions, const Path& path_of) {
  const std::uint32_t known = instance.header().regions;
  if (regions.size() >= known) return {};
  Error error = make_error<MsgId::HWREGIONSMISSED>(instance.path(), known, regions.size());
  for (const auto& region : regions) error.note(fmt::format("{} is here", path_of(*region)));
  return error;
}

/// A file that was closed in order knows the databases' seqno. Where its own is lower it is of an earlier moment, and
/// its history must not be guessed from; where it is ahead, a database is not here or is an earlier one. A rollback to
/// a seqno that both have passed ends that.
Status check_moment(const InstanceFile& instance, Seqno databases, std::optional<Seqno> to) {
  const InstanceHeader& header = instance.header();
  if (header.crash || instance.history().empty() || header.seqno == databases) return {};
  const Seqno common = std::min(header.seqno, databases);
  if (to && *to <= common) return {};
  Error error = make_error<MsgId::REPLINSTDBMATCH>(instance.path(), header.seqno.value, databases.value);
  return error.note(fmt::format("-RESYNC={} takes out what only one of the two has", common.value));
}

}  // namespace

Result<std::unique_ptr<OfflineSite>> OfflineSite::take(const InstanceFile& instance, const GlobalDirectory& directory,
                                                       std::optional<Seqno> resync, const RollbackOptions& options,
                                                       const RollbackWatch& watch) {
  std::unique_ptr<OfflineSite> site(new OfflineSite);
  HW_TRY(site->taken_, take_all(directory));
  HW_TRY_VOID(require_all_regions(instance, site->taken_, [](const RegionAccess& access) { return access.path(); }));
  HW_TRY_VOID(site->recover(instance, resync, options, watch));
  for (const auto& access : site->taken_) {
    OpenRegion& region = access->region();
    HW_TRY_VOID(refuse_copy(region.path, region.header));
    if (!region.header.replicated) continue;
    site->regions_.push_back(&region);
    site->next_seqno_ = std::max(site->next_seqno_, region.header.reg_seqno);
  }
  if (site->regions_.empty())
    return make_error<MsgId::REPLSTATEOFF>(directory.database_path(directory.regions().front()));
  HW_TRY_VOID(require_all_regions(instance, site->regions_, [](const OpenRegion& region) { return region.path; }));
  return site;
}

Status OfflineSite::recover(const InstanceFile& instance, std::optional<Seqno> resync, const RollbackOptions& options,
                            const RollbackWatch& watch) {
  std::vector<RegionAccess*> all;
  for (const auto& access : taken_) {
    HW_TRY_VOID(access->require_alone());
    all.push_back(access.get());
  }
  // What a crash has left of transactions, and what came after those, is written down before it goes.
  const auto keep = [&](std::span<OpenRegion* const> regions, std::span<const RegionRecovery> ends,
                        Seqno cut) -> Status {
    const std::string broken = options.broken_path.value_or(path_beside_journal(regions, ".broken"));
    const std::string lost = options.lost_path.value_or(path_beside_journal(regions, ".lost"));
    HW_TRY(const CutFiles files,
           write_cut_files(regions, ends, cut, options.write_broken ? broken : "", options.write_lost ? lost : "",
                           lost_heading(instance, options), options.layout));
    if (watch.wrote) watch.wrote(kBrokenExtract, files.broken);
    if (watch.wrote) watch.wrote(kLostExtract, files.lost);
    found_broken_ = files.broken.transactions > 0;
    cut_ = files.lost;
    return {};
  };
  return make_clean(all, RegionSet::Whole, keep, resync.value_or(kNoSeqnoAsked));
}

std::vector<RegionHere> OfflineSite::here() const {
  std::vector<RegionHere> all;
  for (const auto& access : taken_) all.push_back(region_here(access->region()));
  return all;
}

Status OfflineSite::check(InstanceFile& instance, std::optional<Seqno> to) {
  HW_TRY_VOID(check_moment(instance, next_seqno_, to));
  HW_TRY_VOID(require_all_parts(regions_, std::min(to.value_or(next_seqno_), next_seqno_)));
  // A file that is not at the end of its journal has been named: that can be mended in other ways.
  HW_TRY(const RegionList reached, instance.region_list());
  HW_TRY_VOID(require_moments(reached, here(), to, instance.path()));
  checked_ = true;
  return {};
}

bool OfflineSite::is_held() const {
  return std::ranges::all_of(taken_, [](const auto& access) { return access->is_alone() && access->state().clean; });
}

Status OfflineSite::undo(Seqno to, const UndoProgress& progress) {
  HW_CHECK(checked_);
  HW_CHECK(is_held());
  return roll_back_regions(regions_, to, Attached::Nobody, progress);
}

Status OfflineSite::mark_divergence(Seqno from) {
  HW_CHECK(is_held());
  return mark_closed_divergence(regions_, from);
}

Status OfflineSite::lower_marks(Seqno next) {
  HW_CHECK(is_held());
  return lower_closed_marks(regions_, next);
}

/// The file counts as that of an instance that was shut down.
Status OfflineSite::settle(InstanceFile& instance, Seqno next_seqno) {
  HW_CHECK(checked_);
  HW_CHECK(is_held());
  HW_TRY_VOID(drop_left_pool(instance));
  // It has dropped the list before it began; the next start knows again which regions there are.
  return instance.update_header([&](InstanceHeader& header) { mark_shut_down(header, next_seqno); });
}

}  // namespace hw
