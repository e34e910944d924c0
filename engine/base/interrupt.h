/// engine/base/interrupt.h -- a long command that stops cleanly when its user asks it to.
#pragma once

#include <pthread.h>

#include <csignal>

namespace hw {

/// While one lives, SIGINT and SIGTERM do not end the process but make `interrupted` true. One at a time.
class InterruptWatch {
 public:
  InterruptWatch();
  ~InterruptWatch();  ///< Puts the former handlers back.
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;

  bool interrupted() const;
};

/// True when the process was asked to end and has not come to it: an InterruptWatch has seen a signal, or SIGTERM or
/// SIGINT is blocked and pending. For long waits, to give up. False inside an EndDeferred of this thread.
bool end_requested();

/// While one lives, this thread is not to be stopped half-way: SIGINT, SIGTERM and SIGHUP are blocked, and its waits go
/// on although the process is asked to end.
class EndDeferred {
 public:
  EndDeferred();
  ~EndDeferred();  ///< A signal that came meanwhile acts now.
  EndDeferred(const EndDeferred&) = delete;
  EndDeferred& operator=(const EndDeferred&) = delete;
  /// Whether one of this thread lives.
  static bool here();

 private:
  sigset_t before_{};
};

/// While one lives, `interrupt` makes the system call in which its thread waits return with EINTR, also where the
/// thread has blocked the signals that ask for the end. The signal is SIGURG, which does nothing by default; the first
/// interrupt() gives it a handler where the program has none. With a handler of the program's own the wait may go on.
class InterruptibleWait {
 public:
  InterruptibleWait();
  ~InterruptibleWait();
  InterruptibleWait(const InterruptibleWait&) = delete;
  InterruptibleWait& operator=(const InterruptibleWait&) = delete;
  /// Thread: any other. A call that begins just afterwards is not met: call it again until the wait has ended.
  void interrupt() const;

 private:
  pthread_t thread_;
  sigset_t before_{};
};

}  // namespace hw
