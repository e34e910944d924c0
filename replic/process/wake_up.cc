#include "replic/process/wake_up.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace hw {

WakeUp::~WakeUp() {
  if (fd_ >= 0) ::close(fd_);
}

Status WakeUp::open() {
  fd_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd_ >= 0) return {};
  Error error = make_error<MsgId::SYSCALL>("eventfd()", "wake-up");
  return error.with_errno(errno);
}

void WakeUp::wake() const {
  const std::uint64_t one = 1;
  // Fails only when it is readable already.
  [[maybe_unused]] const ssize_t done = ::write(fd_, &one, sizeof one);
}

void WakeUp::clear() const {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t done = ::read(fd_, &count, sizeof count);
}

}  // namespace hw
