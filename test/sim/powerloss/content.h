/// test/sim/powerloss/content.h -- what a power loss leaves of one file's content.
#pragma once

#include <cstdint>
#include <string>

#include "test/sim/powerloss/image.h"

namespace hw::powerloss {

/// splitmix64: the same numbers everywhere.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  std::uint64_t below(std::uint64_t bound) { return bound == 0 ? 0 : next() % bound; }

 private:
  std::uint64_t state_;
};

struct ContentChoice {
  Mode mode;
  Random random;
};

struct ContentCounts {
  std::uint64_t kept = 0;  ///< sectors
  std::uint64_t lost = 0;
  std::uint64_t older = 0;
  bool size_lost = false;
  bool changed = false;
};

/// Sectors of the file at `path` (empty: gone) that are not as they are on disk; a size that is not counts as one.
Outcome<std::uint64_t> count_unsynced(const Recording& recording, std::uint64_t file, const std::string& path);
/// Makes the file at `path` what a power loss leaves of it.
Outcome<ContentCounts> rewrite_content(const Recording& recording, std::uint64_t file, const std::string& path,
                                       ContentChoice choice, bool dry_run);
/// Checks the log of a file against its durable copy. Returns the number of records.
Outcome<std::uint64_t> verify_content(const Recording& recording, std::uint64_t file);

}  // namespace hw::powerloss
