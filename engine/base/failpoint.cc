#include "engine/base/failpoint.h"

#include <pthread.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <string>

#include "engine/base/mutex.h"

namespace hw {

std::string_view failpoint_name(FailPoint point) {
  switch (point) {
#define FAILPOINT(name, where) \
  case FailPoint::name:        \
    return #name;
#include "engine/base/failpoints.def"
#undef FAILPOINT
  }
  return "";
}

#ifdef HW_FAILPOINTS
namespace {

/// What HW_FAIL says. The child of a fork reads it again: tests arm a point there, and may have passed one before.
class Armed {
 public:
  static Armed& of_this_process() {
    static Armed armed;
    return armed;
  }

  bool is(std::string_view name) {
    if (!is_read_.load(std::memory_order_acquire)) read();
    return any_ && name_ == name;
  }
  bool is_due() { return each_time_ || passings_left_.fetch_sub(1) == 1; }
  /// 0: the call fails.
  int signal() const { return signal_; }
  void read_again() { is_read_.store(false); }

 private:
  Armed() {
    // The only failure is want of memory, and only tests get here.
    (void)::pthread_atfork(nullptr, nullptr, [] { of_this_process().is_read_.store(false); });
  }

  void read() {
    const MutexLock guard(mutex_);
    if (is_read_.load()) return;
    any_ = false;
    passings_left_ = 1;
    signal_ = SIGKILL;
    each_time_ = false;
    if (const char* setting = std::getenv("HW_FAIL"); setting != nullptr) parse(setting);
    is_read_.store(true, std::memory_order_release);
  }

  void parse(const std::string& text) HW_REQUIRES(mutex_) {
    const auto colon = text.find(':');
    if (colon == std::string::npos) return;
    const auto count = text.find(':', colon + 1);
    const std::string what = text.substr(colon + 1, count == std::string::npos ? count : count - colon - 1);
    if (what == "stop")
      signal_ = SIGSTOP;
    else if (what == "error" || what == "errors")
      signal_ = 0;
    else if (what != "kill")
      return;
    each_time_ = what == "errors";
    name_ = text.substr(0, colon);
    if (count != std::string::npos) passings_left_ = std::strtol(text.c_str() + count + 1, nullptr, 10);
    any_ = true;
  }

  Mutex mutex_;  ///< held for the read, which no test forks during
  std::atomic<bool> is_read_{false};
  bool any_ = false;
  std::string name_;
  std::atomic<long> passings_left_{1};
  bool each_time_ = false;
  int signal_ = SIGKILL;
};

}  // namespace

void fail_here(FailPoint point) {
  Armed& armed = Armed::of_this_process();
  if (armed.is(failpoint_name(point)) && armed.signal() != 0 && armed.is_due()) std::raise(armed.signal());
}

bool refused_here(std::string_view name) {
  Armed& armed = Armed::of_this_process();
  return armed.is(name) && armed.signal() == 0 && armed.is_due();
}

void read_failpoints_again() { Armed::of_this_process().read_again(); }
#endif

}  // namespace hw
