#include "cluster/keeper/process.h"

#include <dirent.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "engine/base/file.h"
#include "engine/base/liveness.h"
#include "engine/base/text.h"

namespace hw::cluster {
namespace {

using namespace std::chrono_literals;

/// Where the system gives no descriptor that tells of an end (too many files are open), the end is looked for.
constexpr auto kLookPeriod = 100ms;

/// PIDFD_SIGNAL_PROCESS_GROUP, which Debian 12's headers do not have; Linux 6.9.
constexpr unsigned kWholeGroup = 1U << 2;

bool send_by_pidfd(int fd, int number, unsigned flags) {
  return ::syscall(SYS_pidfd_send_signal, fd, number, nullptr, flags) == 0;
}

/// All process numbers that /proc shows; none where it is hidden.
std::vector<std::uint32_t> process_numbers() {
  std::vector<std::uint32_t> out;
  DIR* const folder = ::opendir("/proc");
  if (folder == nullptr) return out;
  while (const dirent* entry = ::readdir(folder))
    if (const auto number = whole_number<std::uint32_t>(entry->d_name)) out.push_back(*number);
  ::closedir(folder);
  return out;
}

/// A callback that may destroy what it is kept in.
template <typename... Args>
void call(std::function<void(Args...)> function, const std::type_identity_t<Args>&... args) {
  if (function) function(args...);
}

}  // namespace

Result<ProcessIdentity> identity_of(std::uint32_t pid) {
  const ProcessIdentity identity{pid, process_start(pid)};
  if (identity.start != 0) return identity;
  return system_error("open()", fmt::format("/proc/{}/stat", pid), process_lives(pid, 0) ? 0 : ESRCH);
}

ProcessGroup group_of(std::uint32_t pid) {
  const pid_t group = ::getpgid(static_cast<pid_t>(pid));
  const pid_t session = ::getsid(static_cast<pid_t>(pid));
  if (group <= 0 || session <= 0 || group == ::getpgrp()) return {};
  if (group != static_cast<pid_t>(pid) && group != session) return {};
  return {static_cast<std::uint32_t>(group), static_cast<std::uint32_t>(session)};
}

bool ProcessEnd::well() const { return wait_status && WIFEXITED(*wait_status) && WEXITSTATUS(*wait_status) == 0; }

std::string ProcessEnd::describe() const {
  if (!wait_status) return "how it ended is not known";
  if (WIFEXITED(*wait_status)) return fmt::format("exit status {}", WEXITSTATUS(*wait_status));
  const int number = WTERMSIG(*wait_status);
  return fmt::format("signal {} ({})", number, ::strsignal(number));
}

Result<std::unique_ptr<Process>> Process::start(EventLoop& loop, LaunchSpec spec, Events events) {
  std::unique_ptr<Process> process(new Process(loop, std::move(events)));
  process->spec_ = std::move(spec);
  HW_TRY(process->child_, launch(process->spec_));
  process->is_child_ = true;
  const auto pid = static_cast<std::uint32_t>(process->child_.pid);
  process->identity_ = {pid, process_start(pid)};
  process->group_ = {pid, pid};  // It makes both before its program runs.
  process->watch();
  Process* const self = process.get();
  auto talk = loop.when_readable(process->child_.talk.get(), [self] { self->on_talk(); });
  if (talk.has_value()) {
    process->talk_handle_ = *std::move(talk);
  } else {
    process->give_up(talk.error());
  }
  return process;
}

std::unique_ptr<Process> Process::adopt(EventLoop& loop, const ProcessIdentity& identity, const ProcessGroup& group,
                                        Events events) {
  std::unique_ptr<Process> process(new Process(loop, std::move(events)));
  process->identity_ = identity;
  process->group_ = group;
  process->watch();
  return process;
}

std::unique_ptr<Process> Process::adopt_rest(EventLoop& loop, const ProcessIdentity& identity,
                                             const ProcessGroup& group, Events events) {
  std::unique_ptr<Process> process(new Process(loop, std::move(events)));
  process->identity_ = identity;
  process->group_ = group;
  process->has_ended_ = true;
  return process;
}

void Process::watch() {
  const auto again = [this] { on_end(); };
  if (!is_child_ && !process_lives(identity_.pid, identity_.start)) {
    end_handle_ = loop_.at(EventLoop::Clock::now(), again);
    return;
  }
  if (watch_.open(identity_.pid)) {
    // The number may have become another process's before it was opened, but not since.
    if (!is_child_ && !process_lives(identity_.pid, identity_.start)) {
      watch_.close();
      return watch();
    }
    auto handle = loop_.when_readable(watch_.fd(), again);
    if (handle.has_value()) {
      end_handle_ = *std::move(handle);
      return;
    }
    watch_.close();
  }
  end_handle_ = loop_.at(EventLoop::Clock::now() + kLookPeriod, again);
}

void Process::give_up(const Error& why) {
  talk_handle_.cancel();
  child_.talk.close();
  failure_ = why;
}

void Process::on_talk() {
  talk_handle_.cancel();
  Status told = launch_failure(child_, spec_);
  child_.talk.close();
  if (told.has_value()) return call(events_.runs);
  failure_ = told.error();  // It ends by itself now.
}

bool Process::has_gone(ProcessEnd& end) const {
  if (!is_child_) return !process_lives(identity_.pid, identity_.start);
  int status = 0;
  const pid_t rc = ::waitpid(child_.pid, &status, WNOHANG);
  if (rc == child_.pid) end.wait_status = status;
  return rc != 0;
}

void Process::on_end() {
  ProcessEnd end;
  // What it has said is taken first; its end is still to be seen then.
  if (child_.talk.is_open() || !has_gone(end)) {
    if (watch_.fd() < 0) watch();
    return;
  }
  HW_CHECK(!has_ended_);  // Its end is told once.
  end_handle_.cancel();
  has_ended_ = true;
  if (failure_) return call(events_.failed, Error(*failure_));
  call(events_.ended, end);
}

void Process::signal(int number) {
  const bool by_pidfd = watch_.fd() >= 0;
  if (by_pidfd && leads_its_group()) {
    if (send_by_pidfd(watch_.fd(), number, kWholeGroup)) return;
    // A child that has not come to make its group is alone.
    if (errno == ESRCH && !has_ended_) (void)send_by_pidfd(watch_.fd(), number, 0);
    if (errno != EINVAL) return;
  }
  // As long as it lives, or is a child that was not waited for, no stranger has its number. Whoever cannot be reached
  // by any of these has ended.
  const bool is_there = !has_ended_ && (is_child_ || process_lives(identity_.pid, identity_.start));
  if (is_there && group_.group != 0) {
    (void)::kill(-static_cast<pid_t>(group_.group), number);
  } else if (is_there) {
    (void)(by_pidfd ? send_by_pidfd(watch_.fd(), number, 0) : ::kill(static_cast<pid_t>(identity_.pid), number) == 0);
  } else {
    (void)find_members();
    signal_members(number);
  }
}

void Process::clear(bool kill) {
  HW_CHECK(has_ended_);
  kill_ = kill;
  if (kill) signal(SIGKILL);
  clear_handle_ = loop_.at(EventLoop::Clock::now(), [this] { clear_members(); });
}

void Process::clear_members() {
  if (!find_members()) {
    clear_handle_ = loop_.at(EventLoop::Clock::now() + kLookPeriod, [this] { clear_members(); });
  } else if (members_.empty()) {
    return call(events_.cleared);
  }
  if (kill_) signal_members(SIGKILL);
}

void Process::signal_members(int number) {
  for (const Member& member : members_)
    (void)send_by_pidfd(member.watch->fd(), number, 0);  // Fails for one that ended.
}

bool Process::is_group_empty() const {
  if (group_.group == 0) return true;
  if (::kill(-static_cast<pid_t>(group_.group), 0) != 0 && errno == ESRCH) return true;
  // The number of a group is given to no process before the group is empty. One of that number which is not its leader
  // is a stranger, and so is its group.
  const std::uint64_t start = process_start(group_.group);
  return start != 0 && !(leads_its_group() && start == identity_.start);
}

bool Process::find_members() {
  members_.clear();
  if (is_group_empty()) return true;
  bool all = true;
  for (const std::uint32_t pid : process_numbers()) {
    if (::getpgid(static_cast<pid_t>(pid)) != static_cast<pid_t>(group_.group) ||
        ::getsid(static_cast<pid_t>(pid)) != static_cast<pid_t>(group_.session))
      continue;
    const std::uint64_t start = process_start(pid);
    if (start == 0) continue;  // It has ended, and nobody has waited for it yet.
    Member member{std::make_unique<ProcessWatch>(), {}};
    const bool is_open = member.watch->open(pid);
    if (process_start(pid) != start) continue;
    auto handle = is_open ? loop_.when_readable(member.watch->fd(), [this] { clear_members(); })
                          : Result<EventLoop::Handle>(system_error("pidfd_open()", "group"));
    all = all && handle.has_value();
    if (!handle.has_value()) continue;
    member.handle = *std::move(handle);
    members_.push_back(std::move(member));
  }
  return all;
}

}  // namespace hw::cluster
