#include "engine/base/checksum.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace hw {

std::uint64_t checksum(Bytes data) { return XXH3_64bits(data.data(), data.size()); }

std::uint64_t checksum(Bytes first, Bytes second) {
  XXH3_state_t state;
  XXH3_64bits_reset(&state);
  XXH3_64bits_update(&state, first.data(), first.size());
  XXH3_64bits_update(&state, second.data(), second.size());
  return XXH3_64bits_digest(&state);
}

}  // namespace hw
