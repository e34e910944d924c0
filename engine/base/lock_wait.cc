#include "engine/base/lock_wait.h"
#include "engine/base/text.h"

#include <dirent.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <memory>
#include <optional>
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

/// What tells a piece of shared memory from all others in a line of /proc/<pid>/maps: device and inode.
struct MapsLine {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
  std::string memory;
};

std::optional<MapsLine> parse_maps_line(const std::string& line) {
  MapsLine out;
  std::array<char, 8> rights{};
  std::array<char, 16> device{};
  unsigned long inode = 0;
  if (std::sscanf(line.c_str(), "%lx-%lx %7s %*s %15s %lu", &out.begin, &out.end, rights.data(), device.data(),
                  &inode) != 5)
    return std::nullopt;
  if (rights[3] == 's') out.memory = fmt::format("{} {}", device.data(), inode);
  return out;
}

/// Whether a process has the shared memory, too, in which this one has `address`; none when that cannot be told.
std::optional<bool> shares_memory(std::uint32_t pid, const void* address) {
  const auto at = reinterpret_cast<std::uintptr_t>(address);
  std::string memory;
  std::string line;
  std::ifstream own("/proc/self/maps");
  while (memory.empty() && std::getline(own, line)) {
    const auto one = parse_maps_line(line);
    if (one && at >= one->begin && at < one->end) memory = one->memory;
  }
  std::ifstream its(fmt::format("/proc/{}/maps", pid));
  if (memory.empty() || !its.is_open()) return std::nullopt;
  bool any = false;
  while (std::getline(its, line)) {
    const auto one = parse_maps_line(line);
    any = any || one.has_value();
    if (one && one->memory == memory) return true;
  }
  return any ? std::optional(false) : std::nullopt;  // Of another user's nothing can be read.
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

/// All who wait for a lock look at all processes. With a thousand of both they would have no time left to let go of it:
/// the more processes there are, the longer each one waits until it looks again, so that together they take about one
/// processor at most.
class Pace {
 public:
  bool is_due() const { return steady_clock::now() >= next_; }
  template <typename Look>
  void look(Look&& look) {
    const auto before = own_time();
    look();
    next_ = steady_clock::now() + std::min<steady_clock::duration>((own_time() - before) * process_count(), kLongest);
  }

 private:
  static constexpr seconds kLongest{60};
  static std::chrono::nanoseconds own_time() {
    struct timespec used {};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
  }
  /// As the system has them, those of other PID name spaces included.
  static long process_count() {
    struct sysinfo info {};
    return ::sysinfo(&info) == 0 ? static_cast<long>(info.procs) : 1;
  }
  steady_clock::time_point next_{};
};

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
  std::uint32_t pid = process_of_thread(thread);
  if (pid != 0 && memory_ != nullptr && !shares_memory(pid, memory_).value_or(true)) pid = 0;
  if (note_ != nullptr) {
    note_->holder.store(pid);
    const auto own_pid = static_cast<std::uint32_t>(::getpid());
    if (!noted_) note_->since_us.store(wall_clock_us());
    note_->waiter_start.store(process_start(own_pid));
    note_->waiter_space.store(own_pid_space());
    note_->waiter.store(own_pid);
    noted_ = true;
  }
  if (pid != 0) {
    wake(pid, process_state(pid));
  } else if (thread != 0 && is_due(kTellAfter)) {
    alert(thread, "which is a thread's number in another PID name space");
  }
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
    Pace pace;
    MutexLock guard(mutex_);
    while (!changed_.wait_for(guard, LockWait::kPeriod, [this]() HW_REQUIRES(mutex_) { return done_; })) {
      if (may_end && end_requested()) waiter_.interrupt();
      if (pace.is_due()) pace.look([&] { wait.look_at_openers(path_); });
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
  LockWait wait(what, note, &mutex);
  while (acquired == RobustMutex::Acquired::Busy && steady_clock::now() < until) {
    HW_TRY_VOID(wait.look(mutex.holder(), progress != nullptr ? progress->load() : 0));
    acquired = mutex.lock_for(period());
  }
  return acquired;
}

}  // namespace hw
