#include "cluster/site/owned_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <span>

#include "engine/base/file.h"
#include "engine/base/file_rights.h"

namespace hw::cluster {

Status write_for(const RunAs& user, const std::string& path, std::string_view content) {
  struct stat about {};
  // The folder is the user's: a link there is taken away, and never followed.
  if (::lstat(path.c_str(), &about) == 0 && S_ISLNK(about.st_mode)) HW_TRY_VOID(remove_file(path));
  const FileRights rights{.user = user.uid, .group = user.gid, .mode = 0600};
  return replace_file(path, content, &rights);
}

Result<std::string> read_from(const RunAs& user, const std::string& path, std::size_t bytes_max) {
  HW_TRY(const File file, File::open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
  struct stat about {};
  if (::fstat(file.fd(), &about) != 0) return system_error("fstat()", path);
  const auto refused = [&](int number) { return system_error("open()", path, number); };
  if (!S_ISREG(about.st_mode)) return refused(EINVAL);
  if (about.st_nlink > 1) return refused(EMLINK);
  if (about.st_uid != user.uid && about.st_uid != ::geteuid()) return refused(EPERM);
  if (static_cast<std::uint64_t>(about.st_size) > bytes_max) return refused(EFBIG);
  std::string content(static_cast<std::size_t>(about.st_size), '\0');
  HW_TRY_VOID(file.read_exact(0, std::as_writable_bytes(std::span(content))));
  return content;
}

}  // namespace hw::cluster
