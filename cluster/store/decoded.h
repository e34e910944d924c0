/// cluster/store/decoded.h -- what a decoder of this room gives: a value, or what is wrong with the bytes.
#pragma once

#include <string>
#include <tl/expected.hpp>

namespace hw::cluster::store {

/// The fault says what is wrong in a few words of ours; nothing of the bytes is in it.
template <typename T>
using Decoded = tl::expected<T, std::string>;

}  // namespace hw::cluster::store
