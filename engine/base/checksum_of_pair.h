/// engine/base/checksum_of_pair.h -- a 128-bit checksum of a key and its value, for digests of many nodes.
#pragma once

#include <cstdint>

#include "engine/base/bytes.h"

namespace hw {

struct Checksum128 {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  friend bool operator==(const Checksum128&, const Checksum128&) = default;
};

/// XXH3-128 of `first` followed by `second`, with the length of `first` before them: of a pair, not of one text.
Checksum128 checksum_of_pair(Bytes first, Bytes second);

}  // namespace hw
