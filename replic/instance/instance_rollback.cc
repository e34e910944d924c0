#include "replic/instance/instance_rollback.h"

#include <algorithm>

namespace hw {
namespace {

/// Where the file is not wanted the journals are only read: damage is found before anything is changed.
Status write_lost(const RollbackSite& site, const InstanceFile& instance, Seqno to, const RollbackOptions& options,
                  const RollbackWatch& watch) {
  if (!options.write_lost) return check_journals(site.regions(), to);
  const std::string path = options.lost_path.value_or(path_beside_journal(site.regions(), ".lost"));
  HW_TRY(const LostFile file,
         write_lost_file(site.regions(), to, path, lost_heading(instance, options), options.layout, site.cut()));
  if (watch.wrote) watch.wrote(kLostExtract, file);
  return {};
}

/// No region has a transaction from `to` on, in its journal or in its data.
bool all_went_back(const RollbackSite& site, Seqno to) {
  return std::ranges::all_of(site.regions(), [&](const OpenRegion* region) {
    return region->header.journal_state != JournalState::On || region->header.reg_seqno <= to;
  });
}

bool all_say_divergence(const RollbackSite& site, Seqno from) {
  return std::ranges::all_of(site.regions(), [&](const OpenRegion* region) {
    const Seqno since = region->header.zqgblmod_seqno;
    return since != Seqno{0} && since <= from;
  });
}

bool no_mark_is_above(const RollbackSite& site, Seqno next) {
  return std::ranges::all_of(site.regions(),
                             [&](const OpenRegion* region) { return region->header.zqgblmod_seqno <= next; });
}

/// Steps 1 to 4.
Status take_out(RollbackSite& site, InstanceFile& instance, Seqno to, const RollbackOptions& options,
                const RollbackWatch& watch) {
  const bool former_root = is_former_root(instance, options);
  HW_TRY_VOID(watch.begin(RollbackStep::WriteLost));
  HW_TRY_VOID(write_lost(site, instance, to, options, watch));

  HW_TRY_VOID(watch.begin(RollbackStep::MarkInstance));
  HW_TRY_VOID(instance.update_header([](InstanceHeader& header) {
    header.crash = true;
    header.forget_regions();
  }));

  HW_CHECK(instance.header().crash);
  HW_TRY_VOID(watch.begin(RollbackStep::UndoRegions));
  HW_TRY_VOID(site.undo(to, watch.undoing));
  HW_CHECK(all_went_back(site, to));

  if (!former_root) return {};
  HW_TRY_VOID(watch.begin(RollbackStep::MarkDivergence));
  HW_TRY_VOID(site.mark_divergence(to));
  HW_CHECK(all_say_divergence(site, to));
  return instance.update_header([&](InstanceHeader& header) {
    header.lost_transactions = true;
    header.zqgblmod_seqno = lower_mark(header.zqgblmod_seqno, to);
  });
}

/// Whether the file knows of anything above `next`: a record may begin right there, before the first update of its
/// reign.
bool reaches_above(const InstanceFile& instance, Seqno next) {
  const auto& records = instance.history().records();
  return (!records.empty() && records.back().start > next) ||
         std::ranges::any_of(instance.slots(), [&](const InstanceSlot& slot) {
           return slot.used() && (slot.send_next > next || slot.acked_next > next);
         });
}

/// When nothing went out, a record that begins at `next` stays: a secondary that was made from a copy and has processed
/// no update yet has no other, and without it its receiver server finds no place to go on from.
Status cut_history(InstanceFile& instance, Seqno next, bool taken_out) {
  if (taken_out || reaches_above(instance, next)) HW_TRY_VOID(instance.cut_history(next));
  if (instance.header().zqgblmod_seqno > next)
    HW_TRY_VOID(instance.update_header([&](InstanceHeader& header) { header.zqgblmod_seqno = next; }));
  HW_CHECK(!reaches_above(instance, next));
  return {};
}

std::optional<Error> history_gap(const InstanceFile& instance, bool had_history, Seqno next) {
  const History& history = instance.history();
  if (!had_history || next.value <= 1) return std::nullopt;
  if (!history.empty() && history.last().start == next) return std::nullopt;
  const Seqno last{next.value - 1};
  if (history.covering(last) != nullptr) return std::nullopt;
  Error gap = instance.no_history(last);
  return std::move(gap.as(Severity::Warning));
}

bool ends_as_root(const InstanceFile& instance) {
  const InstanceHeader& header = instance.header();
  if (instance.is_dual_site()) return header.root_primary;  // Without history its role says it.
  return (header.root_primary || header.lost_transactions) && !instance.history().empty() &&
         instance.history().last().root_name == header.name;
}

}  // namespace

bool is_former_root(const InstanceFile& instance, const RollbackOptions& options) {
  return options.asks_primary && ends_as_root(instance);
}

std::string path_beside_journal(std::span<OpenRegion* const> regions, std::string_view suffix) {
  HW_CHECK(!regions.empty());
  const auto first = std::ranges::min_element(regions, {}, [](const OpenRegion* region) { return region->path; });
  std::string path = (*first)->header.journal_path;
  constexpr std::string_view kSuffix = ".mjl";
  if (path.ends_with(kSuffix)) path.resize(path.size() - kSuffix.size());
  return path.append(suffix);
}

std::string lost_heading(const InstanceFile& instance, const RollbackOptions& options) {
  return fmt::format("ROLLBACK {} {}", is_former_root(instance, options) ? "PRIMARY" : "SECONDARY",
                     instance.header().name);
}

Result<RolledBack> roll_back_instance(RollbackSite& site, InstanceFile& instance, std::optional<Seqno> to,
                                      const RollbackOptions& options, const RollbackWatch& watch) {
  HW_CHECK(!site.regions().empty());
  HW_CHECK(!to || *to <= site.next_seqno());
  const Seqno next = to.value_or(site.next_seqno());
  const bool taken_out = next < site.next_seqno();
  const bool had_history = !instance.history().empty();
  if (to) HW_TRY_VOID(take_out(site, instance, *to, options, watch));

  HW_TRY_VOID(watch.begin(RollbackStep::CutHistory));
  HW_CHECK(all_went_back(site, next));
  HW_TRY_VOID(site.lower_marks(next));
  HW_CHECK(no_mark_is_above(site, next));
  HW_TRY_VOID(cut_history(instance, next, taken_out));

  HW_TRY_VOID(watch.begin(RollbackStep::Settle));
  HW_TRY_VOID(site.settle(instance, next));
  return RolledBack{next, history_gap(instance, had_history, next)};
}

}  // namespace hw
