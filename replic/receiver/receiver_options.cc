#include "replic/receiver/receiver_options.h"

#include <algorithm>

#include "engine/base/text.h"

namespace hw {
namespace {

constexpr std::uint32_t kHelpersMax = 128;
constexpr std::uint32_t kHelpersDefault = 8;
constexpr std::uint32_t kReadersDefault = 5;

/// `a[,b]`, either of them possibly empty. Errors: MUPCLIERR after a line naming `qualifier`.
struct Pair {
  std::optional<std::uint32_t> first;
  std::optional<std::uint32_t> second;
};
Result<Pair> parse_pair(const ParsedCommand& command, std::string_view qualifier) {
  const auto parts = command.list(qualifier);
  Pair pair;
  const auto read = [](const std::string& text, std::optional<std::uint32_t>& into) {
    if (text.empty()) return true;
    into = whole_number<std::uint32_t>(text);
    return into.has_value();
  };
  const bool good = parts.size() <= 2 && (parts.empty() || read(parts[0], pair.first)) &&
                    (parts.size() < 2 || read(parts[1], pair.second));
  if (!good) return value_error(fmt::format("Error parsing or invalid parameter for {}", qualifier));
  return pair;
}

}  // namespace

Result<ReceiverLogIntervals> parse_receiver_log_intervals(const ParsedCommand& command) {
  HW_TRY(const auto pair, parse_pair(command, "LOG_INTERVAL"));
  return ReceiverLogIntervals{.receiver = pair.first, .update_process = pair.second};
}

Result<std::optional<HelperCounts>> parse_helpers(const ParsedCommand& command) {
  if (!command.has("HELPERS")) return std::optional<HelperCounts>{};
  HW_TRY(const auto pair, parse_pair(command, "HELPERS"));
  const auto count = pair.first.value_or(kHelpersDefault);
  if (count < 1 || count > kHelpersMax)
    return value_error(fmt::format("Invalid number of helpers; must be in the range [1,{}]", kHelpersMax));
  const auto readers = std::min(pair.second.value_or(count * kReadersDefault / kHelpersDefault), count);
  return std::optional<HelperCounts>{{.readers = readers, .writers = count - readers}};
}

Result<ReceiverStartOptions> parse_receiver_start(const ParsedCommand& command) {
  for (const std::string_view name : {"INITIALIZE", "RESUME", "REUSE", "NORESYNC"})
    if (command.has(name))
      return value_error(fmt::format("{} is for supplementary instances, which are not supported", name));
  ReceiverStartOptions options;
  HW_TRY(options.tls, parse_tls(command));
  if (const auto port = command.number("LISTENPORT")) {
    if (*port == 0 || *port > UINT16_MAX) return value_error(fmt::format("Error parsing listen port number {}", *port));
    options.listen_port = static_cast<std::uint16_t>(*port);
  }
  options.update_process_only = command.has("UPDATEONLY");
  HW_TRY(options.helpers, parse_helpers(command));
  options.log_path = command.value("LOG");
  HW_TRY(const auto intervals, parse_receiver_log_intervals(command));
  options.receiver_log_interval_transactions = intervals.receiver.value_or(1000);
  options.update_log_interval_transactions = intervals.update_process.value_or(1000);
  HW_TRY(const auto log_level, parse_log_level(command));
  options.log_level = log_level.value_or(LogLevel::Info);
  HW_TRY(options.pool_bytes, parse_pool_bytes(command));
  HW_TRY(options.filter_command, parse_filter(command));
  options.stop_source_filter = command.has("STOPSOURCEFILTER");
  HW_TRY(options.compression_level, parse_compression_level(command));
  if (command.has("AUTOROLLBACK"))
    options.autorollback = command.keywords("AUTOROLLBACK").has("VERBOSE") ? Autorollback::Verbose : Autorollback::Yes;
  options.update_resync = command.has("UPDATERESYNC");
  options.update_resync_instance_file = command.text("UPDATERESYNC");
  return options;
}

ReceiverShutdownOptions parse_receiver_shutdown(const ParsedCommand& command) {
  ReceiverShutdownOptions options;
  if (command.has("UPDATEONLY")) options.part = ReceiverPart::UpdateProcess;
  if (command.has("HELPERS")) options.part = ReceiverPart::Helpers;
  if (const auto timeout = command.number("TIMEOUT")) options.timeout_s = saturated_u32(*timeout);
  return options;
}

}  // namespace hw
