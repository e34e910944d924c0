#include "cluster/site/message_text.h"

#include <algorithm>

namespace hw::cluster {
namespace {

constexpr std::string_view kFacility = "%GTM-";
constexpr std::size_t kLineBytesMax = 1000;
constexpr std::size_t kFurtherLinesMax = 20;

}  // namespace

std::optional<MsgId> message_named(std::string_view name) {
  const auto rows = message_catalogue();
  const auto found = std::ranges::find(rows, name, &MessageRow::name);
  if (found == rows.end()) return std::nullopt;
  return found->id;
}

std::optional<Severity> severity_of(char letter) {
  for (const Severity severity :
       {Severity::Warning, Severity::Success, Severity::Error, Severity::Info, Severity::Fatal})
    if (severity_letter(severity) == letter) return severity;
  return std::nullopt;
}

std::optional<Error> error_of_line(std::string_view line) {
  if (!line.starts_with(kFacility)) return std::nullopt;
  line.remove_prefix(kFacility.size());
  const std::size_t comma = line.find(", ");
  if (comma == std::string_view::npos || comma < 3 || line[1] != '-') return std::nullopt;
  const auto severity = severity_of(line[0]);
  const auto id = message_named(line.substr(2, comma - 2));
  if (!severity || !id) return std::nullopt;
  return Error(*id, *severity, std::string(line.substr(comma + 2, kLineBytesMax)));
}

std::optional<Error> error_of_output(std::string_view output) {
  std::optional<Error> found;
  while (!output.empty()) {
    const std::size_t end = std::min(output.find('\n'), output.size());
    const std::string_view line = output.substr(0, end);
    output.remove_prefix(std::min(end + 1, output.size()));
    if (found) {
      if (!line.empty() && found->extra.size() < kFurtherLinesMax)
        found->extra.emplace_back(line.substr(0, kLineBytesMax));
      continue;
    }
    auto error = error_of_line(line);
    if (error && (error->severity == Severity::Error || error->severity == Severity::Fatal)) found = std::move(error);
  }
  return found;
}

}  // namespace hw::cluster
