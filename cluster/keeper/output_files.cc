#include "cluster/keeper/output_files.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <deque>
#include <optional>
#include <string_view>

#include "engine/base/file.h"

namespace hw::cluster {
namespace {

constexpr int kLinksMax = 40;  // As the kernel follows.

void put_first(std::deque<std::string>& names, std::string_view path) {
  std::deque<std::string> parts;
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    if (end > at) parts.emplace_back(path.substr(at, end - at));
    at = end + 1;
  }
  names.insert(names.begin(), parts.begin(), parts.end());
}

Descriptor open_at(int folder, const std::string& name, int flags) {
  return Descriptor(::openat(folder, name.c_str(), flags | O_CLOEXEC | O_NOFOLLOW));
}

/// What a link leads to; none, and errno, when it is not to be followed.
std::optional<std::string> trusted_link(int link, uid_t owner) {
  if (owner != 0 && owner != ::geteuid()) {
    errno = ELOOP;
    return std::nullopt;
  }
  std::array<char, PATH_MAX> text{};
  const ssize_t bytes = ::readlinkat(link, "", text.data(), text.size());
  if (bytes < 0) return std::nullopt;
  return std::string(text.data(), static_cast<std::size_t>(bytes));
}

/// The folder of that path, one name after the other; not open, and errno, when there is none, or an untrusted link is
/// on the way. The last one is made when it is missing.
Descriptor open_folder(const std::string& path) {
  std::deque<std::string> names;
  put_first(names, path);
  Descriptor at(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  for (int links = 0; at.is_open() && !names.empty();) {
    const std::string name = names.front();
    names.pop_front();
    Descriptor next = open_at(at.get(), name, O_PATH);
    if (!next.is_open() && errno == ENOENT && names.empty()) {
      if (::mkdirat(at.get(), name.c_str(), 0755) == 0 || errno == EEXIST) next = open_at(at.get(), name, O_PATH);
    }
    struct stat info {};
    if (!next.is_open() || ::fstat(next.get(), &info) != 0) return {};
    if (!S_ISLNK(info.st_mode)) {
      at = std::move(next);
      continue;
    }
    const auto target = trusted_link(next.get(), info.st_uid);
    if (!target) return {};
    if (++links > kLinksMax) {
      errno = ELOOP;
      return {};
    }
    put_first(names, *target);
    if (target->starts_with('/')) at = Descriptor(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  }
  return at;
}

bool give_to(int fd, const RunAs& user) { return ::fchownat(fd, "", user.uid, user.gid, AT_EMPTY_PATH) == 0; }

/// Makes the file, in a folder where nobody else can put another in its place. One that is there is the user's from now
/// on. False, and errno.
bool make_for_user(int folder, const std::string& name, const RunAs& user, mode_t umask) {
  const Descriptor made(::openat(folder, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (made.is_open()) return ::fchmod(made.get(), 0666 & ~umask) == 0 && give_to(made.get(), user);
  if (errno != EEXIST) return false;
  const Descriptor there = open_at(folder, name, O_PATH);
  struct stat info {};
  if (!there.is_open() || ::fstat(there.get(), &info) != 0) return false;
  // What else it may be open_output refuses.
  if (!S_ISREG(info.st_mode) || info.st_nlink != 1 || info.st_uid == user.uid) return true;
  return give_to(there.get(), user);
}

}  // namespace

Result<OutputFiles> prepare_output(const std::string& base, const RunAs& user, mode_t umask) {
  const std::string whole = absolute_path(base);
  const std::size_t slash = whole.rfind('/');
  OutputFiles files;
  files.out_name = whole.substr(slash + 1) + ".out";
  files.err_name = whole.substr(slash + 1) + ".err";
  const std::string path = whole.substr(0, slash);
  files.folder = open_folder(path);
  if (!files.folder.is_open()) return system_error("open()", path);
  struct stat info {};
  if (::fstat(files.folder.get(), &info) != 0) return system_error("fstat()", path);
  const uid_t self = ::geteuid();
  const bool is_ours_alone = info.st_uid == self && (info.st_mode & 022) == 0;
  if (!is_ours_alone || user.uid == self) return files;
  for (const std::string& name : {files.out_name, files.err_name})
    if (!make_for_user(files.folder.get(), name, user, umask)) return system_error("open()", path + "/" + name);
  return files;
}

int open_output(int folder, const char* name, uid_t user, uid_t agent) {
  // Not waiting: it may be a pipe.
  const int fd =
      ::openat(folder, name, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK | O_CLOEXEC, 0666);
  if (fd < 0) return -1;
  struct stat info {};
  int why = 0;
  if (::fstat(fd, &info) != 0 || ::fcntl(fd, F_SETFL, O_APPEND) != 0) {
    why = errno;
  } else if (!S_ISREG(info.st_mode)) {
    why = EINVAL;
  } else if (info.st_nlink != 1) {
    why = EMLINK;
  } else if (info.st_uid != user && info.st_uid != agent) {
    why = EPERM;
  }
  if (why == 0) return fd;
  ::close(fd);
  errno = why;
  return -1;
}

}  // namespace hw::cluster
