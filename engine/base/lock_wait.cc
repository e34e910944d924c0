#include "engine/base/lock_wait.h"
#include "engine/base/text.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/liveness.h"
#include "engine/base/operator_log.h"
#include "engine/base/start_thread.h"

namespace hw {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr seconds kWakeAfter{3};   // GT.M: about 16.
constexpr seconds kTellAfter{10};  // A holder that runs may only be slow.
constexpr seconds kTellAgain{60};

using Directory = std::unique_ptr<DIR, int (*)(DIR*)>;

bool has_open(std::uint32_t pid, const struct stat& wanted) {
  const std::string folder = fmt::format("/proc/{}/fd", pid);
  const Directory open(::opendir(folder.c_str()), ::closedir);
  if (!open) return false;  // It has ended, or is another user's: this process could not wake it either.
  while (const struct dirent* entry = ::readdir(open.get())) {
    struct stat seen {};
    if (::stat((folder + "/" + entry->d_name).c_str(), &seen) != 0) continue;
    if (seen.st_dev == wanted.st_dev && seen.st_ino == wanted.st_ino) return true;
  }
  return false;
}

std::vector<std::uint32_t> all_processes() {
  std::vector<std::uint32_t> pids;
  const Directory processes(::opendir("/proc"), ::closedir);
  if (!processes) return pids;
  while (const struct dirent* entry = ::readdir(processes.get())) {
    if (const auto pid = whole_number<std::uint32_t>(entry->d_name)) pids.push_back(*pid);
  }
  return pids;
}

}  // namespace

LockWait::~LockWait() {
  if (noted_) note_->waiter.store(0);
}

bool LockWait::is_due(seconds after) {
  const auto now = steady_clock::now();
  if (now - since_ < after || (told_ != steady_clock::time_point() && now - told_ < kTellAgain)) return false;
  told_ = now;
  return true;
}

void LockWait::alert(std::uint32_t pid, std::string_view then) const {
  const auto waited = std::chrono::duration_cast<seconds>(steady_clock::now() - since_).count();
  Error error = make_error<MsgId::MUTEXLCKALERT>(what_, pid, progress_);
  to_operator_log({"LOCKWAIT", ""}, error.note(fmt::format("Process {} has waited {} seconds for process {}, {}",
                                                           ::getpid(), waited, pid, then)));
}

void LockWait::wake(std::uint32_t pid, char state) {
  const bool stopped = state == 'T';
  if (!stopped) {
    if (is_due(kTellAfter)) alert(pid, state == 't' ? "which a debugger has stopped" : "which is not stopped");
    return;
  }
  if (steady_clock::now() - since_ < kWakeAfter) return;
  const bool sent = ::kill(static_cast<pid_t>(pid), SIGCONT) == 0;
  const std::string failure = sent ? "" : std::strerror(errno);
  if (!is_due(kWakeAfter)) return;
  alert(pid, sent ? std::string("which was stopped and has been sent SIGCONT")
                  : fmt::format("which is stopped and cannot be sent SIGCONT: {}", failure));
}

Status LockWait::look(std::uint32_t thread, std::uint64_t progress) {
  if (end_requested()) return make_error<MsgId::FORCEDHALT>();
  if (thread != thread_ || progress != progress_) {
    thread_ = thread;
    progress_ = progress;
    since_ = steady_clock::now();
  }
  const std::uint32_t pid = process_of_thread(thread);
  if (note_ != nullptr) {
    note_->holder.store(pid);
    const auto own_pid = static_cast<std::uint32_t>(::getpid());
    if (!noted_) note_->since_us.store(wall_clock_us());
    note_->waiter_start.store(process_start(own_pid));
    note_->waiter_space.store(own_pid_space());
    note_->waiter.store(own_pid);
    noted_ = true;
  }
  if (pid != 0) wake(pid, process_state(pid));
  return {};
}

void LockWait::look_at_openers(const std::string& path) {
  if (steady_clock::now() - since_ < kWakeAfter) return;
  struct stat wanted {};
  if (::stat(path.c_str(), &wanted) != 0) return;
  for (const std::uint32_t pid : all_processes())
    if (process_state(pid) == 'T' && has_open(pid, wanted)) wake(pid, 'T');
}

Result<RobustLock> RobustLock::take(RobustMutex& mutex) {
  HW_TRY(const RobustMutex::Acquired acquired, lock_watched(mutex, "shared memory"));
  HW_CHECK(acquired != RobustMutex::Acquired::Held);  // The first of the two to end would unlock it for both.
  return RobustLock(mutex, acquired);
}

Status FileLockWatch::start() {
  // A signal must find the thread that waits in the kernel, not this one. With all of them blocked it sees, too, what
  // is pending for the process.
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  auto started = start_thread("watch of a lock", [this, may_end = !EndDeferred::here()] {
    LockWait wait(path_);
    MutexLock guard(mutex_);
    while (!changed_.wait_for(guard, LockWait::kPeriod, [this]() HW_REQUIRES(mutex_) { return done_; })) {
      if (may_end && end_requested()) waiter_.interrupt();
      wait.look_at_openers(path_);
    }
  });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  HW_TRY(thread_, std::move(started));
  return {};
}

FileLockWatch::~FileLockWatch() {
  if (!thread_.joinable()) return;
  {
    const MutexLock guard(mutex_);
    done_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

Result<RobustMutex::Acquired> lock_watched(RobustMutex& mutex, const std::string& what, LockNote* note,
                                           const std::atomic<std::uint64_t>* progress) {
  return lock_watched_until(steady_clock::time_point::max(), mutex, what, note, progress);
}

Result<RobustMutex::Acquired> lock_watched_until(steady_clock::time_point until, RobustMutex& mutex,
                                                 const std::string& what, LockNote* note,
                                                 const std::atomic<std::uint64_t>* progress) {
  const auto period = [&] {
    const auto left = std::clamp<steady_clock::duration>(until - steady_clock::now(), {}, LockWait::kPeriod);
    return std::chrono::ceil<std::chrono::milliseconds>(left);
  };
  auto acquired = mutex.lock_for(period());
  if (acquired != RobustMutex::Acquired::Busy) return acquired;
  LockWait wait(what, note);
  while (acquired == RobustMutex::Acquired::Busy && steady_clock::now() < until) {
    HW_TRY_VOID(wait.look(mutex.holder(), progress != nullptr ? progress->load() : 0));
    acquired = mutex.lock_for(period());
  }
  return acquired;
}

}  // namespace hw
