/// test/sim/powerloss/process_recording.h -- the recording as one process of the instance takes part in it.
///
/// Everything here runs inside of calls of the program that is recorded: nothing may throw into it, change its errno,
/// or be recorded itself.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <string>

#include "test/sim/powerloss/recording.h"

namespace hw::powerloss {

/// This process's part of the recording. Everything in it is used under the recording's lock.
struct Process {
  std::optional<Recording> recording;
  bool registered = false;
  std::int64_t sampled_ns = 0;
  std::size_t next_sample = static_cast<std::size_t>(::getpid());  ///< not the same file for every short process
};

/// While one lives, what this thread calls is the recorder's own. Restores errno.
class Inside {
 public:
  Inside();
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;
  ~Inside();
  static bool now();
  /// The program is to see the present errno.
  void keep_error() { error_ = errno; }

 private:
  int error_;
};

/// Whether the environment wants a recording of this process.
bool records();
/// The recording is of no use from now on: images of it fail.
void fail(const std::string& why);
/// Runs `body` with the recording locked.
void locked(const std::function<Done(Recording&, Process&)>& body);
/// The process is known to the recording from now on.
Done take_part(Recording& recording, Process& mine);
/// Whether a canonical path is in the folder that is recorded.
bool below_root(const std::string& path);

/// Calls what must not throw into the program.
template <typename Body>
void guarded(Body body) {
  try {
    body();
  } catch (const std::exception& error) {
    fail(error.what());
  }
}

}  // namespace hw::powerloss
