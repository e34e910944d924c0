#include "engine/base/failpoint.h"

#include <pthread.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <string>

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

  bool is(FailPoint point) {
    if (!is_read_.load(std::memory_order_acquire)) read();
    return any_ && name_ == failpoint_name(point);
  }
  bool is_due() { return passings_left_.fetch_sub(1) == 1; }
  int signal() const { return signal_; }

 private:
  Armed() {
    // The only failure is want of memory, and only tests get here.
    (void)::pthread_atfork(nullptr, nullptr, [] { of_this_process().is_read_.store(false); });
  }

  void read() {
    std::lock_guard guard(mutex_);
    if (is_read_.load()) return;
    any_ = false;
    passings_left_ = 1;
    signal_ = SIGKILL;
    if (const char* setting = std::getenv("HW_FAIL"); setting != nullptr) parse(setting);
    is_read_.store(true, std::memory_order_release);
  }

  void parse(const std::string& text) {
    const auto colon = text.find(':');
    if (colon == std::string::npos) return;
    if (text.compare(colon, 5, ":stop") == 0)
      signal_ = SIGSTOP;
    else if (text.compare(colon, 5, ":kill") != 0)
      return;
    name_ = text.substr(0, colon);
    if (text.size() > colon + 6) passings_left_ = std::strtol(text.c_str() + colon + 6, nullptr, 10);
    any_ = true;
  }

  std::mutex mutex_;  ///< held for the read, which no test forks during
  std::atomic<bool> is_read_{false};
  bool any_ = false;
  std::string name_;
  std::atomic<long> passings_left_{1};
  int signal_ = SIGKILL;
};

}  // namespace

void fail_here(FailPoint point) {
  Armed& armed = Armed::of_this_process();
  if (armed.is(point) && armed.is_due()) std::raise(armed.signal());
}
#endif

}  // namespace hw
