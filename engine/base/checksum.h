/// engine/base/checksum.h -- the one checksum of files, shared memory and wire: XXH3-64, seed 0.
#pragma once

#include <cstdint>

#include "engine/base/bytes.h"

namespace hw {

std::uint64_t checksum(Bytes data);

/// Checksum of `first` followed by `second`, without joining them.
std::uint64_t checksum(Bytes first, Bytes second);

}  // namespace hw
