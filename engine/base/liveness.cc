#include "engine/base/liveness.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "engine/base/file.h"

namespace hw {

namespace {

/// As process_start; `hidden` is set when the system does not let the process be looked at.
std::uint64_t look_at_start(std::uint32_t pid, bool& hidden) {
  hidden = false;
  if (pid == 0) return 0;
  const int fd = ::open(fmt::format("/proc/{}/stat", pid).c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    // With hidepid the process seems not to be there; a signal would still be refused, not lost.
    hidden = ::kill(static_cast<pid_t>(pid), 0) != 0 && errno == EPERM;
    return 0;
  }
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

}  // namespace

std::uint64_t process_start(std::uint32_t pid) {
  bool hidden = false;
  return look_at_start(pid, hidden);
}

std::uint64_t own_pid_space() {
  struct stat info {};
  return ::stat("/proc/self/ns/pid", &info) == 0 ? info.st_ino : 0;
}

namespace {

/// The value of a field of /proc/<pid>/status; empty when there is no such process.
std::string status_field(std::uint32_t pid, std::string_view name) {
  const auto file = File::open(fmt::format("/proc/{}/status", pid), O_RDONLY);
  if (!file.has_value()) return {};
  char text[4096] = {};  // The fields wanted are among the first.
  const ssize_t got = ::read(file->fd(), text, sizeof text - 1);
  if (got <= 0) return {};
  const std::string_view all(text, static_cast<std::size_t>(got));
  const std::string wanted = fmt::format("\n{}:\t", name);
  const std::size_t at = all.find(wanted);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = all.substr(at + wanted.size());
  return std::string(rest.substr(0, rest.find('\n')));
}

}  // namespace

char process_state(std::uint32_t pid) {
  const std::string state = status_field(pid, "State");
  return state.empty() ? '\0' : state.front();
}

std::uint32_t process_of_thread(std::uint32_t thread) {
  if (thread == 0) return 0;
  return static_cast<std::uint32_t>(std::strtoul(status_field(thread, "Tgid").c_str(), nullptr, 10));
}

bool process_lives(std::uint32_t pid, std::uint64_t start) {
  bool hidden = false;
  const std::uint64_t now = look_at_start(pid, hidden);
  return hidden || (now != 0 && (start == 0 || start == now));
}

Liveness liveness_of(std::uint32_t pid, std::uint64_t start, std::uint64_t space) {
  if (pid == 0) return Liveness::Gone;
  if (space != 0 && space != own_pid_space()) return Liveness::Unseen;
  return process_lives(pid, start) ? Liveness::Lives : Liveness::Gone;
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
