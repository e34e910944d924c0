#include "replic/source/source_options.h"

#include <algorithm>
#include <iterator>

#include "engine/base/text.h"

namespace hw {
namespace {

/// One field of -connectparams: where it goes, its smallest value, and GT.M's words.
struct ConnectField {
  std::uint32_t ConnectParameters::*field;
  std::uint32_t min;
  std::string_view what;
  std::string_view advice;
};
constexpr ConnectField kConnectFields[] = {
    {&ConnectParameters::hard_tries_count, 0, "number of hard connection attempts",
     "Specify either the number of hard connection attempts or 0 to disable hard connection attempts"},
    {&ConnectParameters::hard_tries_period_ms, 1, "wait time for hard connection attempts",
     "Specify the wait time in milliseconds"},
    {&ConnectParameters::soft_tries_period_s, 1, "wait time for soft connection attempts",
     "Specify the wait time in seconds"},
    {&ConnectParameters::alert_period_s, 0, "alert period for REPLALERT messages",
     "Specify the approximate alert period (in seconds) for REPLALERT messages or 0 to disable REPLALERT messages"},
    {&ConnectParameters::heartbeat_period_s, 1, "heartbeat interval",
     "Specify the interval (in seconds) between heartbeats to the Receiver Server"},
    {&ConnectParameters::heartbeat_wait_max_s, 1, "maximum heartbeat wait period",
     "Specify the maximum period (in seconds) for which the Source Server should wait to receive a heartbeat response "
     "from the Receiver Server"},
};

Error bad_connect_parameter(std::string_view what, std::string_view advice) {
  return value_error(make_error<MsgId::BADCONNECTPARAM>(what).note(advice));
}

InstanceRole role_of(const ParsedCommand& command, InstanceRole otherwise) {
  if (command.has("ROOTPRIMARY") || command.has("UPDOK")) return InstanceRole::Root;
  if (command.has("PROPAGATEPRIMARY") || command.has("UPDNOTOK")) return InstanceRole::Propagating;
  return otherwise;
}

/// A hexadecimal field that the grammar let through: only a minus sign can still be wrong.
/// Hexadecimal digits without `0x` and leading zeros.
std::string_view digits_of(std::string_view hex) {
  if (hex.starts_with("0x") || hex.starts_with("0X")) hex.remove_prefix(2);
  return hex.substr(std::min(hex.find_first_not_of('0'), hex.size()));
}

/// By its digits, as the number itself saturates.
bool fits(std::string_view hex, std::uint32_t bytes) { return digits_of(hex).size() <= 2 * std::size_t{bytes}; }

Result<std::uint64_t> read_hex(const ParsedCommand& command, std::string_view name) {
  const auto number = command.number(name);
  if (!number.has_value()) return value_error(make_error<MsgId::HEXERR>(command.value(name)));
  return *number;
}

}  // namespace

Result<ConnectParameters> parse_connect_parameters(std::string_view text) {
  ConnectParameters parsed;
  std::size_t index = 0;
  for (bool more = true; more; ++index) {
    if (index == std::size(kConnectFields)) return value_error(make_error<MsgId::BADPARAMCOUNT>());
    const auto comma = text.find(',');
    const auto part = text.substr(0, comma);
    more = comma != std::string_view::npos;
    if (more) text.remove_prefix(comma + 1);
    if (part.empty()) continue;
    const auto& field = kConnectFields[index];
    const auto number = whole_number<std::uint32_t>(part);
    if (!number.has_value() || *number < field.min) return bad_connect_parameter(field.what, field.advice);
    parsed.*field.field = *number;
  }
  if (parsed.alert_period_s != 0 && parsed.alert_period_s < parsed.soft_tries_period_s)
    return bad_connect_parameter(kConnectFields[3].what,
                                 "Alert period cannot be less than soft connection attempts period");
  if (parsed.heartbeat_wait_max_s < parsed.heartbeat_period_s)
    return bad_connect_parameter(kConnectFields[5].what,
                                 "Maximum heartbeat wait period cannot be less than heartbeat interval");
  return parsed;
}

Result<std::optional<InstanceName>> optional_secondary(const ParsedCommand& command, const char* environment) {
  auto text = command.text("INSTSECONDARY");
  if (!text.has_value() && environment != nullptr) text = environment;
  if (!text.has_value()) return std::optional<InstanceName>{};
  auto name = InstanceName::parse(*text);
  if (!name.has_value()) return value_error(make_error<MsgId::REPLINSTSECLEN>(*text));
  return std::optional<InstanceName>{std::move(*name)};
}

Result<InstanceName> required_secondary(const ParsedCommand& command, const char* environment) {
  HW_TRY(auto name, optional_secondary(command, environment));
  if (!name.has_value()) return value_error(make_error<MsgId::REPLINSTSECUNDF>());
  return std::move(*name);
}

Result<SourceStartOptions> parse_source_start(const ParsedCommand& command, const char* environment) {
  HW_TRY(auto tls, parse_tls(command));
  HW_TRY(auto name, required_secondary(command, environment));
  std::optional<HostPort> secondary;
  if (const auto address = command.text("SECONDARY")) {
    HW_TRY(secondary, parse_host_port(*address));
  }
  ConnectParameters connect;
  if (const auto text = command.text("CONNECTPARAMS")) {
    HW_TRY(connect, parse_connect_parameters(*text));
  }
  HW_TRY(const auto pool_bytes, parse_pool_bytes(command));
  HW_TRY(const auto level, parse_compression_level(command));
  HW_TRY(auto filter, parse_filter(command));
  HW_TRY(const auto refresh_port, parse_port(command, "REFRESHPORT"));
  const auto role = secondary.has_value() ? InstanceRole::Root : InstanceRole::Propagating;
  HW_TRY(const auto log, parse_log_change(command));
  return SourceStartOptions{.secondary_name = std::move(name),
                            .secondary = std::move(secondary),
                            .role = role_of(command, role),
                            .log_path = log.path.value_or(""),
                            .log_interval_transactions = log.interval_transactions.value_or(1000),
                            .log_level = log.level.value_or(LogLevel::Info),
                            .pool_bytes = pool_bytes,
                            .connect = connect,
                            .filter_command = std::move(filter),
                            .compression_level = level,
                            .journal_files_only = command.has("JNLFILEONLY"),
                            .refresh_port = refresh_port,
                            .tls = std::move(tls)};
}

Result<SourceActivateOptions> parse_source_activate(const ParsedCommand& command, const char* environment) {
  HW_TRY(auto name, required_secondary(command, environment));
  HW_TRY(auto secondary, parse_host_port(command.value("SECONDARY")));
  std::optional<ConnectParameters> connect;
  if (const auto text = command.text("CONNECTPARAMS")) {
    HW_TRY(connect, parse_connect_parameters(*text));
  }
  HW_TRY(auto log, parse_log_change(command));
  return SourceActivateOptions{.secondary_name = std::move(name),
                               .secondary = std::move(secondary),
                               .role = role_of(command, InstanceRole::Root),
                               .log = std::move(log),
                               .connect = connect};
}

Result<SourceDeactivateOptions> parse_source_deactivate(const ParsedCommand& command, const char* environment) {
  HW_TRY(auto name, required_secondary(command, environment));
  return SourceDeactivateOptions{.secondary_name = std::move(name),
                                 .role = role_of(command, InstanceRole::Propagating)};
}

Result<SourceShutdownOptions> parse_source_shutdown(const ParsedCommand& command, const char* environment) {
  SourceShutdownOptions options;
  HW_TRY(options.secondary_name, optional_secondary(command, environment));
  if (command.has("TIMEOUT")) options.timeout_s = saturated_u32(command.number("TIMEOUT").value_or(30));
  options.wait_for_zero_backlog = command.has("ZEROBACKLOG");
  return options;
}

Result<SourceFreezeOptions> parse_source_freeze(const ParsedCommand& command) {
  SourceFreezeOptions options;
  const auto value = command.text("FREEZE");
  if (!value.has_value()) return options;
  const bool on = equals_ignoring_case(*value, "on");
  if (!on && !equals_ignoring_case(*value, "off"))
    return value_error("Invalid value for FREEZE qualifier, must be either ON or OFF");
  options.request = on ? FreezeRequest::On : FreezeRequest::Off;
  options.comment = command.text("COMMENT");
  if (command.has("COMMENT") && !options.comment.has_value()) return value_error("Error parsing COMMENT qualifier");
  if (!on && options.comment.has_value())
    return value_error("Invalid qualifier combination, cannot specify FREEZE=OFF with COMMENT");
  if (on && !command.has("COMMENT") && !command.negated("COMMENT"))
    return value_error("Missing qualifier, must specify either COMMENT or NOCOMMENT with FREEZE=ON");
  return options;
}

Result<FieldChange> parse_field_change(const ParsedCommand& command) {
  FieldChange change;
  HW_TRY(change.offset_bytes, read_hex(command, "OFFSET"));
  HW_TRY(const auto size, read_hex(command, "SIZE"));
  if (command.has("VALUE")) {
    HW_TRY(change.value, read_hex(command, "VALUE"));
  }
  if (size != 1 && size != 2 && size != 4 && size != 8) return make_error<MsgId::SIZENOTVALID8>();
  change.size_bytes = static_cast<std::uint32_t>(size);
  if (change.offset_bytes % size != 0)
    return value_error(
        fmt::format("Error: OFFSET [0x{:08X}] should be a multiple of Size [{}]", change.offset_bytes, size));
  if (change.value && !fits(command.value("VALUE"), change.size_bytes))
    return value_error(
        fmt::format("Error: VALUE [0x{}] does not fit into Size [{}]", digits_of(command.value("VALUE")), size));
  return change;
}

}  // namespace hw
