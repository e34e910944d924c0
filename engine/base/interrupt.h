/// engine/base/interrupt.h -- a long command that stops in good order when its user asks it to.
#pragma once

namespace hw {

/// While one lives, SIGINT, SIGTERM and SIGHUP do not end the process but make `interrupted` true. One at a time.
class InterruptWatch {
 public:
  InterruptWatch();
  ~InterruptWatch();  ///< Puts the former handlers back.
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;

  bool interrupted() const;
};

}  // namespace hw
