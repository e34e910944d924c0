// journal -rollback [-backward] "*": databases, journals and instance file at one common seqno, after a crash or
// because the primary took another way.
#include <algorithm>
#include <cerrno>
#include <ostream>

#include "engine/checkpoint.h"
#include "engine/lost_file.h"
#include "engine/region_access.h"
#include "engine/rollback.h"
#include "mupip/commands.h"
#include "mupip/journal_report.h"
#include "mupip/pool_rundown.h"
#include "mupip/region_list.h"
#include "replic/fetch_resync.h"
#include "replic/instance.h"

namespace hw::mupip {
namespace {

struct Request {
  std::optional<Seqno> resync;
  std::optional<std::uint16_t> port;       ///< -fetchresync
  std::optional<std::string> lost_path;    ///< -losttrans
  std::optional<std::string> broken_path;  ///< -brokentrans
  bool write_lost = true;
};

Result<Request> read_request(const ParsedCommand& command) {
  Request request;
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
  return request;
}

/// The instance's replicating regions, alone and clean.
struct Site {
  std::vector<std::unique_ptr<RegionAccess>> taken;
  std::vector<OpenRegion*> regions;
  Seqno next{1};  ///< highest of the regions
};

Result<Site> bring_together(const GlobalDirectory& directory) {
  Site site;
  HW_TRY(site.taken, take_all(directory));
  std::vector<RegionAccess*> all;
  for (const auto& access : site.taken) {
    HW_TRY_VOID(access->require_alone());
    all.push_back(access.get());
  }
  HW_TRY_VOID(make_clean(all, RegionSet::Whole));
  for (RegionAccess* access : all) {
    OpenRegion& region = access->region();
    if (!region.header.replicated) continue;
    site.regions.push_back(&region);
    site.next = std::max(site.next, region.header.reg_seqno);
  }
  if (site.regions.empty())
    return make_error<MsgId::REPLSTATEOFF>(directory.database_path(directory.regions().front()));
  return site;
}

/// `<journal of the first region without .mjl>.lost`, as GT.M names it.
std::string default_lost_path(const Site& site) {
  std::string path = site.regions.front()->header.journal_path;
  constexpr std::string_view kSuffix = ".mjl";
  if (path.ends_with(kSuffix)) path.resize(path.size() - kSuffix.size());
  return path + ".lost";
}

void report_lost(const Request& request, const LostFile& file, const std::string& path, Console& console) {
  if (!file.renamed_to.empty()) console.err << make_line<MsgId::FILERENAME>(path, file.renamed_to) << '\n';
  if (file.transactions > 0)
    console.err << make_line<MsgId::FILECREATE>("Lost transactions extract", path) << '\n';
  else if (request.lost_path)
    console.err << make_line<MsgId::FILENOTCREATE>("Lost transactions extract", path) << '\n';
}

/// What this primary's updates from `from` on are measured against until the lost transactions are complete.
Status mark_divergence(const Site& site, Seqno from) {
  for (OpenRegion* region : site.regions) {
    RegionHeader& header = region->header;
    if (header.zqgblmod_seqno.value != 0 && header.zqgblmod_seqno <= from) continue;
    header.zqgblmod_seqno = from;
    header.zqgblmod_tn = region->environment.last_tn().value + header.tn_base + 1;
    HW_TRY_VOID(region->write_header());
    HW_TRY_VOID(region->environment.sync());
    HW_TRY_VOID(write_image_header(region->path, header));
  }
  return {};
}

/// Whether the instance generated its newest updates itself, as a root that has not been anybody's secondary since, in
/// whatever role it was started meanwhile.
bool ends_as_root(const InstanceFile& instance) {
  const InstanceHeader& header = instance.header();
  if (instance.is_dual_site()) return header.root_primary;  // Without history its role says it.
  return (header.root_primary || header.lost_transactions) && !instance.history().empty() &&
         instance.history().last().root_name == header.name;
}

/// Steps 2 to 4 of the command: everything from `to` on goes out of `site`.
Status take_out(const Request& request, Site& site, Seqno to, InstanceFile& instance, Console& console) {
  const bool was_primary = request.port && ends_as_root(instance);
  const std::string path = request.lost_path.value_or(default_lost_path(site));
  if (request.write_lost) {
    const std::string heading =
        fmt::format("ROLLBACK {} {}", was_primary ? "PRIMARY" : "SECONDARY", instance.header().name);
    HW_TRY(const LostFile file, write_lost_file(site.regions, to, path, heading, extract_layout_from_environment()));
    report_lost(request, file, path, console);
  }
  // From here on a start is refused until this, or another rollback, has come to its end.
  HW_TRY_VOID(instance.update_header([](InstanceHeader& header) { header.crash = true; }));
  HW_TRY_VOID(roll_back_regions(site.regions, to));
  site.next = std::min(site.next, to);
  if (!was_primary) return {};
  HW_TRY_VOID(mark_divergence(site, to));
  return instance.update_header([](InstanceHeader& header) { header.lost_transactions = true; });
}

/// The history first: with the crash mark still set, a rollback that is broken off here is asked for again.
Status settle_instance(InstanceFile& instance, Seqno next, Console& console) {
  const bool had_history = !instance.history().empty();
  HW_TRY_VOID(instance.cut_history(next));
  HW_TRY_VOID(instance.update_header([&](InstanceHeader& header) {
    header.seqno = next;
    header.crash = false;
    header.jnlpool_shmid = header.recvpool_shmid = kNoSharedMemory;
    header.jnlpool_boot_id.clear();
    header.recvpool_boot_id.clear();
  }));
  if (had_history && next.value > 1 && instance.history().covering(Seqno{next.value - 1}) == nullptr)
    console.err << instance.no_history(Seqno{next.value - 1}).as(Severity::Warning).render();
  return {};
}

/// A file that was closed in order knows the databases' seqno; where it is behind them, it is of an earlier moment, and
/// its history must not be guessed from. One that is ahead of them is what a rollback mends.
Status check_moment(const InstanceFile& instance, Seqno databases) {
  const InstanceHeader& header = instance.header();
  if (header.crash || instance.history().empty() || header.seqno >= databases) return {};
  return make_error<MsgId::REPLINSTDBMATCH>(instance.path(), header.seqno.value, databases.value);
}

Status roll_back(const Request& request, const std::string& instance_path, Console& console) {
  HW_TRY(InstanceFile instance, InstanceFile::open(instance_path));
  HW_TRY(const GlobalDirectory directory, GlobalDirectory::load_from_environment());
  HW_TRY(Site site, bring_together(directory));
  HW_TRY_VOID(check_moment(instance, site.next));
  std::optional<Seqno> to = request.resync;
  if (request.port) {
    say_phase(console, "FETCHRESYNC processing started");
    HW_TRY(const FetchedResync fetched, fetch_resync(instance, site.next, *request.port, [&](std::string_view line) {
             console.out << line << '\n' << std::flush;
           }));
    to = fetched.seqno;
  }
  say_phase(console, "Backward processing started");
  if (to && *to <= site.next) {
    console.err << make_line<MsgId::RESOLVESEQNO>(to->value, to->value) << '\n';
    HW_TRY_VOID(take_out(request, site, *to, instance, console));
  }
  say_phase(console, "Forward processing started");
  HW_TRY_VOID(settle_instance(instance, site.next, console));
  console.err << make_line<MsgId::RLBKJNSEQ>(site.next.value, site.next.value) << '\n';
  if (request.broken_path)
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
int failed(const Error& cause, const Request& request, Console& console) {
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

Result<int> run_journal_rollback(const ParsedCommand& command, Console& console) {
  HW_TRY(const std::string files, ask_parameter(command, 0, console.in, console.out));
  if (command.has("FORWARD") || command.has("ONLINE"))
    return make_error<MsgId::CLIERR>("Only -ROLLBACK -BACKWARD without -ONLINE is available");
  if (files != "*") return value_error(make_error<MsgId::NOSTARFILE>("ROLLBACK -BACKWARD"));
  HW_TRY(const Request request, read_request(command));
  const auto path = instance_path_from_environment();
  if (!path.has_value()) return no_action(path.error());
  if (!file_exists(*path)) return no_action(missing_instance_file(*path));
  say_phase(console, "Initial processing started");
  if (!run_down_pool(console)) return make_error<MsgId::MUNOACTION>();
  if (const Status status = roll_back(request, *path, console); !status.has_value())
    return failed(status.error(), request, console);
  for (const std::string_view step : {"Show", "Verify", "Rollback"}) say_success(console, step);
  say_phase(console, "End processing");
  return 0;
}

}  // namespace hw::mupip
