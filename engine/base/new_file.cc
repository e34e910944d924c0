#include "engine/base/new_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace hw {

Result<NewFile> NewFile::create(const std::string& path, const FileRights& model, Likeness likeness) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) == 0) {
    errno = EEXIST;
    return system_error("open()", path);
  }
  NewFile made(path);
  auto unnamed = File::open(folder_of(path), O_TMPFILE | O_RDWR, 0600);
  if (unnamed.has_value()) {
    HW_TRY_VOID(make_like(*unnamed, model, likeness));
    made.file_ = std::move(*unnamed);
    return made;
  }
  // A file system without files that have no name, or a folder that tells the next call what is wrong with it.
  for (int i = 0;; ++i) {
    std::string temporary = i == 0 ? path + "-unfinished" : fmt::format("{}-unfinished.{}", path, i);
    auto named = create_like(temporary, model, likeness);
    if (!named.has_value() && named.error().os_errno == EEXIST) continue;
    HW_TRY(made.file_, std::move(named));
    made.temporary_ = std::move(temporary);
    return made;
  }
}

NewFile::NewFile(NewFile&& other) noexcept
    : path_(std::move(other.path_)), temporary_(std::exchange(other.temporary_, {})), file_(std::move(other.file_)) {}

NewFile::~NewFile() {
  if (!temporary_.empty()) (void)remove_file(temporary_);  // It has its name, or the failure before is to be told.
}

Status NewFile::give_name() {
  const std::string from = temporary_.empty() ? fmt::format("/proc/self/fd/{}", file_.fd()) : temporary_;
  if (::linkat(AT_FDCWD, from.c_str(), AT_FDCWD, path_.c_str(), AT_SYMLINK_FOLLOW) == 0) return {};
  return system_error("linkat()", path_);
}

}  // namespace hw
