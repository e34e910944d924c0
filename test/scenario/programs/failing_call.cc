// failing_call -- a library to be preloaded: one system call on one file fails as a broken disk would make it.
//
//   HW_FAILING_CALL=CALL:NAME:ERRNO    CALL is open, close, fsync, fdatasync, pread or pwrite, or put for each call
//   that brings bytes into a file; NAME ends the file's path
//
// CALL may be plain: then all files are on a file system that has no hard links, no files without a name, no owners and
// modes, no copies by the kernel, and cannot tell whether a new name is free; ERRNO is its answer to a hard link. NAME
// is not looked at. And pidfd: the system gives no descriptors of processes.
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

struct Plan {
  std::string call;
  std::string name;
  int error = 0;
};

const Plan& plan() {
  static const Plan made = [] {
    Plan out;
    const char* text = std::getenv("HW_FAILING_CALL");
    const std::string_view all = text == nullptr ? "" : text;
    const std::size_t first = all.find(':');
    const std::size_t last = all.rfind(':');
    if (first == last) return out;
    out.call = all.substr(0, first);
    out.name = all.substr(first + 1, last - first - 1);
    out.error = std::atoi(all.data() + last + 1);
    return out;
  }();
  return made;
}

bool fails(std::string_view call, std::string_view path) {
  if (plan().call != call || !path.ends_with(plan().name)) return false;
  errno = plan().error;
  return true;
}

bool fails(std::string_view call, int fd) {
  if (plan().call != call) return false;
  char path[PATH_MAX];
  const ssize_t bytes = ::readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), path, sizeof path);
  return bytes > 0 && fails(call, std::string_view(path, static_cast<std::size_t>(bytes)));
}

bool is_plain(int error) {
  if (plan().call != "plain") return false;
  errno = error;
  return true;
}

template <typename Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const bool unnamed = (flags & O_TMPFILE) == O_TMPFILE;
  const mode_t mode = (flags & O_CREAT) != 0 || unnamed ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  if (unnamed && is_plain(EOPNOTSUPP)) return -1;
  if (fails("open", path)) return -1;
  return next<int(const char*, int, ...)>("open")(path, flags, mode);
}

int close(int fd) {
  const bool failing = fails("close", fd);
  const int error = errno;
  const int status = next<int(int)>("close")(fd);
  if (!failing) return status;
  errno = error;
  return -1;
}

int fsync(int fd) { return fails("fsync", fd) ? -1 : next<int(int)>("fsync")(fd); }
int fdatasync(int fd) { return fails("fdatasync", fd) ? -1 : next<int(int)>("fdatasync")(fd); }

ssize_t pread(int fd, void* out, size_t bytes, off_t offset) {
  return fails("pread", fd) ? -1 : next<ssize_t(int, void*, size_t, off_t)>("pread")(fd, out, bytes, offset);
}
ssize_t pwrite(int fd, const void* in, size_t bytes, off_t offset) {
  if (fails("pwrite", fd) || fails("put", fd)) return -1;
  return next<ssize_t(int, const void*, size_t, off_t)>("pwrite")(fd, in, bytes, offset);
}

ssize_t write(int fd, const void* in, size_t bytes) {
  return fails("put", fd) ? -1 : next<ssize_t(int, const void*, size_t)>("write")(fd, in, bytes);
}
ssize_t writev(int fd, const struct iovec* in, int count) {
  return fails("put", fd) ? -1 : next<ssize_t(int, const struct iovec*, int)>("writev")(fd, in, count);
}
ssize_t copy_file_range(int from, off_t* in, int to, off_t* out, size_t bytes, unsigned int flags) {
  if (is_plain(EOPNOTSUPP) || fails("put", to)) return -1;
  return next<ssize_t(int, off_t*, int, off_t*, size_t, unsigned int)>("copy_file_range")(from, in, to, out, bytes,
                                                                                          flags);
}
int posix_fallocate(int fd, off_t offset, off_t bytes) {
  return fails("put", fd) ? errno : next<int(int, off_t, off_t)>("posix_fallocate")(fd, offset, bytes);
}
int linkat(int from_folder, const char* from, int to_folder, const char* to, int flags) {
  if (is_plain(plan().error)) return -1;
  return next<int(int, const char*, int, const char*, int)>("linkat")(from_folder, from, to_folder, to, flags);
}
int fchmod(int fd, mode_t mode) { return is_plain(EOPNOTSUPP) ? -1 : next<int(int, mode_t)>("fchmod")(fd, mode); }
int fchown(int fd, uid_t user, gid_t group) {
  return is_plain(ENOSYS) ? -1 : next<int(int, uid_t, gid_t)>("fchown")(fd, user, group);
}
int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned int flags) {
  if (flags != 0 && is_plain(EINVAL)) return -1;
  return next<int(int, const char*, int, const char*, unsigned int)>("renameat2")(from_folder, from, to_folder, to,
                                                                                  flags);
}
long syscall(long number, ...) noexcept {
  va_list rest;
  va_start(rest, number);
  std::array<long, 6> words{};
  for (long& word : words) word = va_arg(rest, long);
  va_end(rest);
  if (plan().call == "pidfd" && number == SYS_pidfd_open) {
    errno = plan().error;
    return -1;
  }
  return next<long(long, ...)>("syscall")(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}
}
