#include "engine/base/free_name.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>

#include "engine/base/file.h"

namespace hw {

Status rename_to_free_name(const std::string& from, const std::string& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return {};
  if (errno == EINVAL || errno == ENOSYS) {
    struct stat info {};
    if (::lstat(to.c_str(), &info) == 0)
      errno = EEXIST;
    else if (errno == ENOENT && ::rename(from.c_str(), to.c_str()) == 0)
      return {};
  }
  return system_error("rename()", from + " to " + to);
}

}  // namespace hw
