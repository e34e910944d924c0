/// engine/globals/node_key.h -- a node's key as the directory's regions store it: each decides how the empty subscript
/// sorts.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "engine/globals/global_directory.h"
#include "engine/globals/key.h"

namespace hw {

/// How the empty subscript is stored in a global's region. A global that spans regions has one way in all of them.
inline NullCollation null_collation_of(const GlobalDirectory& directory, std::string_view global) {
  const auto way_of = [](const Region& region) {
    return region.std_null_collation ? NullCollation::Standard : NullCollation::Gtm;
  };
  if (directory.regions().size() == 1) return way_of(directory.regions().front());
  std::string key{global};
  key += '\0';
  return way_of(directory.region_for(key));
}

/// Errors: as encode_key.
inline Result<std::string> encode_key(const GlobalDirectory& directory, std::string_view global,
                                      std::span<const std::string> subscripts) {
  return encode_key(global, subscripts, null_collation_of(directory, global));
}

}  // namespace hw
