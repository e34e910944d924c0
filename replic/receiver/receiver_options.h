/// replic/receiver/receiver_options.h -- what `replicate -receiver …` asked for, parsed and checked.
///
/// As replic/source/source_options.h: every error is MUPCLIERR after the line that explains it; nothing blocks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/base/limits.h"
#include "engine/cli/qualifier.h"
#include "replic/link/link_options.h"

namespace hw {

/// -log_interval=receiver[,update process], in transactions; an absent one stays as it is.
struct ReceiverLogIntervals {
  std::optional<std::uint32_t> receiver;
  std::optional<std::uint32_t> update_process;
};
Result<ReceiverLogIntervals> parse_receiver_log_intervals(const ParsedCommand& command);

/// -helpers[=count[,readers]]: read-ahead and write helper processes.
struct HelperCounts {
  std::uint32_t readers = 0;
  std::uint32_t writers = 0;
};
/// Errors: MUPCLIERR when the count is not 1 to 128.
Result<std::optional<HelperCounts>> parse_helpers(const ParsedCommand& command);

enum class Autorollback : std::uint8_t { No, Yes, Verbose };

struct ReceiverStartOptions {
  std::optional<std::uint16_t> listen_port;  ///< none with -updateonly, or with -helpers alone
  bool update_process_only = false;
  std::optional<HelperCounts> helpers;
  std::string log_path;
  std::uint32_t receiver_log_interval_transactions = 1000;
  std::uint32_t update_log_interval_transactions = 1000;
  LogLevel log_level = LogLevel::Info;  ///< of both processes
  std::uint64_t pool_bytes = kPoolBytesDefault;
  std::optional<std::string> filter_command;  ///< at most kFilterCommandBytesMax bytes
  bool stop_source_filter = false;
  std::uint32_t compression_level = 0;  ///< highest zstd level to accept; 0: ask for an uncompressed stream
  Autorollback autorollback = Autorollback::No;
  bool update_resync = false;
  std::optional<std::string> update_resync_instance_file;  ///< a backup of the primary's instance file
  TlsOptions tls;
};
/// Errors: MUPCLIERR for a value out of range, and for -initialize, -resume, -reuse, -noresync, which
/// belong to supplementary instances.
Result<ReceiverStartOptions> parse_receiver_start(const ParsedCommand& command);

/// What -shutdown and -checkhealth concern.
enum class ReceiverPart : std::uint8_t { All, UpdateProcess, Helpers };
struct ReceiverShutdownOptions {
  ReceiverPart part = ReceiverPart::All;
  std::uint32_t timeout_s = 30;  ///< 0: at once
};
ReceiverShutdownOptions parse_receiver_shutdown(const ParsedCommand& command);

}  // namespace hw
