#include "replic/process/daemon.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>

#include "engine/base/bytes.h"
#include "engine/base/file.h"

namespace hw {
namespace {

constexpr std::size_t kReportHeadBytes = 9;  // good, status, pid

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t done = ::write(fd, text.data(), text.size());
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return;  // No command waits any more.
    text.remove_prefix(static_cast<std::size_t>(done));
  }
}

std::string read_all(int fd) {
  std::string out;
  std::array<char, 4096> piece{};
  for (;;) {
    const ssize_t got = ::read(fd, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return out;
    out.append(piece.data(), static_cast<std::size_t>(got));
  }
}

void redirect(int from, std::initializer_list<int> standard) {
  for (const int fd : standard)
    while (::dup2(from, fd) < 0 && errno == EINTR) {
    }
}

void redirect_to_null(std::initializer_list<int> standard) {
  const int null = ::open("/dev/null", O_RDWR);
  if (null < 0) return;
  redirect(null, standard);
  if (null > STDERR_FILENO) ::close(null);
}

sigset_t stop_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGTERM);
  ::sigaddset(&set, SIGINT);
  return set;
}

[[noreturn]] void become_server(int report_fd, const std::function<int(StartReport&)>& server) {
  const sigset_t stops = stop_signals();
  ::pthread_sigmask(SIG_BLOCK, &stops, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGHUP, SIG_IGN);
  redirect_to_null({STDIN_FILENO});
  int status = 1;
  {
    StartReport report(report_fd);
    status = server(report);
  }
  // No destructors of the command's objects and no buffers of its streams: they are the parent's.
  ::_exit(status);
}

}  // namespace

StartReport::~StartReport() {
  if (fd_ >= 0) ::close(fd_);
}

void StartReport::send(bool good, int status, std::string_view text) {
  if (fd_ < 0) return;
  std::string message;
  append_le(message, static_cast<std::uint8_t>(good));
  append_le(message, static_cast<std::uint32_t>(status));
  append_le(message, static_cast<std::uint32_t>(::getpid()));
  message += text;
  write_all(fd_, message);
  ::close(fd_);
  fd_ = -1;
}

void StartReport::started(int log_fd, std::string_view text) {
  if (log_fd >= 0) {
    redirect(log_fd, {STDOUT_FILENO, STDERR_FILENO});
  } else {
    redirect_to_null({STDOUT_FILENO, STDERR_FILENO});
  }
  send(true, 0, text);
}

void StartReport::failed(int status, std::string_view text) { send(false, status, text); }

Result<DaemonStart> run_as_daemon(const std::function<int(StartReport&)>& server) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return system_error("pipe2()", "server start");
  const pid_t between = ::fork();
  if (between < 0) {
    Error error = system_error("fork()", "server start");
    ::close(ends[0]);
    ::close(ends[1]);
    return error;
  }
  if (between == 0) {
    // A session without a terminal; its leader goes, so that none can be acquired and no shell waits for the server.
    ::close(ends[0]);
    ::setsid();
    const pid_t grandchild = ::fork();
    if (grandchild == 0) become_server(ends[1], server);
    ::_exit(grandchild > 0 ? 0 : 1);
  }
  ::close(ends[1]);
  int wait_status = 0;
  while (::waitpid(between, &wait_status, 0) < 0 && errno == EINTR) {
  }
  const std::string told = read_all(ends[0]);
  ::close(ends[0]);
  if (told.size() < kReportHeadBytes) {
    return DaemonStart{false, 1, told, 0};
  }
  ByteReader reader(as_bytes(told));
  DaemonStart start;
  start.started = reader.take<std::uint8_t>() != 0;
  start.status = static_cast<int>(reader.take<std::uint32_t>());
  start.pid = static_cast<pid_t>(reader.take<std::uint32_t>());
  start.text = std::string(reader.take_text(reader.left()));
  return start;
}

StopSignal::~StopSignal() {
  if (fd_ >= 0) ::close(fd_);
}

Status StopSignal::open() {
  const sigset_t stops = stop_signals();
  ::pthread_sigmask(SIG_BLOCK, &stops, nullptr);
  fd_ = ::signalfd(-1, &stops, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd_ < 0) return system_error("signalfd()", "SIGTERM");
  return {};
}

std::string StopSignal::take() {
  struct signalfd_siginfo info {};
  if (fd_ < 0 || ::read(fd_, &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return {};
  return fmt::format("Signal {} ({}) from process {} of user {}", info.ssi_signo,
                     ::strsignal(static_cast<int>(info.ssi_signo)), info.ssi_pid, info.ssi_uid);
}

void StopSignal::wait_until(std::chrono::steady_clock::time_point until) const {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
  struct pollfd watch {
    fd_, POLLIN, 0
  };
  if (left > 0) (void)::poll(&watch, 1, static_cast<int>(left));
}

bool StopSignal::requested() const {
  struct pollfd watch {
    fd_, POLLIN, 0
  };
  return ::poll(&watch, 1, 0) > 0;
}

}  // namespace hw
