/// engine/base/mutex.h -- std::mutex and what goes with it, as Clang's thread-safety analysis can follow them: the
/// standard library's own say nothing to it. A mutex of one process; between processes: engine/base/robust_mutex.h.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "engine/base/thread_annotations.h"

namespace hw {

class HW_CAPABILITY("mutex") Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;
  void lock() HW_ACQUIRE() { mutex_.lock(); }
  void unlock() HW_RELEASE() { mutex_.unlock(); }

 private:
  friend class MutexLock;
  std::mutex mutex_;
};

/// Held to the end of the scope, or between `lock` and `unlock`.
class HW_SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) HW_ACQUIRE(mutex) : lock_(mutex.mutex_) {}
  ~MutexLock() HW_RELEASE() {}
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;
  void lock() HW_ACQUIRE() { lock_.lock(); }
  void unlock() HW_RELEASE() { lock_.unlock(); }

 private:
  friend class Condition;
  std::unique_lock<std::mutex> lock_;
};

/// std::condition_variable. `holds` is called with the lock held; the analysis cannot see that it is the one that the
/// lambda requires.
class Condition {
 public:
  void notify_one() { condition_.notify_one(); }
  void notify_all() { condition_.notify_all(); }
  template <typename Holds>
  void wait(MutexLock& lock, Holds holds) HW_NO_THREAD_SAFETY_ANALYSIS {
    condition_.wait(lock.lock_, std::move(holds));
  }
  /// False when the time is over and `holds` is not true.
  template <typename Rep, typename Period, typename Holds>
  bool wait_for(MutexLock& lock, std::chrono::duration<Rep, Period> at_most, Holds holds) HW_NO_THREAD_SAFETY_ANALYSIS {
    return condition_.wait_for(lock.lock_, at_most, std::move(holds));
  }
  template <typename Clock, typename Duration, typename Holds>
  bool wait_until(MutexLock& lock, std::chrono::time_point<Clock, Duration> deadline,
                  Holds holds) HW_NO_THREAD_SAFETY_ANALYSIS {
    return condition_.wait_until(lock.lock_, deadline, std::move(holds));
  }

 private:
  std::condition_variable condition_;
};

}  // namespace hw
