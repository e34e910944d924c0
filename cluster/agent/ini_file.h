/// cluster/agent/ini_file.h -- `hwd -i FILE`: a section for each logical node of a host.
///
///   [n1]
///   HOME=/usr               or TMAXHOME
///   DIR=/var/lib/headwater/n1   or TMAXDIR
///   RAC_PORT=7600           or TMAX_RAC_PORT
///
/// Source: operations, section 3.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace hw::cluster {

/// What is empty the section does not say.
struct IniSection {
  std::string home;
  std::string dir;
  std::optional<std::uint16_t> port;
};

/// The section `label` of a text; `file` is its name, for messages. Errors: HWNOLABEL; HWPORTDUP: two sections have
/// one port; HWNOSTART: it is no such file.
Result<IniSection> ini_section(std::string_view text, const std::string& file, const std::string& label);

}  // namespace hw::cluster
