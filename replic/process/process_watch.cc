#include "replic/process/process_watch.h"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace hw {

bool ProcessWatch::open(std::uint32_t pid) {
  close();
  fd_ = static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(pid), 0));
  return fd_ >= 0;
}

void ProcessWatch::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

bool ProcessWatch::ended() const {
  struct pollfd watch {
    fd_, POLLIN, 0
  };
  return ::poll(&watch, 1, 0) > 0;
}

}  // namespace hw
