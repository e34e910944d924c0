/// cluster/store/watch_calls.h -- a watch of keys: what is asked, and the lines that come for it. Pure.
///
/// No line is needed for safety: a watch informs, a compare-and-put decides. So none begins at an older revision, which
/// may be compacted, or be of a store that was rebuilt: a watcher therefore reads the keys once the watch is
/// established.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/store/decoded.h"

namespace hw::cluster::store {

inline constexpr std::string_view kWatchPath = "/v3/watch";

struct WatchEvent {
  std::string key;
  bool deleted = false;
  friend bool operator==(const WatchEvent&, const WatchEvent&) = default;
};

struct WatchLine {
  bool created = false;   ///< what changes from now on is told
  bool canceled = false;  ///< nothing more comes
  /// canceled: what was to be told had been compacted, up to here; 0: for another reason
  std::uint64_t compact_revision = 0;
  std::vector<WatchEvent> events;
};

/// Of all keys from `first` to before `end`.
std::string encode_watch(std::string_view first, std::string_view end);

Decoded<WatchLine> decode_watch_line(std::string_view line);

}  // namespace hw::cluster::store
