// journal: extracts, shows, verifies and recovers journal files.
#include "engine/base/file.h"
#include "engine/journal_tools/journal_extract.h"
#include "engine/journal_tools/journal_files.h"
#include "engine/journal_tools/journal_survey.h"
#include "engine/recovery/region_access.h"
#include "mupip/commands.h"
#include "mupip/journal/journal_report.h"
#include "mupip/journal/journal_request.h"
#include "mupip/journal/show_files.h"

namespace hw::mupip {
namespace {

/// `made` becomes true once the extract is there.
Status extract(const ParsedCommand& command, const Request& request, const std::vector<RegionFiles>& regions,
               bool& made, Console& console) {
  JournalExtractRequest wanted;
  wanted.path = request.extract_path.value_or(beside_journal(regions, ".mjf"));
  if (wanted.path == "-stdout") wanted.stream = &console.out;
  wanted.broken_path = request.broken_path.value_or(beside_journal(regions, ".broken"));
  wanted.lost_path = request.lost_path.value_or(beside_journal(regions, ".lost"));
  wanted.write_broken = !command.negated("BROKENTRANS");
  wanted.write_lost = !command.negated("LOSTTRANS");
  wanted.detail = command.has("DETAIL");
  wanted.layout = extract_layout_from_environment();
  wanted.fences = request.fences;
  wanted.selection = request.selection;
  wanted.nulls_of = [](const std::string& database) {
    const auto header = file_exists(database) ? peek_region_header(database) : Result<RegionHeader>(RegionHeader{});
    return header.has_value() ? static_cast<NullCollation>(header->null_collation) : NullCollation::Standard;
  };
  HW_TRY(const JournalExtractResult result, extract_journals(regions, wanted));
  made = result.extract.created;
  if (wanted.stream == nullptr) say_outcome(console, kExtractFile, result.extract, true);
  say_outcome(console, kBrokenFile, result.broken, request.broken_path.has_value());
  say_outcome(console, kLostFile, result.lost, request.lost_path.has_value());
  return {};
}

/// Every damaged file is named, not only the first.
Status verify(const std::vector<RegionFiles>& regions, Console& console) {
  bool good = true;
  Error last = make_error<MsgId::MUNOACTION>();
  const auto take = [&](const Status& status) {
    if (status.has_value()) return;
    good = false;
    console.err << status.error().render();
    last.counts(status.error());
  };
  for (const RegionFiles& files : regions) {
    take(check_continuity(files));
    for (const ListedFile& file : files) {
      take(verify_journal(file));
      if (!file.tail.torn) continue;
      // What a crash left is cut by the next opener; in a journal whose database was closed it is damage.
      const auto use = use_of(file);
      if (use.has_value() && *use == FileUse::Crashed)
        say_torn(console, file);
      else
        take(bad_record(file.path, file.tail.end_offset, "no whole record is there, and something follows it"));
    }
  }
  return good ? Status() : Status(last);
}

/// Everything after the command line. `extracted`: the extract was made, whatever fails afterwards.
Status run(const ParsedCommand& command, Request& request, bool& extracted, Console& console) {
  say_phase(console, "Initial processing started");
  if (command.has("RECOVER") && !request.forward && request.paths.empty()) {
    // What a crash left, in the journals too, so that they can be examined.
    HW_TRY(const GlobalDirectory directory, GlobalDirectory::load_from_environment());
    HW_TRY_VOID(recover_unclean(directory));
  }
  HW_TRY(const auto regions, find_files(request, console));
  HW_TRY_VOID(settle_times(request, regions));
  const ShowWhat what = what_to_show(command.keywords("SHOW"));
  const bool only_headers = command.has("SHOW") && !command.has("EXTRACT") && !command.has("VERIFY") &&
                            !command.has("RECOVER") && !what.needs_records();
  if (!only_headers) say_phase(console, "Backward processing started");
  // Forward recovery checks what it reads by itself.
  const bool verifies = command.has("VERIFY") ||
                        (!only_headers && !command.negated("VERIFY") && !(command.has("RECOVER") && request.forward));
  if (verifies) HW_TRY_VOID(verify(regions, console));
  if (command.has("SHOW")) {
    HW_TRY_VOID(show_files(what, request, regions, console));
    say_success(console, "Show");
  }
  if (command.has("EXTRACT")) {
    say_phase(console, "Forward processing started");
    HW_TRY_VOID(extract(command, request, regions, extracted, console));
    say_success(console, "Extract");
  }
  if (command.has("RECOVER")) {
    HW_TRY_VOID(recover(command, request, regions, console));
    if (!command.has("SHOW")) say_success(console, "Show");
  }
  if (verifies) say_success(console, "Verify");
  if (command.has("RECOVER")) say_success(console, "Recover");
  return {};
}

/// Prints the cause, what it means, and what was not made. Returns the exit status.
int failed(const Error& cause, const Request& request, bool extracted, Console& console) {
  console.err << cause.render();
  const Error last = make_error<MsgId::MUNOACTION>().counts(cause);
  if (cause.id != MsgId::MUNOACTION) console.err << last.render();
  if (request.extract_path && !extracted && cause.id != MsgId::FILENOTCREATE)
    console.err << make_line<MsgId::FILENOTCREATE>(kExtractFile, *request.extract_path) << '\n';
  say_phase(console, "End processing");
  return last.status();
}

}  // namespace

Result<int> run_journal(const ParsedCommand& command, Console& console) {
  if (command.has("ROLLBACK")) return run_journal_rollback(command, console);
  HW_TRY(const std::string files, ask_parameter(command, 0, console.in, console.out));
  auto request = read_request(command, files);
  if (!request.has_value()) return std::move(request).error();
  bool extracted = false;
  if (const Status status = run(command, *request, extracted, console); !status.has_value())
    return failed(status.error(), *request, extracted, console);
  say_phase(console, "End processing");
  return 0;
}

}  // namespace hw::mupip
