/// engine/base/robust_mutex.h -- locks and waits between processes that may die at any instant.
#pragma once

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <utility>

#include "engine/base/result.h"

namespace hw {

/// A mutex in shared memory. When its holder dies, the next `lock` gets it and is told so: it must
/// then repair what the mutex guards before using it.
class RobustMutex {
 public:
  /// Held: this thread has the mutex already, by whichever attachment of the memory; nothing was acquired, and it is to
  /// be unlocked once. A thread of another PID name space that has this one's number is another thread: Busy.
  enum class Acquired { Clean, OwnerDied, Busy, Held };

  /// Once, by the creator of the shared memory, before anybody else sees it. Errors: SYSCALL.
  Status initialize();
  /// Waits as long as it takes; spins a little first, because holders keep it for microseconds.
  Acquired lock();
  /// The same for so long at most, then Busy.
  Acquired lock_for(std::chrono::milliseconds at_most);
  /// The thread that holds it, by its number in its own PID name space, 0: none. Only a look: it may let go at any
  /// instant.
  std::uint32_t holder() const;
  Acquired try_lock();
  void unlock();
  /// This thread holds it.
  bool is_mine() const;

 private:
  Acquired spin();
  Acquired taken(int rc);
  bool has_namesake() const;
  pthread_mutex_t mutex_;
};

/// Unlocks at the end of the scope.
class RobustLock {
 public:
  /// Wakes a holder that is stopped (engine/base/lock_wait.h). Errors: FORCEDHALT when this process is asked to end
  /// while it waits. Blocks: until the holder lets go. The thread does not hold it already (checked).
  static Result<RobustLock> take(RobustMutex& mutex);
  RobustLock(RobustLock&& other) noexcept : mutex_(std::exchange(other.mutex_, nullptr)), acquired_(other.acquired_) {}
  RobustLock& operator=(RobustLock&&) = delete;
  ~RobustLock() {
    if (mutex_ != nullptr) mutex_->unlock();
  }
  bool owner_died() const { return acquired_ == RobustMutex::Acquired::OwnerDied; }

 private:
  RobustLock(RobustMutex& mutex, RobustMutex::Acquired acquired) : mutex_(&mutex), acquired_(acquired) {}
  RobustMutex* mutex_;
  RobustMutex::Acquired acquired_;
};

/// A condition between processes: a counter in shared memory that waiters watch with a futex. Signallers pay
/// one load when no process waits. Nothing to repair when a process dies: waits have deadlines and re-check.
class SharedEvent {
 public:
  /// The value to pass to `wait`; read it before checking the condition waited for.
  std::uint32_t ticket() const { return counter_.load(std::memory_order_acquire); }
  /// Wakes all waiters.
  void signal() {
    counter_.fetch_add(1, std::memory_order_acq_rel);
    if (waiters_.load(std::memory_order_seq_cst) != 0) wake();
  }
  /// True when waiters exist, so that a hot path may skip `signal`.
  bool has_waiters() const { return waiters_.load(std::memory_order_seq_cst) != 0; }
  /// Returns when the counter differs from `ticket` or at the deadline, or sooner; the caller re-checks.
  void wait(std::uint32_t ticket, std::chrono::steady_clock::time_point deadline);
  /// The same where signallers ask has_waiters first: `there` looks at the condition once more after this waiter can be
  /// seen, so that no signal is lost between the last look and the wait.
  template <typename Condition>
  void wait_unless(std::uint32_t ticket, std::chrono::steady_clock::time_point deadline, Condition&& there) {
    waiters_.fetch_add(1, std::memory_order_seq_cst);
    if (!there()) wait(ticket, deadline);
    waiters_.fetch_sub(1, std::memory_order_seq_cst);
  }

 private:
  void wake();
  std::atomic<std::uint32_t> counter_{0};
  std::atomic<std::uint32_t> waiters_{0};
};

}  // namespace hw
