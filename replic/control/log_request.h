/// replic/control/log_request.h -- the answer to a -changelog, of a source server or of a receiver server.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "replic/process/log_level.h"

namespace hw {

/// What became of a request that changes a log. `lines` are for the operator.
struct LogRequest {
  std::vector<std::string> lines;
  bool changed = false;  ///< word was left for the server
  bool failed = false;   ///< the file cannot be opened
};

/// Whether a server that logs to `now` is to go on in `path`: the path to leave for it, absolute, when it is another
/// one and can be opened for appending, which is tried (the file is made). What there is to say is added to `said`.
std::optional<std::string> other_log(const std::string& path, std::string_view now, LogRequest& said);

/// Leaves `level` in `left`, where the server finds it. What there is to say is added to `said`.
void request_level(LogLevel level, std::atomic<std::uint32_t>& left, LogRequest& said);

}  // namespace hw
