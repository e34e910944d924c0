/// cluster/keeper/server_key.h -- by what a server is known on its node.
#pragma once

#include <fmt/format.h>

#include <compare>
#include <cstdint>
#include <string>

namespace hw::cluster {

/// The names of the configuration: letters, digits, `_`, `-`, and `:` in the names of engine servers.
struct ServerKey {
  std::string group;
  std::string name;          ///< as in every Server column: source:B, gateway:gwA, report
  std::uint32_t number = 1;  ///< among those of this name
  friend auto operator<=>(const ServerKey&, const ServerKey&) = default;
};

/// As part of a file's name: `:` as `.`, which no name has.
std::string file_name_of(std::string_view server);

}  // namespace hw::cluster
