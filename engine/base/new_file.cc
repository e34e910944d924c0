#include "engine/base/new_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "engine/base/free_name.h"

namespace hw {
namespace {

std::string handle_of(const File& file) { return fmt::format("/proc/self/fd/{}", file.fd()); }

}  // namespace

Result<NewFile> NewFile::create(const std::string& path, const FileRights& model, Likeness likeness) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) == 0) {
    errno = EEXIST;
    return system_error("open()", path);
  }
  NewFile made(path);
  auto unnamed = File::open(folder_of(path), O_TMPFILE | O_RDWR, 0600);
  if (unnamed.has_value() && ::access(handle_of(*unnamed).c_str(), F_OK) == 0) {
    HW_TRY_VOID(make_like(*unnamed, model, likeness));
    made.file_ = std::move(*unnamed);
    return made;
  }
  // A file system without files that have no name, a root folder without /proc, by which they get one, or a folder that
  // tells the next call what is wrong with it.
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
  const std::string from = temporary_.empty() ? handle_of(file_) : temporary_;
  if (::linkat(AT_FDCWD, from.c_str(), AT_FDCWD, path_.c_str(), AT_SYMLINK_FOLLOW) == 0) return {};
  // FAT, shares of other systems, and much that is mounted by FUSE have no hard links, and each says so by another
  // errno.
  if (temporary_.empty() || errno == EEXIST) return system_error("linkat()", path_);
  HW_TRY_VOID(rename_to_free_name(temporary_, path_));
  temporary_.clear();
  return {};
}

}  // namespace hw
