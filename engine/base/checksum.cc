#include "engine/base/checksum.h"
#include "engine/base/checksum_of_pair.h"

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

Checksum128 checksum_of_pair(Bytes first, Bytes second) {
  XXH3_state_t state;
  XXH3_128bits_reset(&state);
  const std::uint64_t bytes = to_little_endian(std::uint64_t{first.size()});
  XXH3_128bits_update(&state, &bytes, sizeof bytes);
  XXH3_128bits_update(&state, first.data(), first.size());
  XXH3_128bits_update(&state, second.data(), second.size());
  const XXH128_hash_t hash = XXH3_128bits_digest(&state);
  return {hash.low64, hash.high64};
}

}  // namespace hw
