/// replic/process/event_watch.h -- turns an event in shared memory into a readable descriptor, for one who waits for
/// both.
#pragma once

#include <thread>

#include "engine/base/mutex.h"
#include "engine/base/result.h"
#include "engine/base/robust_mutex.h"
#include "replic/process/wake_up.h"

namespace hw {

/// While the server is busy events fall together: after a wake-up there is no other until seen().
class EventWatch {
 public:
  /// Both must outlive the watch.
  EventWatch(SharedEvent& event, const WakeUp& wake) : event_(event), wake_(wake) {}
  EventWatch(const EventWatch&) = delete;
  EventWatch& operator=(const EventWatch&) = delete;
  ~EventWatch();
  /// From here on events are seen. Errors: SYSCALL when the system allows no thread.
  Status start();
  /// The server has taken notice and will look at the shared state from now on.
  void seen();

 private:
  void watch();

  SharedEvent& event_;
  const WakeUp& wake_;
  Mutex mutex_;
  Condition seen_changed_;
  bool seen_ HW_GUARDED_BY(mutex_) = false;
  bool stop_ HW_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace hw
