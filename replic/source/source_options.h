/// replic/source/source_options.h -- what `replicate -source …` asked for, parsed and checked.
///
/// The grammar has already held the command line against the combination rules; here values become types.
/// Every error is MUPCLIERR after the line that explains it, as GT.M prints them, unless it says otherwise.
/// Nothing here blocks or opens anything; any thread may call it.
///
/// Source: observed on GT.M V7.0-005; defaults as its -jnlpool -show displays them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/limits.h"
#include "engine/base/types.h"
#include "engine/cli/qualifier.h"
#include "journal/connect_parameters.h"
#include "replic/link/link_options.h"
#include "replic/link/wire.h"

namespace hw {

/// -connectparams: one to six numbers separated by commas; an omitted or empty one keeps its default.
/// Errors: MUPCLIERR after BADPARAMCOUNT or BADCONNECTPARAM.
Result<ConnectParameters> parse_connect_parameters(std::string_view text);

/// The secondary's name: -instsecondary, else `environment` (the value of gtm_repl_instsecondary, null when
/// unset), else none. Errors: MUPCLIERR after REPLINSTSECLEN.
Result<std::optional<InstanceName>> optional_secondary(const ParsedCommand& command, const char* environment);
/// The same where a name must be given. Errors: also MUPCLIERR after REPLINSTSECUNDF.
Result<InstanceName> required_secondary(const ParsedCommand& command, const char* environment);

struct SourceStartOptions {
  InstanceName secondary_name;
  std::optional<HostPort> secondary;  ///< none: passive
  InstanceRole role = InstanceRole::Root;
  std::string log_path;
  std::uint32_t log_interval_transactions = 1000;
  LogLevel log_level = LogLevel::Info;
  std::uint64_t pool_bytes = kPoolBytesDefault;  ///< counts for the server that creates the pool
  ConnectParameters connect;
  std::optional<std::string> filter_command;
  std::uint32_t compression_level = 0;  ///< zstd level 1 to 9; 0: the stream is not compressed
  bool journal_files_only = false;
  std::optional<std::uint16_t> refresh_port;  ///< where other instances may ask for a copy of this one
  TlsOptions tls = {};
};
/// Errors: those of the parts; MUPCLIERR for a -buffsize or -cmplvl out of range.
Result<SourceStartOptions> parse_source_start(const ParsedCommand& command, const char* environment);

struct SourceActivateOptions {
  InstanceName secondary_name;
  HostPort secondary;
  InstanceRole role = InstanceRole::Root;
  LogChange log;
  std::optional<ConnectParameters> connect;  ///< none: those of the server stay
};
Result<SourceActivateOptions> parse_source_activate(const ParsedCommand& command, const char* environment);

struct SourceDeactivateOptions {
  InstanceName secondary_name;
  InstanceRole role = InstanceRole::Propagating;
};
Result<SourceDeactivateOptions> parse_source_deactivate(const ParsedCommand& command, const char* environment);

struct SourceShutdownOptions {
  std::optional<InstanceName> secondary_name;  ///< none: every source server
  std::uint32_t timeout_s = 120;               ///< 0: at once
  bool wait_for_zero_backlog = false;
};
Result<SourceShutdownOptions> parse_source_shutdown(const ParsedCommand& command, const char* environment);

enum class FreezeRequest : std::uint8_t { Show, On, Off };
struct SourceFreezeOptions {
  FreezeRequest request = FreezeRequest::Show;
  std::optional<std::string> comment;
};
/// Errors: MUPCLIERR: a value other than on and off, -comment without -freeze=on, neither -comment nor -nocomment with
/// it.
Result<SourceFreezeOptions> parse_source_freeze(const ParsedCommand& command);

/// What -editinstance and -jnlpool -change are to do.
struct FieldChange {
  std::uint64_t offset_bytes = 0;
  std::uint32_t size_bytes = 0;        ///< 1, 2, 4 or 8
  std::optional<std::uint64_t> value;  ///< none: show only
};
/// Errors: SIZENOTVALID8 (its own exit status); MUPCLIERR after HEXERR, or when the offset is not a multiple of the
/// size.
Result<FieldChange> parse_field_change(const ParsedCommand& command);

}  // namespace hw
