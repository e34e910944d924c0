// The calls that the preloaded library takes the place of. fallocate, mmap, munmap, close and dup need none: sizes and
// content are read off the file at each sync, and what an address or a descriptor is off /proc.
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>

#include "test/sim/powerloss/recorder.h"

namespace {

using namespace hw::powerloss;

/// The function of that name in the next library.
template <typename Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

mode_t mode_of(int flags, std::va_list& rest) {
  return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(rest, mode_t) : 0;
}

template <typename Real>
int opened(int folder, const char* path, int flags, Real real) {
  if (!recording_wanted() || path == nullptr || (flags & O_PATH) != 0 || (flags & O_DIRECTORY) == O_DIRECTORY) {
    const int fd = real();
    if (fd >= 0 && (flags & O_TMPFILE) == O_TMPFILE && recording_wanted()) record_opened(fd, true);
    return fd;
  }
  return record_open({folder, path}, (flags & O_CREAT) != 0, (flags & O_TRUNC) != 0, real);
}

template <typename Real>
int named(Real real, void (*record)(CallPath, const std::function<bool()>&), CallPath path) {
  if (!recording_wanted() || path.path == nullptr) return real();
  int result = -1;
  record(path, [&] { return (result = real()) == 0; });
  return result;
}

template <typename Real>
int moved(CallPath from, CallPath to, Real real) {
  if (!recording_wanted() || from.path == nullptr || to.path == nullptr) return real();
  int result = -1;
  record_rename(from, to, [&] { return (result = real()) == 0; });
  return result;
}

/// After a write of `done` bytes that ended at `end`, or at the descriptor's position (-1): is it on disk?
ssize_t written(int fd, ssize_t done, off_t end, bool through) {
  if (done <= 0 || !recording_wanted()) return done;
  const int error = errno;
  if (!through) {
    const int flags = ::fcntl(fd, F_GETFL);
    through = flags >= 0 && (flags & O_DSYNC) != 0;  // O_SYNC has this bit.
    if (through && end < 0) {
      end = (flags & O_APPEND) != 0 ? static_cast<off_t>(facts_of(fd, "", true).bytes) : ::lseek(fd, 0, SEEK_CUR);
    }
  } else if (end < 0) {
    end = ::lseek(fd, 0, SEEK_CUR);
  }
  if (through && end >= done) {
    SyncRange range;
    range.begin = static_cast<std::uint64_t>(end - done);
    range.end = static_cast<std::uint64_t>(end);
    record_fd_sync(fd, range);
  }
  errno = error;
  return done;
}

std::FILE* stream_opened(const char* path, const char* mode, std::FILE* (*real)(const char*, const char*)) {
  if (!recording_wanted() || path == nullptr || mode == nullptr) return real(path, mode);
  std::FILE* stream = nullptr;
  record_open({AT_FDCWD, path}, mode[0] != 'r', mode[0] == 'w', [&] {
    stream = real(path, mode);
    return stream == nullptr ? -1 : ::fileno(stream);
  });
  return stream;
}

template <typename Real>
int made_temporary(Real real) {
  const int fd = real();
  if (fd >= 0 && recording_wanted()) record_opened(fd, true);
  return fd;
}

int exchanged() {
  const char* const folder = ::getenv("HW_POWERLOSS_DIR");
  Recording::fail(folder != nullptr ? folder : "", "renameat2(RENAME_EXCHANGE) is not modelled");
  return 0;
}

}  // namespace

#define REAL(name, ...) next<__VA_ARGS__>(#name)

extern "C" {

// ---- open ----------------------------------------------------------------------------------

#define OPEN(name)                                                                 \
  int name(const char* path, int flags, ...) {                                     \
    std::va_list rest;                                                             \
    va_start(rest, flags);                                                         \
    const mode_t mode = mode_of(flags, rest);                                      \
    va_end(rest);                                                                  \
    static auto* const real = REAL(name, int(const char*, int, ...));              \
    return opened(AT_FDCWD, path, flags, [&] { return real(path, flags, mode); }); \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                                     \
  int name(int folder, const char* path, int flags, ...) {                               \
    std::va_list rest;                                                                   \
    va_start(rest, flags);                                                               \
    const mode_t mode = mode_of(flags, rest);                                            \
    va_end(rest);                                                                        \
    static auto* const real = REAL(name, int(int, const char*, int, ...));               \
    return opened(folder, path, flags, [&] { return real(folder, path, flags, mode); }); \
  }
OPENAT(openat)
OPENAT(openat64)

#define OPEN_2(name)                                                         \
  int name(const char* path, int flags) {                                    \
    static auto* const real = REAL(name, int(const char*, int));             \
    return opened(AT_FDCWD, path, flags, [&] { return real(path, flags); }); \
  }
OPEN_2(__open_2)
OPEN_2(__open64_2)

#define OPENAT_2(name)                                                             \
  int name(int folder, const char* path, int flags) {                              \
    static auto* const real = REAL(name, int(int, const char*, int));              \
    return opened(folder, path, flags, [&] { return real(folder, path, flags); }); \
  }
OPENAT_2(__openat_2)
OPENAT_2(__openat64_2)

#define CREAT(name)                                                                                \
  int name(const char* path, mode_t mode) {                                                        \
    static auto* const real = REAL(name, int(const char*, mode_t));                                \
    return opened(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, [&] { return real(path, mode); }); \
  }
CREAT(creat)
CREAT(creat64)

std::FILE* fopen(const char* path, const char* mode) {
  static auto* const real = REAL(fopen, std::FILE * (const char*, const char*));
  return stream_opened(path, mode, real);
}
std::FILE* fopen64(const char* path, const char* mode) {
  static auto* const real = REAL(fopen64, std::FILE * (const char*, const char*));
  return stream_opened(path, mode, real);
}

int mkstemp(char* path) {
  static auto* const real = REAL(mkstemp, int(char*));
  return made_temporary([&] { return real(path); });
}
int mkstemp64(char* path) {
  static auto* const real = REAL(mkstemp64, int(char*));
  return made_temporary([&] { return real(path); });
}
int mkostemp(char* path, int flags) {
  static auto* const real = REAL(mkostemp, int(char*, int));
  return made_temporary([&] { return real(path, flags); });
}
int mkostemp64(char* path, int flags) {
  static auto* const real = REAL(mkostemp64, int(char*, int));
  return made_temporary([&] { return real(path, flags); });
}

// ---- write: only what is written through matters --------------------------------------------

ssize_t write(int fd, const void* data, size_t bytes) {
  static auto* const real = REAL(write, ssize_t(int, const void*, size_t));
  return written(fd, real(fd, data, bytes), -1, false);
}
ssize_t writev(int fd, const struct iovec* parts, int count) {
  static auto* const real = REAL(writev, ssize_t(int, const struct iovec*, int));
  return written(fd, real(fd, parts, count), -1, false);
}

#define PWRITE(name)                                                                \
  ssize_t name(int fd, const void* data, size_t bytes, off_t at) {                  \
    static auto* const real = REAL(name, ssize_t(int, const void*, size_t, off_t)); \
    const ssize_t done = real(fd, data, bytes, at);                                 \
    return written(fd, done, at + done, false);                                     \
  }
PWRITE(pwrite)
PWRITE(pwrite64)

#define PWRITEV(name)                                                                    \
  ssize_t name(int fd, const struct iovec* parts, int count, off_t at) {                 \
    static auto* const real = REAL(name, ssize_t(int, const struct iovec*, int, off_t)); \
    const ssize_t done = real(fd, parts, count, at);                                     \
    return written(fd, done, at + done, false);                                          \
  }
PWRITEV(pwritev)
PWRITEV(pwritev64)

#define PWRITEV2(name)                                                                        \
  ssize_t name(int fd, const struct iovec* parts, int count, off_t at, int flags) {           \
    static auto* const real = REAL(name, ssize_t(int, const struct iovec*, int, off_t, int)); \
    const ssize_t done = real(fd, parts, count, at, flags);                                   \
    return written(fd, done, at < 0 ? -1 : at + done, (flags & (RWF_DSYNC | RWF_SYNC)) != 0); \
  }
PWRITEV2(pwritev2)
PWRITEV2(pwritev64v2)

ssize_t copy_file_range(int in, off64_t* in_at, int out, off64_t* out_at, size_t bytes, unsigned flags) {
  static auto* const real = REAL(copy_file_range, ssize_t(int, off64_t*, int, off64_t*, size_t, unsigned));
  const ssize_t done = real(in, in_at, out, out_at, bytes, flags);
  return written(out, done, out_at == nullptr ? -1 : *out_at, false);
}

#define SENDFILE(name)                                                       \
  ssize_t name(int out, int in, off_t* in_at, size_t bytes) {                \
    static auto* const real = REAL(name, ssize_t(int, int, off_t*, size_t)); \
    return written(out, real(out, in, in_at, bytes), -1, false);             \
  }
SENDFILE(sendfile)
SENDFILE(sendfile64)

#define FTRUNCATE(name)                                                                          \
  int name(int fd, off_t bytes) {                                                                \
    static auto* const real = REAL(name, int(int, off_t));                                       \
    const int result = real(fd, bytes);                                                          \
    if (result == 0 && recording_wanted()) record_fd_cut(fd, static_cast<std::uint64_t>(bytes)); \
    return result;                                                                               \
  }
FTRUNCATE(ftruncate)
FTRUNCATE(ftruncate64)

#define TRUNCATE(name)                                                                               \
  int name(const char* path, off_t bytes) {                                                          \
    static auto* const real = REAL(name, int(const char*, off_t));                                   \
    const int result = real(path, bytes);                                                            \
    if (result == 0 && recording_wanted()) record_path_cut(path, static_cast<std::uint64_t>(bytes)); \
    return result;                                                                                   \
  }
TRUNCATE(truncate)
TRUNCATE(truncate64)

// ---- sync: the content before the call is what the call makes durable --------------------------

int fsync(int fd) {
  static auto* const real = REAL(fsync, int(int));
  if (recording_wanted()) {
    record_fd_sync(fd, {0, kNoSize, true});
    if (syncs_left_out()) return 0;
  }
  return real(fd);
}
int fdatasync(int fd) {
  static auto* const real = REAL(fdatasync, int(int));
  if (recording_wanted()) {
    record_fd_sync(fd, {0, kNoSize, false});
    if (syncs_left_out()) return 0;
  }
  return real(fd);
}
int msync(void* address, size_t bytes, int flags) {
  static auto* const real = REAL(msync, int(void*, size_t, int));
  if ((flags & MS_SYNC) != 0 && recording_wanted()) {
    record_memory_sync(address, bytes);
    if (syncs_left_out()) return 0;
  }
  return real(address, bytes, flags);
}
// It promises nothing: neither sizes nor the disk's own cache. So nothing counts as on disk by it.
int sync_file_range(int fd, off64_t at, off64_t bytes, unsigned flags) {
  static auto* const real = REAL(sync_file_range, int(int, off64_t, off64_t, unsigned));
  return real(fd, at, bytes, flags);
}
int syncfs(int fd) noexcept {
  static auto* const real = REAL(syncfs, int(int));
  if (recording_wanted()) {
    record_everything_synced();
    if (syncs_left_out()) return 0;
  }
  return real(fd);
}
void sync() noexcept {
  static auto* const real = REAL(sync, void());
  if (recording_wanted()) {
    record_everything_synced();
    if (syncs_left_out()) return;
  }
  real();
}

// ---- names ---------------------------------------------------------------------------------

int rename(const char* from, const char* to) noexcept {
  static auto* const real = REAL(rename, int(const char*, const char*));
  return moved({AT_FDCWD, from}, {AT_FDCWD, to}, [&] { return real(from, to); });
}
int renameat(int from_folder, const char* from, int to_folder, const char* to) noexcept {
  static auto* const real = REAL(renameat, int(int, const char*, int, const char*));
  return moved({from_folder, from}, {to_folder, to}, [&] { return real(from_folder, from, to_folder, to); });
}
int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) noexcept {
  static auto* const real = REAL(renameat2, int(int, const char*, int, const char*, unsigned));
  if ((flags & RENAME_EXCHANGE) != 0 && recording_wanted()) exchanged();
  return moved({from_folder, from}, {to_folder, to}, [&] { return real(from_folder, from, to_folder, to, flags); });
}
int unlink(const char* path) noexcept {
  static auto* const real = REAL(unlink, int(const char*));
  return named([&] { return real(path); }, record_remove, {AT_FDCWD, path});
}
int unlinkat(int folder, const char* path, int flags) noexcept {
  static auto* const real = REAL(unlinkat, int(int, const char*, int));
  return named([&] { return real(folder, path, flags); }, record_remove, {folder, path});
}
int remove(const char* path) noexcept {
  static auto* const real = REAL(remove, int(const char*));
  return named([&] { return real(path); }, record_remove, {AT_FDCWD, path});
}
int rmdir(const char* path) noexcept {
  static auto* const real = REAL(rmdir, int(const char*));
  return named([&] { return real(path); }, record_remove, {AT_FDCWD, path});
}
int link(const char* from, const char* to) noexcept {
  static auto* const real = REAL(link, int(const char*, const char*));
  return named([&] { return real(from, to); }, record_create, {AT_FDCWD, to});
}
int linkat(int from_folder, const char* from, int to_folder, const char* to, int flags) noexcept {
  static auto* const real = REAL(linkat, int(int, const char*, int, const char*, int));
  return named([&] { return real(from_folder, from, to_folder, to, flags); }, record_create, {to_folder, to});
}
int symlink(const char* text, const char* path) noexcept {
  static auto* const real = REAL(symlink, int(const char*, const char*));
  return named([&] { return real(text, path); }, record_create, {AT_FDCWD, path});
}
int symlinkat(const char* text, int folder, const char* path) noexcept {
  static auto* const real = REAL(symlinkat, int(const char*, int, const char*));
  return named([&] { return real(text, folder, path); }, record_create, {folder, path});
}
int mkdir(const char* path, mode_t mode) noexcept {
  static auto* const real = REAL(mkdir, int(const char*, mode_t));
  return named([&] { return real(path, mode); }, record_create, {AT_FDCWD, path});
}
int mkdirat(int folder, const char* path, mode_t mode) noexcept {
  static auto* const real = REAL(mkdirat, int(int, const char*, mode_t));
  return named([&] { return real(folder, path, mode); }, record_create, {folder, path});
}

int shmget(key_t key, size_t bytes, int flags) noexcept {
  static auto* const real = REAL(shmget, int(key_t, size_t, int));
  const int id = real(key, bytes, flags);
  if (id >= 0 && (flags & IPC_CREAT) != 0 && recording_wanted()) {
    const int error = errno;
    record_segment(id);
    errno = error;
  }
  return id;
}

}  // extern "C"
