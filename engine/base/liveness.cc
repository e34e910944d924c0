#include "engine/base/liveness.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/check.h"
#include "engine/base/file.h"

namespace hw {

namespace {

/// Set in a start that a process made up because the system does not tell the time.
constexpr std::uint64_t kMadeUp = std::uint64_t{1} << 63;

/// What the system tells of a process number.
struct Sight {
  bool there = false;       ///< a process that has not ended has it
  std::uint64_t start = 0;  ///< 0: it does not tell
};

std::optional<std::string> read_small(const std::string& path) {
  const auto file = File::open(path, O_RDONLY);
  if (!file.has_value()) return std::nullopt;
  std::string text(4096, '\0');  // The fields wanted are among the first.
  const ssize_t got = ::read(file->fd(), text.data(), text.size());
  if (got <= 0) return std::nullopt;
  text.resize(static_cast<std::size_t>(got));
  return text;
}

/// By what this process's time name space moves the start times that it is shown, in clock ticks; none when that cannot
/// be told. Source: time_namespaces(7), and PROC_TIME_INIT_INO of the kernel, which is the number of the first one.
std::optional<std::int64_t> start_shift() {
  constexpr ino_t kFirstTimeSpace = 0xEFFFFFFA;
  struct stat own {};
  struct stat of_children {};
  if (::stat("/proc/self/ns/time", &own) != 0)
    return errno == ENOENT && ::access("/proc/self/stat", F_OK) == 0 ? std::optional<std::int64_t>(0) : std::nullopt;
  if (own.st_ino == kFirstTimeSpace) return 0;
  // What can be read are the children's offsets.
  if (::stat("/proc/self/ns/time_for_children", &of_children) != 0 || of_children.st_ino != own.st_ino)
    return std::nullopt;
  const auto offsets = read_small("/proc/self/timens_offsets");
  if (!offsets) return std::nullopt;
  const std::size_t line = offsets->find("boottime");
  long long seconds = 0;
  long nanoseconds = 0;
  if (line == std::string::npos ||
      std::sscanf(offsets->c_str() + line, "boottime %lld %ld", &seconds, &nanoseconds) != 2)
    return std::nullopt;
  const long per_second = ::sysconf(_SC_CLK_TCK);
  // A part of a tick may move a start to the next one.
  if (per_second <= 0 || nanoseconds % (1'000'000'000 / per_second) != 0) return std::nullopt;
  return seconds * per_second + nanoseconds / (1'000'000'000 / per_second);
}

/// Whether /proc has this process by its own number, so that it has the others by theirs.
bool is_proc_of_own_space() {
  char text[32] = {};  // zero-terminated
  return ::readlink("/proc/self", text, sizeof text - 1) > 0 && std::strtol(text, nullptr, 10) == ::getpid();
}

/// From the text of a stat file; none when it is no such text.
std::optional<Sight> parse_stat(std::string_view all) {
  // Field 2 is the program's name in parentheses and may hold anything; the fields after the last one are plain.
  std::size_t at = all.rfind(')');
  if (at == std::string_view::npos || at + 2 >= all.size()) return std::nullopt;
  at += 2;
  const char state = all[at];
  for (int field = 3; field < 22; ++field) {
    // A first thread that has ended shows as Z while others still run, or still let go of shared memory.
    if (field == 20 && state == 'Z' && std::strtoul(std::string(all.substr(at)).c_str(), nullptr, 10) <= 1)
      return Sight{};
    at = all.find(' ', at);
    if (at == std::string_view::npos) return std::nullopt;
    ++at;
  }
  if (state == 'X') return Sight{};
  const auto shift = start_shift();
  const std::uint64_t shown = std::strtoull(std::string(all.substr(at)).c_str(), nullptr, 10);
  return Sight{true, shift ? shown - static_cast<std::uint64_t>(*shift) : 0};
}

/// Without /proc, or a descriptor to read it by. One that has ended and waits for its parent still takes signals, but
/// its pidfd is readable; where there is none to be had its parent, at least, can tell.
bool is_number_in_use(std::uint32_t pid) {
  if (::kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH) return false;
  const int fd = static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(pid), 0));
  if (fd < 0 && errno == ESRCH) return false;
  if (fd < 0) {
    siginfo_t info{};
    return ::waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0;
  }
  struct pollfd watch {
    fd, POLLIN, 0
  };
  const bool ended = ::poll(&watch, 1, 0) == 1;
  ::close(fd);
  return !ended;
}

Sight look_at(std::uint32_t pid) {
  // A damaged pool may name what is no process number, and kill() would take for all processes.
  if (pid == 0 || pid > std::uint32_t{std::numeric_limits<pid_t>::max()}) return {};
  if (is_proc_of_own_space()) {
    if (const auto text = read_small(fmt::format("/proc/{}/stat", pid))) {
      if (const auto sight = parse_stat(*text)) return *sight;
    }
  }
  return Sight{is_number_in_use(pid), 0};
}

// What this process knows of itself; 0: not yet. A child of fork() may be in another name space.
std::atomic<std::uint64_t> own_start_known{0};
std::atomic<std::uint64_t> own_space_known{0};

void forget_at_fork() {
  static std::once_flag once;
  std::call_once(once, [] {
    ::pthread_atfork(nullptr, nullptr, [] {
      own_start_known.store(0);
      own_space_known.store(0);
    });
  });
}

/// As it was first told: others compare it, and the lock of presence.h follows from it.
std::uint64_t own_start() {
  forget_at_fork();
  if (const std::uint64_t known = own_start_known.load(); known != 0) return known;
  std::uint64_t start = 0;
  if (const auto text = read_small("/proc/self/stat")) start = parse_stat(*text).value_or(Sight{}).start;
  if (start == 0) {
    HW_CHECK(::getrandom(&start, sizeof start, 0) == sizeof start);
    start |= kMadeUp;
  }
  std::uint64_t none = 0;
  return own_start_known.compare_exchange_strong(none, start) ? start : none;
}

bool is_comparable(std::uint64_t start) { return start != 0 && (start & kMadeUp) == 0; }

}  // namespace

std::uint64_t process_start(std::uint32_t pid) {
  return pid == static_cast<std::uint32_t>(::getpid()) ? own_start() : look_at(pid).start;
}

std::uint64_t own_pid_space() {
  forget_at_fork();
  if (const std::uint64_t known = own_space_known.load(); known != 0) return known;
  struct stat info {};
  if (::stat("/proc/self/ns/pid", &info) != 0) return 0;
  own_space_known.store(info.st_ino);
  return info.st_ino;
}

namespace {

/// The value of a field of /proc/<pid>/status; empty when there is no such process.
std::string status_field(std::uint32_t pid, std::string_view name) {
  const auto all = read_small(fmt::format("/proc/{}/status", pid));
  if (!all) return {};
  const std::string wanted = fmt::format("\n{}:\t", name);
  const std::size_t at = all->find(wanted);
  if (at == std::string::npos) return {};
  const std::string rest = all->substr(at + wanted.size());
  return rest.substr(0, rest.find('\n'));
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

namespace {

/// Of a number of this process's own name space.
Liveness liveness_here(std::uint32_t pid, std::uint64_t start) {
  // Its own start is known even where no other's is, and may be made up.
  if (pid == static_cast<std::uint32_t>(::getpid()))
    return start == 0 || start == own_start() ? Liveness::Lives : Liveness::Gone;
  const Sight sight = look_at(pid);
  if (!sight.there) return Liveness::Gone;
  if (start == 0 || sight.start == start) return Liveness::Lives;
  return is_comparable(start) && is_comparable(sight.start) ? Liveness::Gone : Liveness::Unsure;
}

}  // namespace

bool process_lives(std::uint32_t pid, std::uint64_t start) {
  return pid != 0 && liveness_here(pid, start) != Liveness::Gone;
}

Liveness liveness_of(std::uint32_t pid, std::uint64_t start, std::uint64_t space) {
  if (pid == 0) return Liveness::Gone;
  const std::uint64_t own = own_pid_space();
  if (space != 0 && own != 0 && space != own) return Liveness::Unseen;
  const Liveness here = liveness_here(pid, start);
  const bool is_own_space = own != 0 && space == own;
  return here == Liveness::Gone && !is_own_space ? Liveness::Unseen : here;
}

namespace {

constexpr long kExitAskedEach_ms = 20;

}  // namespace

Result<bool> wait_for_exit(std::uint32_t pid, std::uint64_t start, std::chrono::steady_clock::time_point deadline) {
  if (!process_lives(pid, start)) return true;
  const int fd = static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(pid), 0));
  if (fd < 0 && errno == ESRCH) return true;
  // None is to be had: too many files are open, or the kernel or its container has no such handles. Then it is asked.
  const long wait_max_ms = fd < 0 ? kExitAskedEach_ms : 3'600'000;
  bool ended = false;
  // The handle is readable when its process has ended. That may be a later one of the same number: then the one meant
  // has, too.
  while (!(ended = !process_lives(pid, start))) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    if (left <= 0) break;
    struct pollfd watch {
      fd, POLLIN, 0
    };
    const int ready = ::poll(&watch, 1, static_cast<int>(std::min(left, wait_max_ms)));
    ended = ready > 0;
    if (ended) break;
    if (ready < 0 && errno != EINTR) {
      Error error = system_error("poll()", fmt::format("process {}", pid));
      if (fd >= 0) ::close(fd);
      return error;
    }
  }
  if (fd >= 0) ::close(fd);
  return ended;
}

}  // namespace hw
