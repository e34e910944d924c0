#include "replic/receiver/update_supervisor.h"

#include <spawn.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

#include "engine/base/liveness.h"

extern char** environ;

namespace hw {
namespace {

constexpr auto kStopMax = std::chrono::seconds(60);

}  // namespace

UpdateSupervisor::UpdateSupervisor(const JournalPool& journal_pool, const ReceivePool& pool,
                                   const std::vector<std::string>& command, int epoll_fd, ServerLog& log)
    : journal_pool_(journal_pool), pool_(pool), command_(command), epoll_fd_(epoll_fd), log_(log) {}

void UpdateSupervisor::watch(std::uint32_t pid) {
  runs_ = true;
  // Gone already: has_ended says so, as of one that ends later. So it does, within the second in which it is asked in
  // any case, where the system gives no descriptor that tells, or no place to watch it.
  if (!watch_.open(pid) || watch_.fd() < 0) return;
  struct epoll_event event {};
  event.events = EPOLLIN;
  event.data.fd = watch_.fd();
  (void)::epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, watch_.fd(), &event);
}

void UpdateSupervisor::adopt(const std::string& instance_path) {
  if (!process_lives(process(), instance_path)) return;
  watch(process().pid.load());
  log_.line(fmt::format("Update Process is running. PID {}", process().pid.load()));
}

Status UpdateSupervisor::start() {
  std::vector<char*> arguments;
  for (const auto& word : command_) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  set_state(process(), UpdateState::Starting);
  process().shutdown.store(static_cast<std::uint32_t>(ShutdownState::None));
  // The streams may still be those of the command that waits for the server's start.
  posix_spawn_file_actions_t streams;
  ::posix_spawn_file_actions_init(&streams);
  for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) ::posix_spawn_file_actions_adddup2(&streams, log_.fd(), fd);
  pid_t pid = 0;
  const int rc = ::posix_spawn(&pid, arguments[0], &streams, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&streams);
  if (rc != 0) {
    set_state(process(), UpdateState::Failed);
    return system_error("posix_spawn()", command_[0], rc);
  }
  // Where the system does not tell it the process notes what it goes by.
  if (const std::uint64_t start = process_start(static_cast<std::uint32_t>(pid)); start != 0)
    process().pid_start.store(start);
  process().pid_space.store(own_pid_space());
  process().pid.store(static_cast<std::uint32_t>(pid));
  journal_pool_.header().update_pid.store(static_cast<std::uint32_t>(pid));
  log_.line(fmt::format("Update Process started. PID {0} [0x{0:X}]", pid));
  watch(static_cast<std::uint32_t>(pid));
  return {};
}

bool UpdateSupervisor::has_ended() {
  if (!runs_ || !watch_.ended()) return false;
  runs_ = false;
  watch_.close();  // Which takes it out of the epoll set.
  const auto pid = static_cast<pid_t>(process().pid.load());
  int wait_status = 0;
  while (::waitpid(pid, &wait_status, 0) < 0 && errno == EINTR) {  // ECHILD: another receiver server's child.
  }
  if (has_state(process(), UpdateState::Stopped)) {
    log_.line("INFO : Update process not running due to user initiated shutdown");
  } else {
    set_state(process(), UpdateState::Failed);
    log_.line(fmt::format("Update process with PID {} was found dead; its log says why, unless it was killed", pid));
  }
  pool_.header().progressed.signal();
  return true;
}

void UpdateSupervisor::stop() {
  if (!runs_) return;
  const auto pid = process().pid.load();
  log_.line("Initiating shut down of Update Process");
  process().shutdown.store(static_cast<std::uint32_t>(ShutdownState::Asked));
  pool_.header().stored.signal();
  const auto ended = wait_for_exit(pid, process().pid_start.load(), std::chrono::steady_clock::now() + kStopMax);
  if (!ended.has_value()) {
    log_.report(ended.error());
  } else if (*ended) {
    ::waitpid(static_cast<pid_t>(pid), nullptr, WNOHANG);
    log_.line("Update Process exited");
  } else {
    log_.line(fmt::format("Update Process {} still has a commit under way", pid));
  }
  runs_ = false;
  watch_.close();
}

}  // namespace hw
