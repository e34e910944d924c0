// journal -recover: restored copies brought forward, databases without replication taken back.
#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "engine/base/file.h"
#include "engine/extract/progress.h"
#include "engine/journal_tools/backward_recovery.h"
#include "engine/journal_tools/forward_recovery.h"
#include "engine/journal_tools/journal_files.h"
#include "mupip/commands.h"
#include "mupip/journal/journal_report.h"
#include "mupip/journal/journal_request.h"

namespace hw::mupip {
namespace {

/// The database that a region's files are applied to: for "*" the directory's, else the one named in the files.
Result<std::vector<std::string>> databases_of(const ParsedCommand& command, const Request& request,
                                              const std::vector<RegionFiles>& regions) {
  std::vector<std::string> databases;
  if (request.paths.empty()) {
    HW_TRY(const GlobalDirectory directory, GlobalDirectory::load_from_environment());
    for (const Region& region : directory.regions()) {
      const std::string path = directory.database_path(region);
      if (!file_exists(path)) continue;
      HW_TRY(const RegionHeader header, peek_region_header(path));
      const auto its_files = std::find_if(regions.begin(), regions.end(), [&](const RegionFiles& files) {
        return files.back().path == header.journal_path;
      });
      if (its_files != regions.end()) databases.push_back(path);
    }
    if (databases.size() == regions.size()) return databases;
    return make_error<MsgId::NOTALLJNLEN>("some");
  }
  HW_TRY(const auto redirections, redirections_of(command));
  for (const RegionFiles& files : regions) {
    std::string path = files.back().info.header.database_path;
    for (const auto& [from, to] : redirections)
      if (from == path) {
        path = to;
        break;
      }
    databases.push_back(std::move(path));
  }
  return databases;
}

bool all_replicate(const std::vector<RegionFiles>& regions) {
  return std::all_of(regions.begin(), regions.end(),
                     [](const RegionFiles& files) { return files.back().info.header.replicated; });
}

Status forward(const ParsedCommand& command, const Request& request, const std::vector<RegionFiles>& regions,
               Console& console) {
  for (const RegionFiles& files : regions)
    for (const ListedFile& file : files)
      if (file.tail.torn) say_torn(console, file);
  ForwardRequest wanted;
  HW_TRY(wanted.databases, databases_of(command, request, regions));
  wanted.regions = regions;
  wanted.after_us = request.selection.after_us;
  wanted.before_us = request.selection.before_us;
  wanted.fences = request.fences;
  wanted.check_place = !command.negated("CHECKTN");
  wanted.follow_links = command.has("CHAIN");
  wanted.whole_instance = request.paths.empty() && all_replicate(regions);
  wanted.broken_path = request.broken_path.value_or(beside_journal(regions, ".broken"));
  wanted.lost_path = request.lost_path.value_or(beside_journal(regions, ".lost"));
  wanted.write_broken = !command.negated("BROKENTRANS");
  wanted.write_lost = !command.negated("LOSTTRANS");
  wanted.layout = extract_layout_from_environment();
  wanted.on_earlier_file = [&](const std::string& path, const std::string& database) {
    console.err << make_line<MsgId::MUJNLPREVGEN>(path, database) << '\n';
  };
  Progress progress(::isatty(STDERR_FILENO) != 0 ? &console.err : nullptr, "recover", 0);
  wanted.on_progress = [&](std::uint64_t transactions) { progress.update(transactions, 0); };
  HW_TRY(const ForwardResult result, recover_forward(std::move(wanted)));
  progress.done();
  say_outcome(console, kBrokenFile, result.broken, request.broken_path.has_value());
  say_outcome(console, kLostFile, result.lost, request.lost_path.has_value());
  if (result.missing)
    console.err << make_error<MsgId::HWSEQNOGAP>(*result.missing, result.missing->value,
                                                 "transactions after it are lost transactions")
                       .as(Severity::Warning)
                       .render();
  for (const ForwardResult::Database& database : result.databases) {
    if (database.was_journaled)
      console.err << make_line<MsgId::JNLSTATE>("database file", database.path, "OFF") << '\n';
    if (database.was_replicated)
      console.err << make_line<MsgId::REPLSTATE>("database file", database.path, "OFF") << '\n';
  }
  for (const ForwardResult::Database& database : result.databases)
    console.err << make_line<MsgId::HWAPPLIED>(database.path, database.transactions, database.next_seqno,
                                               database.next_seqno.value)
                << '\n';
  return {};
}

/// The databases to be taken back, alone. Files that are named must be their databases' current ones.
Result<std::vector<std::unique_ptr<RegionAccess>>> take_databases(const Request& request,
                                                                  const std::vector<RegionFiles>& regions) {
  std::vector<std::pair<std::string, std::string>> wanted;  // database, journal file
  if (request.paths.empty()) {
    HW_TRY(const GlobalDirectory directory, GlobalDirectory::load_from_environment());
    HW_TRY(auto all, take_all(directory));
    return all;
  }
  for (const RegionFiles& files : regions)
    wanted.emplace_back(files.back().info.header.database_path, files.back().path);
  std::sort(wanted.begin(), wanted.end());
  for (const auto& [database, journal] : wanted) {
    HW_TRY(const RegionHeader header, peek_region_header(database));
    if (header.journal_path != journal)
      return make_error<MsgId::JNLNMBKNOTPRCD>(journal, header.journal_path, database);
  }
  std::vector<std::unique_ptr<RegionAccess>> taken;
  for (const auto& [database, journal] : wanted) {
    HW_TRY(auto access, RegionAccess::take(database, nullptr));
    taken.push_back(std::move(access));
  }
  return taken;
}

Status backward(const ParsedCommand& command, const Request& request, const std::vector<RegionFiles>& regions,
                Console& console) {
  BackwardRequest wanted;
  wanted.set = request.paths.empty() ? RegionSet::Whole : RegionSet::Part;
  wanted.before_us = request.selection.before_us;
  wanted.lost_path = request.lost_path.value_or(beside_journal(regions, ".lost"));
  wanted.write_lost = !command.negated("LOSTTRANS");
  wanted.layout = extract_layout_from_environment();
  HW_TRY(const auto taken, take_databases(request, regions));
  std::vector<RegionAccess*> together;
  for (const auto& access : taken) together.push_back(access.get());
  HW_TRY(const BackwardResult result, recover_backward(together, wanted));
  say_outcome(console, kLostFile, result.lost, request.lost_path.has_value());
  if (request.broken_path) say_outcome(console, kBrokenFile, {*request.broken_path, false, ""}, true);
  if (wanted.before_us)
    console.err << make_line<MsgId::TEXT>(fmt::format("{} transactions taken out", result.transactions)) << '\n';
  return {};
}

}  // namespace

Status recover(const ParsedCommand& command, const Request& request, const std::vector<RegionFiles>& regions,
               Console& console) {
  say_phase(console, "Forward processing started");
  return request.forward ? forward(command, request, regions, console) : backward(command, request, regions, console);
}

}  // namespace hw::mupip
