/// engine/base/start_thread.h -- the one place where our code makes a thread: a system that allows no more is an error
/// of the caller's, not the end of the process.
#pragma once

#include <functional>
#include <string_view>
#include <thread>

#include "engine/base/result.h"

namespace hw {

/// `what` is what the thread does, for the message: `watch of a lock`. Errors: SYSCALL with the system's reason; EAGAIN
/// comes with a note on the limits that there are.
Result<std::thread> start_thread(std::string_view what, std::function<void()> run);

}  // namespace hw
