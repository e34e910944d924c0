#include "mupip/journal/journal_request.h"

#include <algorithm>

#include "engine/base/file.h"
#include "engine/journal_tools/journal_files.h"
#include "mupip/file_argument.h"
#include "mupip/journal/journal_report.h"

namespace hw::mupip {

Result<Request> read_request(const ParsedCommand& command, const std::string& files) {
  Request request;
  request.forward = command.has("FORWARD");
  HW_TRY(request.after, time_of(command, "AFTER"));
  HW_TRY(request.before, time_of(command, "BEFORE"));
  HW_TRY(request.since, time_of(command, "SINCE"));
  if (const auto lookback = command.keywords("LOOKBACK_LIMIT").text("TIME")) {
    request.lookback = parse_time(*lookback);
    if (!request.lookback) return value_error(make_error<MsgId::INVQUALTIME>("LOOKBACK_LIMIT"));
  }
  HW_TRY(request.selection, selection_of(command));
  request.fences = fences_of(command);
  request.extract_path = file_of(command, "EXTRACT");
  request.broken_path = file_of(command, "BROKENTRANS");
  request.lost_path = file_of(command, "LOSTTRANS");
  if (files == "*") return request;
  std::string_view rest = files;
  do {  // A comma at the end is passed over, as by GT.M.
    const std::size_t comma = std::min(rest.find(','), rest.size());
    if (comma == 0)
      return make_error<MsgId::MUNOACTION>().note(fmt::format("A journal file without a name in {}", files));
    request.paths.push_back(absolute_path(rest.substr(0, comma)));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  } while (!rest.empty());
  return request;
}

namespace {

std::uint64_t last_time(const std::vector<RegionFiles>& regions) {
  std::uint64_t last = 0;
  for (const RegionFiles& files : regions) last = std::max(last, files.back().tail.last_time_us);
  return last;
}

}  // namespace

Status settle_times(Request& request, const std::vector<RegionFiles>& regions) {
  const std::uint64_t last = last_time(regions);
  std::uint64_t least = last;
  for (const RegionFiles& files : regions) least = std::min(least, files.front().info.header.created_us);
  JournalSelection& selection = request.selection;
  if (request.after) selection.after_us = request.after->begin(last);
  if (request.since) selection.after_us = request.since->begin(last);
  if (!request.before) return {};
  selection.before_us = request.before->end(last);
  if (selection.after_us && *selection.before_us < *selection.after_us) {
    const std::string before = display_time(*selection.before_us);
    const std::string after = display_time(*selection.after_us);
    if (request.since) return make_error<MsgId::JNLTMQUAL1>(before, after);
    return make_error<MsgId::JNLTMQUAL4>(before, after);
  }
  if (request.forward && *selection.before_us < least)
    return make_error<MsgId::JNLTMQUAL3>(display_time(*selection.before_us), display_time(least));
  return {};
}

Result<std::vector<RegionFiles>> find_files(const Request& request, Console& console) {
  std::vector<std::string> paths = request.paths;
  if (paths.empty()) {
    HW_TRY(const GlobalDirectory directory, GlobalDirectory::load_from_environment());
    HW_TRY(paths, current_journals(directory));
  }
  LiveTails live;
  HW_TRY(auto regions, list_journal_files(paths, std::ref(live)));
  if (request.forward) return regions;
  const std::uint64_t last = last_time(regions);
  std::optional<std::uint64_t> reach;
  for (const auto& time : {request.since, request.lookback})
    if (time) reach = std::min(reach.value_or(last), time->begin(last));
  if (!reach) return regions;
  for (RegionFiles& files : regions) {
    HW_TRY(const auto added,
           add_earlier_files(files, [&](const JournalFileHeader& header) { return header.created_us > *reach; }));
    for (const std::string& path : added)
      console.err << make_line<MsgId::MUJNLPREVGEN>(path, files.back().info.header.database_path) << '\n';
  }
  return regions;
}

std::string beside_journal(const std::vector<RegionFiles>& regions, std::string_view suffix) {
  std::string path = regions.front().front().path;
  const std::size_t dot = path.rfind(".mjl");
  if (dot != std::string::npos && dot > path.rfind('/')) path.resize(dot);
  return path + std::string(suffix);
}

}  // namespace hw::mupip
