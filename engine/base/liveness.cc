#include "engine/base/liveness.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "engine/base/file.h"

namespace hw {

std::uint64_t process_start(std::uint32_t pid) {
  if (pid == 0) return 0;
  const int fd = ::open(fmt::format("/proc/{}/stat", pid).c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  char text[1024] = {};  // zero-terminated
  const ssize_t got = ::read(fd, text, sizeof text - 1);
  ::close(fd);
  if (got <= 0) return 0;
  // Field 2 is the program's name in parentheses and may hold anything; the fields after the last one are plain.
  const std::string_view all(text, static_cast<std::size_t>(got));
  std::size_t at = all.rfind(')');
  if (at == std::string_view::npos || at + 2 >= all.size()) return 0;
  at += 2;
  const char state = all[at];
  for (int field = 3; field < 22; ++field) {
    // A first thread that has ended shows as Z while others still run, or still let go of shared memory.
    if (field == 20 && state == 'Z' && std::strtoul(all.data() + at, nullptr, 10) <= 1) return 0;
    at = all.find(' ', at);
    if (at == std::string_view::npos) return 0;
    ++at;
  }
  if (state == 'X') return 0;
  return std::strtoull(std::string(all.substr(at)).c_str(), nullptr, 10);
}

bool process_lives(std::uint32_t pid, std::uint64_t start) {
  const std::uint64_t now = process_start(pid);
  return now != 0 && (start == 0 || start == now);
}

Result<bool> wait_for_exit(std::uint32_t pid, std::uint64_t start, std::chrono::steady_clock::time_point deadline) {
  if (!process_lives(pid, start)) return true;
  const int fd = static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(pid), 0));
  if (fd < 0) {
    if (errno == ESRCH) return true;
    return system_error("pidfd_open()", fmt::format("process {}", pid));
  }
  bool ended = false;
  // The handle may be of a later process of the same number: then the one meant has ended.
  while (!(ended = !process_lives(pid, start))) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    if (left <= 0) break;
    struct pollfd watch {
      fd, POLLIN, 0
    };
    if (::poll(&watch, 1, static_cast<int>(std::min<long>(left, 3'600'000))) < 0 && errno != EINTR) {
      Error error = system_error("poll()", fmt::format("process {}", pid));
      ::close(fd);
      return error;
    }
  }
  ::close(fd);
  return ended;
}

}  // namespace hw
