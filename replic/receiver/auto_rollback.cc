#include "replic/receiver/auto_rollback.h"

#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "engine/base/file.h"
#include "replic/process/process_watch.h"

extern char** environ;

namespace hw {
namespace {

constexpr int kLookAgain_ms = 1000;

}  // namespace

Result<int> run_auto_rollback(const std::vector<std::string>& command, int log_fd, int wake_fd,
                              const std::function<bool()>& stop_asked) {
  std::vector<char*> arguments;
  for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t streams;
  ::posix_spawn_file_actions_init(&streams);
  for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) ::posix_spawn_file_actions_adddup2(&streams, log_fd, fd);
  pid_t pid = 0;
  const int rc = ::posix_spawn(&pid, arguments[0], &streams, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&streams);
  if (rc != 0) return system_error("posix_spawn()", command[0], rc);
  ProcessWatch watch;
  const bool watched = watch.open(static_cast<std::uint32_t>(pid));
  for (bool told = false; watched && !watch.ended();) {
    struct pollfd wait[] = {{watch.fd(), POLLIN, 0}, {wake_fd, POLLIN, 0}};
    (void)::poll(wait, told ? 1 : 2, kLookAgain_ms);  // Looked at again in any case.
    if (told || !stop_asked()) continue;
    told = true;
    ::kill(pid, SIGTERM);
  }
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return system_error("waitpid()", command[0]);
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace hw
