#include "engine/base/interrupt.h"

#include <csignal>
#include <iterator>
#include <mutex>

namespace hw {
namespace {

constexpr int kSignals[] = {SIGINT, SIGTERM};
volatile std::sig_atomic_t was_seen = 0;
struct sigaction former[std::size(kSignals)];
thread_local int deferred = 0;

void note(int) { was_seen = 1; }

}  // namespace

InterruptWatch::InterruptWatch() {
  was_seen = 0;
  struct sigaction action {};
  action.sa_handler = note;
  ::sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < std::size(kSignals); ++i) ::sigaction(kSignals[i], &action, &former[i]);
}

InterruptWatch::~InterruptWatch() {
  for (std::size_t i = 0; i < std::size(kSignals); ++i) ::sigaction(kSignals[i], &former[i], nullptr);
  was_seen = 0;
}

bool InterruptWatch::interrupted() const { return was_seen != 0; }

bool end_requested() {
  if (EndDeferred::here()) return false;
  if (was_seen != 0) return true;
  sigset_t pending;
  if (::sigpending(&pending) != 0) return false;
  return ::sigismember(&pending, SIGTERM) == 1 || ::sigismember(&pending, SIGINT) == 1;
}

EndDeferred::EndDeferred() {
  sigset_t stops;
  ::sigemptyset(&stops);
  for (const int one : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&stops, one);
  ::pthread_sigmask(SIG_BLOCK, &stops, &before_);
  ++deferred;
}

EndDeferred::~EndDeferred() {
  --deferred;
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

bool EndDeferred::here() { return deferred > 0; }

namespace {

/// Without a handler the kernel drops the signal, and the system call goes on.
void handle_urgent() {
  struct sigaction present {};
  if (::sigaction(SIGURG, nullptr, &present) != 0) return;
  if (present.sa_handler != SIG_DFL && present.sa_handler != SIG_IGN) return;
  struct sigaction action {};
  action.sa_handler = [](int) {};
  ::sigemptyset(&action.sa_mask);
  ::sigaction(SIGURG, &action, nullptr);
}

}  // namespace

InterruptibleWait::InterruptibleWait() : thread_(::pthread_self()) {
  sigset_t urgent;
  ::sigemptyset(&urgent);
  ::sigaddset(&urgent, SIGURG);
  ::pthread_sigmask(SIG_UNBLOCK, &urgent, &before_);
}

InterruptibleWait::~InterruptibleWait() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

void InterruptibleWait::interrupt() const {
  static std::once_flag handled;
  std::call_once(handled, handle_urgent);
  ::pthread_kill(thread_, SIGURG);
}

}  // namespace hw
