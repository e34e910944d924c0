/// engine/base/interrupt.h -- a long command that stops cleanly when its user asks it to.
#pragma once

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
/// SIGINT is blocked and pending. For long waits, to give up.
bool end_requested();

}  // namespace hw
