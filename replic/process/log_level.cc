#include "replic/process/log_level.h"

#include <algorithm>
#include <array>

#include "engine/base/text.h"

namespace hw {
namespace {

constexpr std::array<std::string_view, 5> kNames = {"error", "warning", "info", "debug", "trace"};

}  // namespace

std::string_view name_of(LogLevel level) { return kNames.at(static_cast<std::size_t>(level)); }

std::optional<LogLevel> log_level_named(std::string_view name) {
  const auto* found =
      std::ranges::find_if(kNames, [&](std::string_view one) { return equals_ignoring_case(one, name); });
  if (found == kNames.end()) return std::nullopt;
  return static_cast<LogLevel>(found - kNames.begin());
}

LogLevel log_level_numbered(std::uint32_t number) {
  return static_cast<LogLevel>(std::min(number, static_cast<std::uint32_t>(LogLevel::Trace)));
}

LogLevel log_level_of(Severity severity) {
  switch (severity) {
    case Severity::Error:
    case Severity::Fatal:
      return LogLevel::Error;
    case Severity::Warning:
      return LogLevel::Warning;
    case Severity::Success:
    case Severity::Info:
      return LogLevel::Info;
  }
  return LogLevel::Info;
}

}  // namespace hw
