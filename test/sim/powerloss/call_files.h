/// test/sim/powerloss/call_files.h -- which file of the recording a call of the program is about.
#pragma once

#include <cstdint>
#include <string>

#include "test/sim/powerloss/recorder.h"
#include "test/sim/powerloss/recording.h"

namespace hw::powerloss {

/// Where the descriptor's file is, or was when it had a name.
std::string path_of(int fd);
/// Canonical path whose last part is not followed; empty: its folder is not there.
std::string canonical(const CallPath& call);
/// Number of the file at `path` (canonical); makes one known that is not: some other program made it, and it counts as
/// on disk, with its name. 0: there is none.
Outcome<std::uint64_t> file_at(Recording& recording, const std::string& path);
/// The same of an open file, which may have no name.
Outcome<std::uint64_t> file_of(Recording& recording, int fd, bool created);

}  // namespace hw::powerloss
