#include "engine/base/output_path.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "engine/base/interrupt.h"
#include "engine/base/text.h"

namespace hw {
namespace {

constexpr int kLinksMax = 40;  // The kernel's own.

bool is_below(const std::string& folder, std::string_view top) {
  return folder == top || (folder.starts_with(top) && folder[top.size()] == '/');
}

/// `folder` is where /proc/self/fd and /proc/thread-self/fd lead to.
int own_descriptor(const std::string& folder, const std::string& name) {
  if (!folder.starts_with(fmt::format("/proc/{}/", ::getpid())) || !folder.ends_with("/fd")) return -1;
  return whole_number<int>(name).value_or(-1);
}

bool takes_a_stream(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && (S_ISFIFO(info.st_mode) || S_ISCHR(info.st_mode));
}

/// In a folder where anybody makes files and only their owners remove them, as /tmp: there the kernel follows links of
/// this user and of the folder's owner only (fs.protected_symlinks), and so it is here.
bool is_strangers(const struct stat& link, const std::string& folder) {
  struct stat info {};
  if (::stat(folder.c_str(), &info) != 0) return true;
  constexpr mode_t kShared = S_ISVTX | S_IWOTH;
  return (info.st_mode & kShared) == kShared && link.st_uid != ::geteuid() && link.st_uid != info.st_uid;
}

}  // namespace

Status OutputPath::check_is_file() const {
  if (stream)
    return system_error("open()", path, EEXIST).note("It is a device, a pipe or a standard stream, not a file");
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0 || !S_ISLNK(info.st_mode)) return {};
  return system_error("open()", path, ELOOP).note("It is a symbolic link in a circle, or of another user");
}

Result<File> OutputPath::open_stream() const {
  if (descriptor >= 0) {
    // What this process opens for itself, its databases among it, is closed in programs that it starts.
    const int flags = ::fcntl(descriptor, F_GETFD);
    if (flags < 0 || (flags & FD_CLOEXEC) != 0) return system_error("open()", path, EBADF);
    return File::duplicate(descriptor, path);
  }
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode)) return system_error("open()", path, EEXIST);
  HW_TRY(File file, File::open(path, O_WRONLY | O_APPEND));
  // Opened without waiting; from here on writing waits for the reader.
  if (::fcntl(file.fd(), F_SETFL, O_APPEND) != 0) return system_error("fcntl()", path);
  return file;
}

OutputPath output_path(const std::string& given) {
  OutputPath to{given};
  for (int links = 0; links < kLinksMax; ++links) {
    std::error_code unknown;
    const std::string folder = std::filesystem::canonical(folder_of(to.path), unknown).string();
    if (unknown) break;
    const std::string name = std::filesystem::path(to.path).filename().string();
    if (is_below(folder, "/proc")) return {given, true, own_descriptor(folder, name)};
    to.stream = to.stream || (is_below(folder, "/dev") && !is_below(folder, "/dev/shm"));
    struct stat info {};
    if (::lstat(to.path.c_str(), &info) != 0 || !S_ISLNK(info.st_mode) || is_strangers(info, folder)) break;
    const auto target = std::filesystem::read_symlink(to.path, unknown);
    if (unknown) break;
    to.path = (std::filesystem::path(folder) / target).string();  // An absolute one replaces the folder.
  }
  if (to.stream || takes_a_stream(to.path)) return {given, true, -1};
  return to;
}

Status write_stream(const File& stream, std::string_view text) {
  constexpr int kLookAgain_ms = 1000;  // For a signal that comes between the look and the wait.
  while (!text.empty()) {
    const ssize_t put = ::write(stream.fd(), text.data(), text.size());
    if (put >= 0) {
      text.remove_prefix(static_cast<std::size_t>(put));
      continue;
    }
    const int why = errno;
    if (why != EINTR && why != EAGAIN) return system_error("write()", stream.path(), why);
    if (end_requested()) return make_error<MsgId::FORCEDHALT>();
    struct pollfd room {
      stream.fd(), POLLOUT, 0
    };
    if (why == EAGAIN) (void)::poll(&room, 1, kLookAgain_ms);  // A full pipe that others have set not to wait.
  }
  return {};
}

}  // namespace hw
