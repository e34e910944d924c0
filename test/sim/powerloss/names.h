/// test/sim/powerloss/names.h -- the names below the root: those on disk, and what was done to them since.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "test/sim/powerloss/recording.h"

namespace hw::powerloss {

/// What a name is.
struct Named {
  std::uint64_t file = 0;
  FileKind kind = FileKind::Regular;
  std::string text;  ///< of a symbolic link
  bool operator==(const Named&) const = default;
};

using Names = std::map<std::string, Named>;  ///< by path below the root

struct NameState {
  Names durable;
  std::vector<Event> pending;  ///< Create, Rename and Remove that are not on disk, in order
  Names now;                   ///< durable and all that is pending
  std::map<std::uint64_t, FileKey> keys;
};

/// What one event does to names.
void apply(Names& names, const Event& event);

/// Replays the events. `name_syncs` is the sequence of each file's last fsync. Not `strict`: names get to the disk in
/// order, and an fsync of a file takes its names along, with all that was done before; `strict`: a name is on disk
/// when its folder was synced.
NameState replay(const std::vector<Event>& events, const std::map<std::uint64_t, std::uint64_t>& name_syncs,
                 bool strict);

/// The folder of a path below the root.
std::string folder_of(const std::string& path);

}  // namespace hw::powerloss
