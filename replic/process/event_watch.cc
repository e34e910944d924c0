#include "replic/process/event_watch.h"

#include <chrono>

#include "engine/base/start_thread.h"

namespace hw {
namespace {

constexpr auto kWaitMax = std::chrono::seconds(1);

}  // namespace

Status EventWatch::start() {
  HW_TRY(thread_, start_thread("watch of the receive pool", [this] { watch(); }));
  return {};
}

EventWatch::~EventWatch() {
  if (!thread_.joinable()) return;
  {
    const MutexLock guard(mutex_);
    stop_ = true;
  }
  seen_changed_.notify_all();
  event_.signal();
  thread_.join();
}

void EventWatch::seen() {
  {
    const MutexLock guard(mutex_);
    seen_ = true;
  }
  seen_changed_.notify_all();
}

void EventWatch::watch() {
  for (;;) {
    const std::uint32_t ticket = event_.ticket();
    wake_.wake();
    {
      MutexLock guard(mutex_);
      seen_changed_.wait(guard, [this]() HW_REQUIRES(mutex_) { return seen_ || stop_; });
      if (stop_) return;
      seen_ = false;
    }
    event_.wait(ticket, std::chrono::steady_clock::now() + kWaitMax);
  }
}

}  // namespace hw
