/// engine/tls/file_stamp.h -- whether a file is still the one that was read.
#pragma once

#include <sys/stat.h>

#include <compare>
#include <string>

namespace hw {

/// All zeros for a file that cannot be examined.
struct FileStamp {
  dev_t device = 0;
  ino_t inode = 0;
  off_t bytes = 0;
  time_t changed_s = 0;
  long changed_ns = 0;
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

inline FileStamp stamp_of(const struct stat& found) {
  // The time of the change of anything, which nobody can set back.
  return {found.st_dev, found.st_ino, found.st_size, found.st_ctim.tv_sec, found.st_ctim.tv_nsec};
}

inline FileStamp stamp_of(const std::string& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0 ? stamp_of(found) : FileStamp{};
}

}  // namespace hw
