// journal -rollback [-backward] "*": databases, journals and instance file at one common seqno, after a crash or
// because the primary took another way.
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <ostream>

#include "engine/integ/region_look.h"
#include "engine/journal_tools/lost_file.h"
#include "engine/recovery/region_access.h"
#include "engine/recovery/rollback.h"
#include "engine/recovery/seqno_gap.h"
#include "engine/region/copy_check.h"
#include "mupip/commands.h"
#include "mupip/database/pool_rundown.h"
#include "mupip/database/region_list.h"
#include "mupip/journal/journal_report.h"
#include "mupip/journal/journal_rollback.h"
#include "replic/instance/instance.h"
#include "replic/receiver/fetch_resync.h"

namespace hw::mupip {
namespace {

Result<RollbackRequest> read_request(const ParsedCommand& command) {
  RollbackRequest request;
  if (const auto seqno = command.number("RESYNC")) {
    if (*seqno == 0) return value_error(make_error<MsgId::NOTPOSITIVE>("RESYNC"));
    request.resync = Seqno{*seqno};
  }
  if (const auto port = command.number("FETCHRESYNC")) {
    if (*port == 0 || *port > 65535)
      return value_error(make_error<MsgId::CLIERR>(fmt::format("Port {} is not between 1 and 65535", *port)));
    request.port = static_cast<std::uint16_t>(*port);
  }
  request.lost_path = command.text("LOSTTRANS");
  request.broken_path = command.text("BROKENTRANS");
  request.write_lost = !command.negated("LOSTTRANS");
  request.write_broken = !command.negated("BROKENTRANS");
  return request;
}

/// The instance's replicating regions, alone and clean.
struct Site {
  std::vector<std::unique_ptr<RegionAccess>> taken;
  std::vector<OpenRegion*> regions;
  Seqno next{1};        ///< highest of the regions
  bool broken = false;  ///< broken transactions were found, and written down if that is wanted
  LostFile cut;         ///< what came behind those, in the file of lost transactions
};

/// `<journal of the first region without .mjl><suffix>`, as GT.M names it.
std::string default_path(std::span<OpenRegion* const> regions, std::string_view suffix) {
  const auto first = std::ranges::min_element(regions, {}, [](const OpenRegion* region) { return region->path; });
  std::string path = (*first)->header.journal_path;
  constexpr std::string_view kSuffix = ".mjl";
  if (path.ends_with(kSuffix)) path.resize(path.size() - kSuffix.size());
  return path.append(suffix);
}

/// `asked`: its name was given, so that it is missed when there is nothing to write.
void report_file(std::string_view kind, const LostFile& file, const std::string& path, bool asked, Console& console) {
  if (!file.renamed_to.empty()) console.err << make_line<MsgId::FILERENAME>(path, file.renamed_to) << '\n';
  if (file.transactions > 0)
    console.err << make_line<MsgId::FILECREATE>(kind, path) << '\n';
  else if (asked)
    console.err << make_line<MsgId::FILENOTCREATE>(kind, path) << '\n';
}

std::string lost_heading(const RollbackRequest& request, const InstanceFile& instance) {
  const bool was_primary = request.port && ends_as_root(instance);
  return fmt::format("ROLLBACK {} {}", was_primary ? "PRIMARY" : "SECONDARY", instance.header().name);
}

/// What a crash has left of transactions, and what came after those, is written down before it goes.
Status keep_cut(const RollbackRequest& request, const InstanceFile& instance, std::span<OpenRegion* const> regions,
                std::span<const RegionRecovery> ends, Seqno cut, Site& site, Console& console) {
  const std::string broken = request.broken_path.value_or(default_path(regions, ".broken"));
  const std::string lost = request.lost_path.value_or(default_path(regions, ".lost"));
  HW_TRY(const CutFiles files,
         write_cut_files(regions, ends, cut, request.write_broken ? broken : "", request.write_lost ? lost : "",
                         lost_heading(request, instance), extract_layout_from_environment()));
  report_file("Broken transactions extract", files.broken, broken, false, console);
  report_file("Lost transactions extract", files.lost, lost, false, console);
  site.broken = files.broken.transactions > 0;
  site.cut = files.lost;
  return {};
}

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

Result<Site> bring_together(const RollbackRequest& request, const InstanceFile& instance,
                            const GlobalDirectory& directory, Console& console) {
  Site site;
  HW_TRY(site.taken, take_all(directory));
  HW_TRY_VOID(require_all_regions(instance, site.taken, [](const RegionAccess& access) { return access.path(); }));
  std::vector<RegionAccess*> all;
  for (const auto& access : site.taken) {
    HW_TRY_VOID(access->require_alone());
    all.push_back(access.get());
  }
  const auto keep = [&](auto regions, auto ends, Seqno cut) {
    return keep_cut(request, instance, regions, ends, cut, site, console);
  };
  HW_TRY_VOID(make_clean(all, RegionSet::Whole, keep, request.resync.value_or(kNoSeqnoAsked)));
  for (RegionAccess* access : all) {
    OpenRegion& region = access->region();
    HW_TRY_VOID(refuse_copy(region.path, region.header));
    if (!region.header.replicated) continue;
    site.regions.push_back(&region);
    site.next = std::max(site.next, region.header.reg_seqno);
  }
  if (site.regions.empty())
    return make_error<MsgId::REPLSTATEOFF>(directory.database_path(directory.regions().front()));
  HW_TRY_VOID(require_all_regions(instance, site.regions, [](const OpenRegion& region) { return region.path; }));
  return site;
}

/// What this primary's updates from `from` on are measured against until the lost transactions are complete.
Status mark_divergence(const Site& site, Seqno from) {
  for (OpenRegion* region : site.regions) {
    RegionHeader& header = region->header;
    if (header.zqgblmod_seqno.value != 0 && header.zqgblmod_seqno <= from) continue;
    header.zqgblmod_seqno = from;
    header.zqgblmod_tn = region->environment.last_tn().value + header.tn_base + 1;
    HW_TRY_VOID(store_closed_header(*region));
  }
  return {};
}

/// Steps 2 to 4 of the command: everything from `to` on goes out of `site`.
Status take_out(const RollbackRequest& request, Site& site, Seqno to, InstanceFile& instance, Console& console) {
  const bool was_primary = request.port && ends_as_root(instance);
  HW_TRY_VOID(write_lost_transactions(request, site.regions, to, instance, site.cut, console));
  // From here on a start is refused until this, or another rollback, has come to its end.
  HW_TRY_VOID(instance.update_header([](InstanceHeader& header) { header.crash = true; }));
  HW_TRY_VOID(roll_back_regions(site.regions, to, Attached::Nobody, undo_progress(console)));
  site.next = std::min(site.next, to);
  if (!was_primary) return {};
  HW_TRY_VOID(mark_divergence(site, to));
  return instance.update_header([](InstanceHeader& header) { header.lost_transactions = true; });
}

/// Whether the file knows of anything above `next`: a record may begin right there, before the first update of its
/// reign.
bool reaches_above(const InstanceFile& instance, Seqno next) {
  const auto& records = instance.history().records();
  const auto& slots = instance.slots();
  return (!records.empty() && records.back().start > next) ||
         std::any_of(slots.begin(), slots.end(), [&](const InstanceSlot& slot) {
           return slot.used() && (slot.send_next > next || slot.acked_next > next);
         });
}

/// The history first: with the crash mark still set, a rollback that is broken off here is asked for again. When
/// nothing went out, a record that begins at `next` stays: a secondary that was made from a copy and has processed no
/// update yet has no other, and without it its receiver server finds no place to go on from.
Status settle_instance(InstanceFile& instance, Seqno next, bool taken_out, Console& console) {
  const bool had_history = !instance.history().empty();
  if (taken_out || reaches_above(instance, next)) HW_TRY_VOID(instance.cut_history(next));
  HW_TRY_VOID(instance.update_header([&](InstanceHeader& header) {
    header.seqno = next;
    header.crash = false;
    header.jnlpool_shmid = header.recvpool_shmid = kNoSharedMemory;
    header.jnlpool_boot_id.clear();
    header.recvpool_boot_id.clear();
  }));
  warn_of_history(instance, had_history, next, console);
  return {};
}

/// A file that was closed in order knows the databases' seqno. Where it is behind them it is of an earlier moment, and
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

Status roll_back(const RollbackRequest& request, const std::string& instance_path, Console& console) {
  HW_TRY(InstanceFile instance, InstanceFile::open(instance_path));
  HW_TRY(const GlobalDirectory directory, GlobalDirectory::load_from_environment());
  HW_TRY(Site site, bring_together(request, instance, directory, console));
  HW_TRY(const std::optional<Seqno> to, rollback_target(request, instance, site.next, console));
  HW_TRY_VOID(check_moment(instance, site.next, to));
  HW_TRY_VOID(require_all_parts(site.regions, to ? std::min(*to, site.next) : site.next));
  say_phase(console, "Backward processing started");
  const bool taken_out = to && *to < site.next;
  if (to && *to <= site.next) {
    console.err << make_line<MsgId::RESOLVESEQNO>(to->value, to->value) << '\n';
    HW_TRY_VOID(take_out(request, site, *to, instance, console));
  }
  say_phase(console, "Forward processing started");
  HW_TRY_VOID(settle_instance(instance, site.next, taken_out, console));
  console.err << make_line<MsgId::RLBKJNSEQ>(site.next.value, site.next.value) << '\n';
  if (request.broken_path && !site.broken)
    console.err << make_line<MsgId::FILENOTCREATE>("Broken transactions extract", *request.broken_path) << '\n';
  return {};
}

Error missing_instance_file(const std::string& path) {
  errno = ENOENT;
  const Error reason = rename_error<MsgId::FTOKERR>(system_error("ftok()", path), path);
  Error error = make_error<MsgId::DBFILERR>(path);
  std::string lines = reason.render();
  lines.pop_back();
  error.extra.push_back(std::move(lines));
  return error;
}

/// The status of what went wrong, not of the line behind it, where a script has to tell the cases apart.
int failed(const Error& cause, const RollbackRequest& request, Console& console) {
  console.err << cause.render();
  if (request.port && request.lost_path)
    console.err << make_line<MsgId::FILENOTCREATE>("Lost transactions extract", *request.lost_path) << '\n';
  const Error last = make_error<MsgId::MUNOACTION>();
  console.err << last.render();
  say_phase(console, "End processing");
  const bool about_the_primary = cause.id == MsgId::PRIMARYNOTROOT || cause.id == MsgId::REPLINSTNOHIST ||
                                 cause.id == MsgId::REPLINSTNMSAME || cause.id == MsgId::FORCEDHALT;
  return about_the_primary ? cause.status() : last.status();
}

}  // namespace

UndoProgress undo_progress(Console& console) {
  using Clock = std::chrono::steady_clock;
  static constexpr auto kPeriod = std::chrono::seconds(10);
  return [&console, due = Clock::now() + kPeriod](const OpenRegion& region, std::uint64_t transactions) mutable {
    if (Clock::now() < due) return;
    due = Clock::now() + kPeriod;
    say_phase(console, fmt::format("Region {} : {} transactions undone", region.header.name, transactions));
  };
}

Result<std::optional<Seqno>> rollback_target(const RollbackRequest& request, const InstanceFile& instance, Seqno next,
                                             Console& console) {
  if (!request.port) return request.resync;
  say_phase(console, "FETCHRESYNC processing started");
  HW_TRY(const FetchedResync fetched, fetch_resync(instance, next, *request.port, [&](std::string_view line) {
           console.out << line << '\n' << std::flush;
         }));
  return std::optional(fetched.seqno);
}

bool ends_as_root(const InstanceFile& instance) {
  const InstanceHeader& header = instance.header();
  if (instance.is_dual_site()) return header.root_primary;  // Without history its role says it.
  return (header.root_primary || header.lost_transactions) && !instance.history().empty() &&
         instance.history().last().root_name == header.name;
}

Status write_lost_transactions(const RollbackRequest& request, std::span<OpenRegion* const> regions, Seqno to,
                               const InstanceFile& instance, const LostFile& cut, Console& console) {
  if (!request.write_lost) return check_journals(regions, to);
  const std::string path = request.lost_path.value_or(default_path(regions, ".lost"));
  HW_TRY(const LostFile file,
         write_lost_file(regions, to, path, lost_heading(request, instance), extract_layout_from_environment(), cut));
  const bool missed = request.lost_path.has_value() && cut.transactions == 0;  // Else it is there.
  report_file("Lost transactions extract", file, path, missed, console);
  return {};
}

void warn_of_history(const InstanceFile& instance, bool had_history, Seqno next, Console& console) {
  const History& history = instance.history();
  if (!history.empty() && history.last().start == next) return;
  if (had_history && next.value > 1 && history.covering(Seqno{next.value - 1}) == nullptr)
    console.err << instance.no_history(Seqno{next.value - 1}).as(Severity::Warning).render();
}

Result<int> run_journal_rollback(const ParsedCommand& command, Console& console) {
  HW_TRY(const std::string files, ask_parameter(command, 0, console.in, console.out));
  if (command.has("FORWARD")) return make_error<MsgId::CLIERR>("Only -ROLLBACK -BACKWARD is available");
  if (files != "*") return value_error(make_error<MsgId::NOSTARFILE>("ROLLBACK -BACKWARD"));
  HW_TRY(const RollbackRequest request, read_request(command));
  const auto path = instance_path_from_environment();
  if (!path.has_value()) return no_action(path.error());
  if (!file_exists(*path)) return no_action(missing_instance_file(*path));
  say_phase(console, "Initial processing started");
  // Of an instance that is down -online says nothing.
  const bool online = command.has("ONLINE") && find_pool(*path).has_value();
  if (!online) {
    HW_TRY(const bool down, run_down_pool(console));
    if (!down) return make_error<MsgId::MUNOACTION>();
  }
  const Status status = online ? roll_back_online(request, *path, console) : roll_back(request, *path, console);
  if (!status.has_value()) return failed(status.error(), request, console);
  for (const std::string_view step : {"Show", "Verify", "Rollback"}) say_success(console, step);
  say_phase(console, "End processing");
  return 0;
}

}  // namespace hw::mupip
