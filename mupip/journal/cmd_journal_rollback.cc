// journal -rollback [-backward] "*": databases, journals and instance file at one common seqno, after a crash or
// because the primary took another way.
#include <cerrno>
#include <chrono>
#include <ostream>

#include "mupip/commands.h"
#include "mupip/database/pool_rundown.h"
#include "mupip/database/region_list.h"
#include "mupip/file_argument.h"
#include "mupip/journal/journal_report.h"
#include "mupip/journal/journal_rollback.h"
#include "mupip/journal/show_files.h"
#include "replic/instance/instance.h"
#include "replic/instance/rollback_offline.h"
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
  HW_TRY(request.tls, parse_tls(command));
  request.options.asks_primary = request.port.has_value();
  request.options.lost_path = file_of(command, "LOSTTRANS");
  request.options.broken_path = file_of(command, "BROKENTRANS");
  request.options.write_lost = !command.negated("LOSTTRANS");
  request.options.write_broken = !command.negated("BROKENTRANS");
  request.options.layout = extract_layout_from_environment();
  if (fences_of(command) != Fences::Process)
    return value_error("MUPIP JOURNAL -ROLLBACK only supports -FENCES=PROCESS");
  // They are said to do nothing, and refused when they are no times.
  for (const std::string_view name : {"BEFORE", "SINCE"})
    if (const auto time = time_of(command, name); !time.has_value()) return time.error();
  return request;
}

/// `told`: as of roll_back_online.
Status roll_back(const RollbackRequest& request, const std::string& instance_path, bool& told, Console& console) {
  const RollbackOptions& options = request.options;
  HW_TRY(InstanceFile instance, InstanceFile::open(instance_path));
  HW_TRY(const GlobalDirectory directory, GlobalDirectory::load_from_environment());
  RollbackWatch watch;
  watch.wrote = [&](std::string_view kind, const LostFile& file) { say_file(console, kind, file, false, told); };
  HW_TRY(const auto site, OfflineSite::take(instance, directory, request.resync, options, watch));
  HW_TRY(const std::optional<Seqno> to, rollback_target(request, instance, site->next_seqno(), console));
  HW_TRY_VOID(site->check(instance, to));
  say_phase(console, "Backward processing started");
  const bool goes_back = to && *to <= site->next_seqno();
  if (goes_back) console.err << make_line<MsgId::RESOLVESEQNO>(to->value, to->value) << '\n';

  const bool missed = options.lost_path.has_value() && site->cut().transactions == 0;  // Else it is there.
  watch.wrote = [&](std::string_view kind, const LostFile& file) { say_file(console, kind, file, missed, told); };
  watch.undoing = undo_progress(console);
  watch.before = [&](RollbackStep step) -> Status {
    if (step == RollbackStep::CutHistory) say_phase(console, "Forward processing started");
    return {};
  };
  HW_TRY(const RolledBack done, roll_back_instance(*site, instance, goes_back ? to : std::nullopt, options, watch));
  if (done.history_gap) console.err << done.history_gap->render();
  console.err << make_line<MsgId::RLBKJNSEQ>(done.next_seqno.value, done.next_seqno.value) << '\n';
  if (options.broken_path && !site->found_broken())
    console.err << make_line<MsgId::FILENOTCREATE>(kBrokenExtract, *options.broken_path) << '\n';
  return {};
}

/// What the journals hold before anything is taken back.
Status show_before(const ParsedCommand& command, Console& console) {
  Request all;
  HW_TRY(const auto regions, find_files(all, console));
  return show_files(what_to_show(command.keywords("SHOW")), all, regions, console);
}

Error missing_instance_file(const std::string& path) {
  return make_error<MsgId::DBFILERR>(path).because(
      rename_error<MsgId::FTOKERR>(system_error("ftok()", path, ENOENT), path));
}

/// The status of what went wrong, not of the line after it, where a script has to tell the cases apart.
int failed(const Error& cause, const RollbackRequest& request, bool told, Console& console) {
  console.err << cause.render();
  if (request.port && request.options.lost_path && !told)
    console.err << make_line<MsgId::FILENOTCREATE>(kLostExtract, *request.options.lost_path) << '\n';
  const Error last = make_error<MsgId::MUNOACTION>().counts(cause);
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
  HW_TRY(const FetchedResync fetched,
         fetch_resync(instance, next, *request.port, request.tls, [&](std::string_view line) {
           console.out << line << '\n' << std::flush;
         }));
  return std::optional(fetched.seqno);
}

void say_file(Console& console, std::string_view kind, const LostFile& file, bool missed, bool& told) {
  if (kind == kLostExtract && (file.transactions > 0 || missed)) told = true;
  if (!file.renamed_to.empty()) console.err << make_line<MsgId::FILERENAME>(file.path, file.renamed_to) << '\n';
  if (file.transactions > 0)
    console.err << make_line<MsgId::FILECREATE>(kind, file.path) << '\n';
  else if (missed)
    console.err << make_line<MsgId::FILENOTCREATE>(kind, file.path) << '\n';
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
  // -online has no meaning for an instance that is down.
  const bool online = command.has("ONLINE") && find_pool(*path).has_value();
  if (!online) {
    HW_TRY(const bool down, run_down_pool(console));
    if (!down) return make_error<MsgId::MUNOACTION>();
  }
  bool told = false;
  Status status = command.has("SHOW") ? show_before(command, console) : Status();
  if (status.has_value())
    status = online ? roll_back_online(request, *path, told, console) : roll_back(request, *path, told, console);
  if (!status.has_value()) return failed(status.error(), request, told, console);
  // -extract is said to do nothing: a rollback brings nothing forward again.
  if (const auto extract = command.text("EXTRACT"))
    console.err << make_line<MsgId::FILENOTCREATE>(kExtractFile, *extract) << '\n';
  say_success(console, "Show");
  if (!command.negated("VERIFY")) say_success(console, "Verify");
  say_success(console, "Rollback");
  say_phase(console, "End processing");
  return 0;
}

}  // namespace hw::mupip
