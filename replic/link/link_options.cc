#include "replic/link/link_options.h"

#include <algorithm>

#include "engine/base/limits.h"
#include "engine/base/text.h"

namespace hw {

Result<HostPort> parse_host_port(std::string_view text) {
  HostPort parsed;
  std::string_view rest;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos || close == 1) return value_error(fmt::format("Invalid IP address {}", text));
    parsed.host = text.substr(1, close - 1);
    rest = text.substr(close + 1);
  } else {
    const auto colon = std::min(text.find(':'), text.size());
    parsed.host = text.substr(0, colon);
    rest = text.substr(colon);
  }
  if (!rest.starts_with(':')) return value_error("Secondary port number should be specified");
  rest.remove_prefix(1);
  const auto port = whole_number<std::uint32_t>(rest);
  if (!port.has_value() || *port == 0 || *port > UINT16_MAX)
    return value_error(fmt::format("Error parsing secondary port number {}", rest));
  parsed.port = static_cast<std::uint16_t>(*port);
  return parsed;
}

Result<LogChange> parse_log_change(const ParsedCommand& command) {
  LogChange change;
  change.path = command.text("LOG");
  if (const auto interval = command.number("LOG_INTERVAL")) change.interval_transactions = saturated_u32(*interval);
  HW_TRY(change.level, parse_log_level(command));
  return change;
}

Result<std::optional<LogLevel>> parse_log_level(const ParsedCommand& command) {
  const auto name = command.text("LOGLEVEL");
  if (!name) return std::optional<LogLevel>();
  const auto level = log_level_named(*name);
  if (!level) return value_error("Invalid value for LOGLEVEL qualifier, must be ERROR, WARNING, INFO, DEBUG or TRACE");
  return level;
}

Result<std::uint64_t> parse_pool_bytes(const ParsedCommand& command) {
  const auto bytes = command.number("BUFFSIZE").value_or(kPoolBytesDefault);
  if (bytes > kPoolBytesMax)
    return value_error(fmt::format("Invalid value for BUFFSIZE qualifier, must be at most {} bytes", kPoolBytesMax));
  return std::max<std::uint64_t>(bytes, kPoolBytesMin);
}

Result<std::uint32_t> parse_compression_level(const ParsedCommand& command) {
  const auto level = command.number("CMPLVL").value_or(0);
  if (level > 9) return value_error("Invalid value for CMPLVL qualifier, must be in the range [0,9]");
  return static_cast<std::uint32_t>(level);
}

Result<std::optional<std::uint16_t>> parse_port(const ParsedCommand& command, std::string_view name) {
  const auto port = command.number(name);
  if (!port) return std::optional<std::uint16_t>();
  if (*port == 0 || *port > UINT16_MAX)
    return value_error(fmt::format("Invalid value for {} qualifier, must be in the range [1,65535]", name));
  return std::optional(static_cast<std::uint16_t>(*port));
}

Result<std::optional<std::string>> parse_filter(const ParsedCommand& command) {
  auto filter = command.text("FILTER");
  if (!filter) return filter;
  if (filter->empty()) return value_error("Null filter command specified");
  if (filter->size() > kFilterCommandBytesMax)
    return value_error(make_error<MsgId::CLISTRTOOLONG>("FILTER", filter->size(), kFilterCommandBytesMax));
  return filter;
}

Result<TlsOptions> parse_tls(const ParsedCommand& command) {
  TlsOptions out;
  out.id = command.text("TLSID");
  out.plaintext_fallback = command.has("PLAINTEXTFALLBACK");
  if (!out.id) return out;
  if (out.id->empty()) return value_error("Error parsing TLSID qualifier");
  if (out.id->size() > kTlsIdBytesMax)
    return value_error(make_error<MsgId::CLISTRTOOLONG>("TLSID", out.id->size(), kTlsIdBytesMax));
  return out;
}

std::string text_of(const TlsOptions& options) {
  if (!options.id) return {};
  return fmt::format(" -tlsid={}{}", *options.id, options.plaintext_fallback ? " -plaintextfallback" : "");
}

Result<bool> parse_statslog(const ParsedCommand& command, std::string_view must) {
  const auto value = command.value("STATSLOG");
  if (equals_ignoring_case(value, "on")) return true;
  if (equals_ignoring_case(value, "off")) return false;
  if (value.size() <= 3)
    return value_error(fmt::format("Invalid value for STATSLOG qualifier, {} either ON or OFF", must));
  return value_error(make_error<MsgId::CLISTRTOOLONG>("STATSLOG", value.size(), 3))
      .after("Error parsing STATSLOG qualifier");
}

}  // namespace hw
