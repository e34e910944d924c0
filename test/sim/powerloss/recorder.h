/// test/sim/powerloss/recorder.h -- what the preloaded library does for a call of the program.
///
/// Every call of the library goes through `Inside`: calls that the recorder makes itself pass through unrecorded, errno
/// is kept, and nothing thrown reaches the program. Threads and processes: any; the recording's locks order them.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>

#include "test/sim/powerloss/file_log.h"

namespace hw::powerloss {

/// True when this process records and the call is the program's own.
bool recording_wanted();

/// True when the disk itself is not waited for: the recording says what would be on it.
bool syncs_left_out();

/// A path of the program: `folder_fd` as in openat().
struct CallPath {
  int folder_fd;
  const char* path;
};

/// Runs `real` (the system call; returns whether it succeeded), recording what it does to names. Where neither path
/// is below the root only `real` runs.
void record_create(CallPath made, const std::function<bool()>& real);  ///< link, symlink, mkdir
void record_rename(CallPath from, CallPath to, const std::function<bool()>& real);
void record_remove(CallPath path, const std::function<bool()>& real);  ///< unlink, rmdir
/// An open that may make the file; `real` returns the descriptor.
int record_open(CallPath path, bool may_create, bool cuts, const std::function<int()>& real);

void record_opened(int fd, bool created);  ///< by mkstemp and the like
void record_fd_cut(int fd, std::uint64_t bytes);
void record_path_cut(const char* path, std::uint64_t bytes);
/// fsync, fdatasync, or a write to [begin, end) of a file that is written through.
void record_fd_sync(int fd, const SyncRange& range);
void record_memory_sync(const void* address, std::size_t bytes);
void record_everything_synced();
void record_segment(int id);

}  // namespace hw::powerloss
