/// cluster/config/sha256.h -- by which a generation is known: `sha256sum` of its text.
#pragma once

#include <string>
#include <string_view>

namespace hw::cluster {

/// 64 small hexadecimal digits.
std::string sha256(std::string_view text);

}  // namespace hw::cluster
