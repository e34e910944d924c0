/// replic/process/log_level.h -- how much a replication server writes into its log.
///
/// Info is the default, and is what GT.M's servers write. Each level includes those before it. What Debug and Trace
/// add says how a server works; it holds no node and no value, at any level.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/base/message.h"

namespace hw {

/// The numbers are those of shared memory (PoolSlot, ReceivePoolHeader).
enum class LogLevel : std::uint32_t {
  Error = 0,
  Warning = 1,
  Info = 2,
  Debug = 3,  ///< changes of state with their reasons, and when a connection is tried again
  Trace = 4   ///< each message that is sent or received, by type, seqno and bytes
};

/// `error`, `warning`, `info`, `debug`, `trace`.
std::string_view name_of(LogLevel level);
/// Of a name, in any letter case.
std::optional<LogLevel> log_level_named(std::string_view name);
/// Of a number in shared memory, which an operator may have changed: one above Trace counts as Trace.
LogLevel log_level_numbered(std::uint32_t number);
/// The level at which a message of this severity is written.
LogLevel log_level_of(Severity severity);

}  // namespace hw
