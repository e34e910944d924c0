// Locks on bytes of files: FileLock of engine/base/file.h.
#include <fcntl.h>
#include <poll.h>

#include <cerrno>

#include "engine/base/file.h"
#include "engine/base/interrupt.h"
#include "engine/base/lock_wait.h"
#include "engine/base/operator_log.h"

namespace hw {
namespace {

struct flock byte_lock(std::uint64_t byte, short type) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = static_cast<off_t>(byte);
  lock.l_len = 1;
  return lock;
}

}  // namespace

Result<bool> FileLock::try_lock(const File& file, std::uint64_t byte, Kind kind) {
  struct flock lock = byte_lock(byte, kind == Kind::Shared ? F_RDLCK : F_WRLCK);
  if (::fcntl(file.fd(), F_OFD_SETLK, &lock) == 0) return true;
  if (errno == EAGAIN || errno == EACCES) return false;
  return system_error("fcntl(F_OFD_SETLK)", file.path());
}

namespace {

/// A wait that no thread can watch over: asked again and again, for what is done while it lasts is done in between.
Status wait_by_asking(const File& file, std::uint64_t byte, FileLock::Kind kind) {
  constexpr int kAskAgain_ms = 100;
  LockWait wait(file.path());
  for (;;) {
    HW_TRY(const bool free, FileLock::try_lock(file, byte, kind));
    if (free) return {};
    if (end_requested()) return make_error<MsgId::FORCEDHALT>();
    wait.look_at_openers(file.path());
    (void)::poll(nullptr, 0, kAskAgain_ms);  // A signal ends it early, which does no harm.
  }
}

}  // namespace

Status FileLock::wait(const File& file, std::uint64_t byte, Kind kind) {
  HW_TRY(const bool free, try_lock(file, byte, kind));
  if (free) return {};
  FileLockWatch watch(file.path());
  if (const Status watched = watch.start(); !watched.has_value()) {
    to_operator_log({"LOCKWAIT", ""}, watched.error());
    return wait_by_asking(file, byte, kind);
  }
  struct flock lock = byte_lock(byte, kind == Kind::Shared ? F_RDLCK : F_WRLCK);
  while (::fcntl(file.fd(), F_OFD_SETLKW, &lock) != 0) {
    if (errno != EINTR) return system_error("fcntl(F_OFD_SETLKW)", file.path());
    if (end_requested()) return make_error<MsgId::FORCEDHALT>();
  }
  return {};
}

Status FileLock::wait_exclusive(const File& file, std::uint64_t byte) { return wait(file, byte, Kind::Exclusive); }

Status FileLock::unlock(const File& file, std::uint64_t byte) {
  struct flock lock = byte_lock(byte, F_UNLCK);
  if (::fcntl(file.fd(), F_OFD_SETLK, &lock) != 0) return system_error("fcntl(F_OFD_SETLK)", file.path());
  return {};
}

Result<bool> FileLock::held_by_others(const File& file, std::uint64_t byte) {
  struct flock lock = byte_lock(byte, F_WRLCK);  // It is only asked about: the file need not be open for writing.
  if (::fcntl(file.fd(), F_OFD_GETLK, &lock) != 0) return system_error("fcntl(F_OFD_GETLK)", file.path());
  return lock.l_type != F_UNLCK;
}

}  // namespace hw
