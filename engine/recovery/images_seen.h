/// engine/recovery/images_seen.h -- which checkpoint images a process has looked into, so that one that is replaced
/// while the database is open is noticed at the cost of a stat(2).
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "engine/base/result.h"
#include "engine/commit/domain.h"

namespace hw {

/// Thread: one.
class ImagesSeen {
 public:
  /// The region is journaled, and its image is not the one that note() has seen, or is missing.
  bool is_new(Domain& domain, const OpenRegion& region) const;
  /// It is as it shall be now: this process has just looked into it, or written it.
  void note(const OpenRegion& region);

 private:
  struct Stamp {
    FileIdentity file;
    std::uint64_t bytes = 0;
    std::int64_t changed_s = 0;
    std::int64_t changed_ns = 0;
    bool operator==(const Stamp&) const = default;
  };
  static Stamp stamp_of(const std::string& image);

  std::map<std::string, Stamp> seen_;  ///< by the image's path
};

/// Whether the image can be brought to the end of the journal (check_image). True also of one that this process may not
/// look into, or has no room to. Checkpoint lock held. Errors: what is wrong with it.
Status require_usable_image(Domain& domain, const OpenRegion& region);

}  // namespace hw
