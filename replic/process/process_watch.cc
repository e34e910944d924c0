#include "replic/process/process_watch.h"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "engine/base/liveness.h"

namespace hw {

bool ProcessWatch::open(std::uint32_t pid) {
  close();
  fd_ = static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(pid), 0));
  if (fd_ < 0 && errno == ESRCH) return false;
  pid_ = pid;
  start_ = fd_ < 0 ? process_start(pid) : 0;
  return true;
}

void ProcessWatch::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
  pid_ = 0;
}

bool ProcessWatch::ended() const {
  if (pid_ == 0) return true;
  if (fd_ >= 0) {
    struct pollfd watch {
      fd_, POLLIN, 0
    };
    return ::poll(&watch, 1, 0) > 0;
  }
  return !process_lives(pid_, start_);
}

}  // namespace hw
