/// cluster/store/base64.h -- bytes as etcd's JSON has them (RFC 4648, section 4, with padding). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hw::cluster::store {

std::string to_base64(std::string_view bytes);

/// None for what `to_base64` would not write.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace hw::cluster::store
