#include "engine/base/start_thread.h"

#include <cerrno>
#include <system_error>
#include <utility>

#include "engine/base/file.h"

namespace hw {

Result<std::thread> start_thread(std::string_view what, std::function<void()> run) {
  try {
    return std::thread(std::move(run));
  } catch (const std::system_error& failure) {
    Error error = system_error("pthread_create()", what, failure.code().value());
    if (error.os_errno != EAGAIN) return error;
    return error.note(
        "The user, the service or the machine may have no more threads: ulimit -u, TasksMax= of the service, "
        "/proc/sys/kernel/threads-max");
  }
}

}  // namespace hw
