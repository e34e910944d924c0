/// mupip/file_argument.h -- a file that a command line names.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/cli/qualifier.h"
#include "engine/globals/global_directory.h"

namespace hw::mupip {

/// `$VAR` is expanded, as GT.M does with extracts, their loads and journal extracts: at mupip's own prompt no shell has
/// done it. Any other name stays as it is written, because messages show it so.
inline std::string file_argument(std::string_view written) {
  return written.find('$') == std::string_view::npos ? std::string(written) : resolve_file_name(written, "");
}

/// Of a qualifier; none when it is not there or has no value.
inline std::optional<std::string> file_of(const ParsedCommand& command, std::string_view qualifier) {
  const auto written = command.text(qualifier);
  return written ? std::optional(file_argument(*written)) : std::nullopt;
}

}  // namespace hw::mupip
