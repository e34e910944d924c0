/// replic/process/daemon.h -- a server process in the background, whose start the starting command waits for.
///
/// The command forks; the server does what can fail (log, shared memory, ports) and only then says started(). Until
/// then the command waits, so that its exit status tells whether the server runs. A server that dies without a word is
/// told from one that says why not.
///
/// Fork only while the process has one thread: nothing of the engine may be open before.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>

#include "engine/base/result.h"

namespace hw {

/// The server's line to the command that waits for it.
class StartReport {
 public:
  explicit StartReport(int pipe_fd) : fd_(pipe_fd) {}
  StartReport(const StartReport&) = delete;
  StartReport& operator=(const StartReport&) = delete;
  ~StartReport();

  /// Start-up has worked: the command ends with status 0. Standard output and error go to `log_fd` from now on, or to
  /// /dev/null when it is negative. `text` is handed to the command.
  void started(int log_fd, std::string_view text = {});
  /// It has not: the command gets the exit status and the text to print. The server ends soon after.
  void failed(int status, std::string_view text);
  void failed(const Error& error) { failed(error.status(), error.render()); }

 private:
  void send(bool good, int status, std::string_view text);
  int fd_;
};

struct DaemonStart {
  bool started = false;
  int status = 0;    ///< exit status told; 1 when the server died without a word
  std::string text;  ///< told by the server
  pid_t pid = 0;     ///< of the server
};

/// Runs `server` in a process of its own session with SIGTERM and SIGINT blocked (for StopSignal), SIGPIPE and SIGHUP
/// ignored; what it returns is the exit status of that process. Returns, in the calling process only, when the server
/// has reported or died. Blocks until then.
/// Errors: SYSCALL when no process can be made.
Result<DaemonStart> run_as_daemon(const std::function<int(StartReport&)>& server);

/// SIGTERM and SIGINT as a file descriptor. They must be blocked in all threads: make it before any.
class StopSignal {
 public:
  StopSignal() = default;
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;
  ~StopSignal();
  /// Blocks both signals in this thread and opens the descriptor. Errors: SYSCALL.
  Status open();
  /// Readable once one of them came, and for ever after: nothing is consumed.
  int fd() const { return fd_; }
  bool requested() const;
  /// Returns when one came, or at `until`.
  void wait_until(std::chrono::steady_clock::time_point until) const;
  /// Which signal came and from whom, for the log: `Signal 15 (Terminated) from process 12 of user 0`. Empty when none
  /// did. Takes it: for the end of the server.
  std::string take();

 private:
  int fd_ = -1;
};

}  // namespace hw
