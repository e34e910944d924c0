/// replic/process/event_watch.h -- turns an event in shared memory into a readable descriptor, for one who waits for
/// both.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "engine/base/robust_mutex.h"
#include "replic/process/wake_up.h"

namespace hw {

/// While the server is busy events fall together: after a wake-up there is no other until seen().
class EventWatch {
 public:
  /// Both must outlive the watch.
  EventWatch(SharedEvent& event, const WakeUp& wake);
  EventWatch(const EventWatch&) = delete;
  EventWatch& operator=(const EventWatch&) = delete;
  ~EventWatch();
  /// The server has taken notice and will look at the shared state from now on.
  void seen();

 private:
  void watch();

  SharedEvent& event_;
  const WakeUp& wake_;
  std::mutex mutex_;
  std::condition_variable seen_changed_;
  bool seen_ = false;
  bool stop_ = false;
  std::thread thread_;  ///< last: it uses the others
};

}  // namespace hw
