#include "replic/process/event_watch.h"

#include <chrono>

namespace hw {
namespace {

constexpr auto kWaitMax = std::chrono::seconds(1);

}  // namespace

EventWatch::EventWatch(SharedEvent& event, const WakeUp& wake)
    : event_(event), wake_(wake), thread_([this] { watch(); }) {}

EventWatch::~EventWatch() {
  {
    std::lock_guard guard(mutex_);
    stop_ = true;
  }
  seen_changed_.notify_all();
  event_.signal();
  thread_.join();
}

void EventWatch::seen() {
  {
    std::lock_guard guard(mutex_);
    seen_ = true;
  }
  seen_changed_.notify_all();
}

void EventWatch::watch() {
  for (;;) {
    const std::uint32_t ticket = event_.ticket();
    wake_.wake();
    {
      std::unique_lock guard(mutex_);
      seen_changed_.wait(guard, [this] { return seen_ || stop_; });
      if (stop_) return;
      seen_ = false;
    }
    event_.wait(ticket, std::chrono::steady_clock::now() + kWaitMax);
  }
}

}  // namespace hw
