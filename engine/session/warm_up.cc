#include "engine/session/warm_up.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>

namespace hw {

void warm_up(Domain& domain, const std::function<bool()>& stop) {
  constexpr std::uint64_t kPieceBytes = 1 << 20;
  const long free_pages = ::sysconf(_SC_AVPHYS_PAGES);
  const long page_bytes = ::sysconf(_SC_PAGESIZE);
  if (free_pages <= 0 || page_bytes <= 0) return;
  std::uint64_t left = static_cast<std::uint64_t>(free_pages) * static_cast<std::uint64_t>(page_bytes) / 2;
  for (OpenRegion* region : domain.regions()) {
    const std::uint64_t used = region->used_bytes();
    for (std::uint64_t at = 0; at < used; at += kPieceBytes) {
      const std::uint64_t piece = std::min({kPieceBytes, used - at, left});
      if (piece == 0 || stop()) return;
      region->environment.read_ahead(at, piece);
      left -= piece;
    }
  }
}

}  // namespace hw
