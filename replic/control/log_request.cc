#include "replic/control/log_request.h"

#include <fcntl.h>

#include <cstring>

#include "engine/base/file.h"
#include "replic/process/server_log.h"

namespace hw {

std::optional<std::string> other_log(const std::string& path, std::string_view now, LogRequest& said) {
  std::string wanted = absolute_path(path);
  if (wanted == now) {
    said.lines.push_back(fmt::format("Log file is already {}. Not initiating change in log file", wanted));
    return std::nullopt;
  }
  if (const auto tried = open_log_file(wanted); !tried.has_value()) {
    said.lines.push_back(make_line<MsgId::REPLLOGOPN>(path, ::strerror(tried.error().os_errno), now));
    said.failed = true;
    return std::nullopt;
  }
  said.lines.push_back(fmt::format("Change log initiated with file {}", wanted));
  said.changed = true;
  return wanted;
}

void request_level(LogLevel level, std::atomic<std::uint32_t>& left, LogRequest& said) {
  if (log_level_numbered(left.exchange(static_cast<std::uint32_t>(level))) == level) {
    said.lines.push_back(fmt::format("Log level is already {}. Not initiating change in log level", name_of(level)));
    return;
  }
  said.lines.push_back(fmt::format("Change initiated with log level {}", name_of(level)));
  said.changed = true;
}

}  // namespace hw
