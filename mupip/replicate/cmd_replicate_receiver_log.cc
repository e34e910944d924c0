// replicate -receiver -changelog, -statslog, -stopreceiverfilter: requests that the processes take up at once.
#include <ostream>

#include "mupip/replicate/receiver_actions.h"
#include "replic/control/receiver_control.h"
#include "replic/process/server_log.h"
#include "replic/source/source_options.h"

namespace hw::mupip {

Result<int> run_receiver_changelog(const ParsedCommand& command, Console& console) {
  HW_TRY(const auto intervals, parse_receiver_log_intervals(command));
  HW_TRY(const auto level, parse_log_level(command));
  HW_TRY(const ReceiverControl control, ReceiverControl::open());
  HW_TRY(const LogRequest said, control.change_log(command.text("LOG"), intervals, level));
  for (const auto& line : said.lines) console.err << line << '\n';
  return said.failed ? 1 : 0;
}

Result<int> run_receiver_statslog(const ParsedCommand& command, Console& console) {
  HW_TRY(const bool wanted, parse_statslog(command, "should be"));
  HW_TRY(const ReceiverControl control, ReceiverControl::open());
  HW_TRY(const bool changed, control.set_statistics(wanted));
  if (!changed) {
    console.err << fmt::format("STATSLOG is already {}. Not initiating change in stats log\n", wanted ? "ON" : "OFF");
    return 1;
  }
  console.err << (wanted ? "Stats log turned on\n" : "STATSLOG turned OFF\n");
  return 0;
}

Result<int> run_receiver_stopfilter(const ParsedCommand&, Console& console) {
  HW_TRY(const ReceiverControl control, ReceiverControl::open());
  ReceivePoolHeader& header = control.header();
  console.err << timed(fmt::format("Initiating STOPRECEIVERFILTER operation on receiver server pid [{}]",
                                   header.receiver.pid.load()))
              << '\n';
  auto active = static_cast<std::uint32_t>(FilterState::Active);
  if (!control.receiver_lives() ||
      !header.filter.compare_exchange_strong(active, static_cast<std::uint32_t>(FilterState::StopAsked))) {
    console.err << "No filter currently active\n";
    return 1;
  }
  header.progressed.signal();
  console.err << "Stop filter initiated\n";
  return 0;
}

}  // namespace hw::mupip
