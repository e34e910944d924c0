/// test/sim/powerloss/image.h -- what a power loss leaves of a recorded folder.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "test/sim/powerloss/recording.h"

namespace hw::powerloss {

enum class Mode {
  Random,
  AllLost,
  AllKept,
  NewestKept,
  NamesOnly,
  DataOnly,
  OneFileOld,
  TornPages,
  NamesLost,
};

/// As on the command line; nothing: there is no such mode.
std::optional<Mode> mode_of(std::string_view name);
std::string_view name_of(Mode mode);
std::vector<std::string_view> mode_names();

struct ImageOptions {
  Mode mode = Mode::Random;
  std::uint64_t seed = 0;
  bool strict = false;
  bool dry_run = false;  ///< changes nothing
  std::string into;      ///< a folder to be made, that gets the image; the root and the recording stay as they are
};

struct ImageReport {
  std::uint64_t boot = 0;
  std::uint64_t files = 0;
  std::uint64_t changed = 0;
  std::uint64_t sectors = 0;  ///< not synced
  std::uint64_t kept = 0;
  std::uint64_t lost = 0;
  std::uint64_t older = 0;
  std::uint64_t names_kept = 0;
  std::uint64_t names_lost = 0;
  std::uint64_t sizes_lost = 0;
  std::uint64_t segments = 0;
};

/// Rewrites the root to a crash image and starts the recording over. Errors: a recorded process is alive, something was
/// not recorded, the system's reason; when it fails half-way the folder is neither state.
Outcome<ImageReport> make_image(const std::string& folder, const ImageOptions& options);

struct FileStatus {
  std::string name;  ///< empty: it has none any more
  std::uint64_t file = 0;
  std::uint64_t sectors = 0;  ///< not synced
  std::uint64_t bytes = 0;
  std::uint64_t durable_bytes = 0;
  std::uint64_t syncs = 0;
};

struct RecordingStatus {
  std::vector<FileStatus> files;
  std::vector<std::string> names;  ///< what was done to names and is not on disk
  std::uint64_t syncs = 0;
};

Outcome<RecordingStatus> status_of(const std::string& folder, bool strict);
/// Checks every record, and that the durable copies are what they lead to. Returns how many records there are.
Outcome<std::uint64_t> verify(const std::string& folder);

}  // namespace hw::powerloss
