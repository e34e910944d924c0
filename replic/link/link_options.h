/// replic/link/link_options.h -- options that the servers of both ends of a link have, parsed and checked.
///
/// As replic/source/source_options.h: every error is MUPCLIERR after the line that explains it; nothing blocks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/cli/qualifier.h"
#include "replic/process/log_level.h"

namespace hw {

/// An address as given: resolved by the server that uses it, at each connection.
struct HostPort {
  std::string host;  ///< name, IPv4 or IPv6 without its brackets; empty means this machine
  std::uint16_t port = 0;
  friend bool operator==(const HostPort&, const HostPort&) = default;
};

/// `host:port`, `[IPv6]:port`. Errors: MUPCLIERR: no port, port not 1 to 65535, bad brackets.
Result<HostPort> parse_host_port(std::string_view text);

/// -log, -log_interval and -loglevel; in -changelog an absent one stays as it is.
struct LogChange {
  std::optional<std::string> path;
  std::optional<std::uint32_t> interval_transactions;
  std::optional<LogLevel> level;
};

/// -log, -log_interval and -loglevel of a line. Errors: those of parse_log_level.
Result<LogChange> parse_log_change(const ParsedCommand& command);
/// -loglevel, none when absent. Errors: MUPCLIERR when it names no level.
Result<std::optional<LogLevel>> parse_log_level(const ParsedCommand& command);

/// -statslog=on|off; any other value is a MUPCLIERR that says so in GT.M's words, which are "must be" for a source
/// server and "should be" for a receiver server.
Result<bool> parse_statslog(const ParsedCommand& command, std::string_view must);

/// -buffsize in bytes, raised to kPoolBytesMin, kPoolBytesDefault when absent. Errors: MUPCLIERR above kPoolBytesMax.
Result<std::uint64_t> parse_pool_bytes(const ParsedCommand& command);
/// -cmplvl, 0 when absent. Errors: MUPCLIERR above 9.
Result<std::uint32_t> parse_compression_level(const ParsedCommand& command);
/// A qualifier that names a port of this machine, none when absent. Errors: MUPCLIERR when it is not 1 to 65535.
Result<std::optional<std::uint16_t>> parse_port(const ParsedCommand& command, std::string_view name);
/// -filter. Errors: MUPCLIERR for an empty one; after CLISTRTOOLONG for more than kFilterCommandBytesMax bytes.
Result<std::optional<std::string>> parse_filter(const ParsedCommand& command);

/// -tlsid and -[no]plaintextfallback.
struct TlsOptions {
  std::optional<std::string> id;  ///< a group of the file that gtmcrypt_config names; none: plain
  bool plaintext_fallback = false;
  friend bool operator==(const TlsOptions&, const TlsOptions&) = default;
};
/// Errors: MUPCLIERR for an empty -tlsid; after CLISTRTOOLONG for more than kTlsIdBytesMax bytes.
Result<TlsOptions> parse_tls(const ParsedCommand& command);
/// As they are typed, each with a blank in front; empty: none were.
std::string text_of(const TlsOptions& options);

}  // namespace hw
