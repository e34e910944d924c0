// replicate -source -changelog, -statslog, -stopsourcefilter: requests that a server takes up within a second.
#include <ostream>

#include "mupip/replicate/source_actions.h"

namespace hw::mupip {

Result<int> run_source_changelog(const ParsedCommand& command, Console& console) {
  HW_TRY(const LogChange change, parse_log_change(command));
  HW_TRY(const auto name, required_secondary(command, needed_secondary()));
  HW_TRY(SourceControl control, open_source_control(name, console));
  HW_TRY(const SourceView server, control.live_server(name));
  console.err << initiating("CHANGELOG", server) << '\n';
  HW_TRY(const LogRequest said, control.change_log(server, change));
  for (const auto& line : said.lines) console.err << line << '\n';
  return said.failed ? 1 : 0;
}

Result<int> run_source_statslog(const ParsedCommand& command, Console& console) {
  HW_TRY(const bool wanted, parse_statslog(command, "must be"));
  HW_TRY(const auto name, required_secondary(command, needed_secondary()));
  HW_TRY(const SourceControl control, open_source_control(name, console));
  HW_TRY(const SourceView server, control.live_server(name));
  console.err << initiating("STATSLOG", server) << '\n';
  if (server.live->stats_log.exchange(wanted ? 1 : 0) == (wanted ? 1U : 0U)) {
    console.err << fmt::format("STATSLOG is already {}. Not initiating change in stats log\n", wanted ? "ON" : "OFF");
    return 1;
  }
  console.err << (wanted ? "Stats log turned on\n" : "STATSLOG turned OFF\n");
  return 0;
}

Result<int> run_source_stopsourcefilter(const ParsedCommand& command, Console& console) {
  HW_TRY(const auto name, required_secondary(command, needed_secondary()));
  HW_TRY(const SourceControl control, open_source_control(name, console));
  HW_TRY(const SourceView server, control.live_server(name));
  console.err << initiating("STOPSOURCEFILTER", server) << '\n';
  auto active = static_cast<std::uint32_t>(FilterState::Active);
  if (!server.live->filter.compare_exchange_strong(active, static_cast<std::uint32_t>(FilterState::StopAsked))) {
    console.err << "No filter currently active\n";
    return 1;
  }
  console.err << "Stop filter initiated\n";
  return 0;
}

}  // namespace hw::mupip
