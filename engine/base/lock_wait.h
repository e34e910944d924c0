/// engine/base/lock_wait.h -- a wait for a lock that another process holds: it says for whom it waits, wakes a holder
/// that is stopped, and ends when this process is asked to end.
///
/// Holders keep locks for microseconds; a process that is stopped while it holds one (Ctrl-Z, SIGSTOP, docker pause)
/// keeps all others out. As GT.M does, whoever waits sends it SIGCONT after a few seconds.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>

#include "engine/base/interrupt.h"
#include "engine/base/mutex.h"
#include "engine/base/result.h"
#include "engine/base/robust_mutex.h"

namespace hw {

/// The longest wait for a lock at the moment, in shared memory, for whoever asks. A waiter that was killed leaves its
/// note; the reader checks that the process lives (engine/base/liveness.h).
struct LockNote {
  std::atomic<std::uint32_t> waiter;  ///< process that waits, 0: none has waited for a second
  std::atomic<std::uint32_t> holder;  ///< process it waits for, in the waiter's name space, 0: not known
  std::atomic<std::uint64_t> since_us;
  std::atomic<std::uint64_t> waiter_start;
  std::atomic<std::uint64_t> waiter_space;
};

/// One wait. Thread: one at a time.
class LockWait {
 public:
  /// How often the waiter should call `look`.
  static constexpr std::chrono::milliseconds kPeriod{1000};

  /// `what`: the file that the lock guards, for messages. `note` may be null. `memory`: an address in the shared memory
  /// that every holder has attached, for a lock that is there.
  explicit LockWait(std::string what, LockNote* note = nullptr, const void* memory = nullptr)
      : what_(std::move(what)), note_(note), memory_(memory) {}
  LockWait(const LockWait&) = delete;
  LockWait& operator=(const LockWait&) = delete;
  ~LockWait();

  /// The lock's holder is `thread` (a thread id, 0: not known); `progress` changes when holders get on. The number may
  /// be of another PID name space: a process here that does not have the memory is not taken for the holder.
  /// Errors: FORCEDHALT when this process was asked to end.
  Status look(std::uint32_t thread, std::uint64_t progress);
  /// The same for a lock on an open file, whose holder the system does not tell: every stopped process that has
  /// the file open is woken.
  void look_at_openers(const std::string& path);

 private:
  /// True when the wait has become long enough to do something, or to say something again.
  bool is_due(std::chrono::seconds after);
  void alert(std::uint32_t pid, std::string_view then) const;
  void wake(std::uint32_t pid, char state);

  std::string what_;
  LockNote* note_;
  const void* memory_;
  bool noted_ = false;
  std::uint32_t thread_ = 0;
  std::uint64_t progress_ = 0;
  std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point told_{};
};

/// While the caller waits in the kernel for a lock on a file: wakes stopped processes that have the file open, and
/// makes the wait return with EINTR once this process is asked to end, from a thread of its own. Make it only once the
/// lock was found taken.
class FileLockWatch {
 public:
  explicit FileLockWatch(std::string path) : path_(std::move(path)) {}
  FileLockWatch(const FileLockWatch&) = delete;
  FileLockWatch& operator=(const FileLockWatch&) = delete;
  ~FileLockWatch();
  /// Errors: SYSCALL when the system allows no thread: the caller has to look by itself.
  Status start();

 private:
  std::string path_;
  InterruptibleWait waiter_;
  Mutex mutex_;
  Condition changed_;
  bool done_ HW_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

/// `mutex.lock()` with a LockWait around it. Errors: FORCEDHALT; the mutex is not held then. Blocks: until the holder
/// lets go.
Result<RobustMutex::Acquired> lock_watched(RobustMutex& mutex, const std::string& what, LockNote* note = nullptr,
                                           const std::atomic<std::uint64_t>* progress = nullptr);
/// The same until then at most; Busy when the holder has not let go.
Result<RobustMutex::Acquired> lock_watched_until(std::chrono::steady_clock::time_point until, RobustMutex& mutex,
                                                 const std::string& what, LockNote* note,
                                                 const std::atomic<std::uint64_t>* progress);

}  // namespace hw
