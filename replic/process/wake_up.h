/// replic/process/wake_up.h -- a descriptor others make readable to end a process's wait (an eventfd).
#pragma once

#include "engine/base/result.h"

namespace hw {

/// Thread: all may use one object at once.
class WakeUp {
 public:
  WakeUp() = default;
  WakeUp(const WakeUp&) = delete;
  WakeUp& operator=(const WakeUp&) = delete;
  ~WakeUp();
  /// Errors: SYSCALL.
  Status open();
  void wake() const;
  /// Takes what came; it is not readable again until the next wake.
  void clear() const;
  int fd() const { return fd_; }

 private:
  int fd_ = -1;
};

}  // namespace hw
