/// cluster/plan/unknown_name.h -- a command names what the domain does not have: that is of its command line, exit 2.
#pragma once

#include <string_view>

#include "engine/base/result.h"

namespace hw::cluster {

/// CLIERR. `kind`: node, instance, group, server.
inline Error unknown_name(std::string_view kind, std::string_view name) {
  return make_error<MsgId::CLIERR>(fmt::format("no such {}: {}", kind, name));
}

}  // namespace hw::cluster
