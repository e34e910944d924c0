#include "engine/base/robust_mutex.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <ctime>

#include "engine/base/file.h"

namespace hw {

Status RobustMutex::initialize() {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  // Who has it is told so, and does not wait for himself.
  pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
  const int rc = pthread_mutex_init(&mutex_, &attributes);
  pthread_mutexattr_destroy(&attributes);
  if (rc == 0) return {};
  return system_error("pthread_mutex_init()", "shared memory", rc);
}

namespace {

/// Waits by a clock that cannot be set.
int lock_until(pthread_mutex_t& mutex, std::chrono::milliseconds at_most) {
#ifdef __SANITIZE_THREAD__  // It does not know pthread_mutex_clocklock, and would take the mutex for not held.
  constexpr clockid_t kClock = CLOCK_REALTIME;
#else
  constexpr clockid_t kClock = CLOCK_MONOTONIC;
#endif
  struct timespec until {};
  ::clock_gettime(kClock, &until);
  const std::int64_t nanoseconds = until.tv_nsec + std::chrono::nanoseconds(at_most).count();
  until.tv_sec += nanoseconds / 1'000'000'000;
  until.tv_nsec = nanoseconds % 1'000'000'000;
#ifdef __SANITIZE_THREAD__
  return pthread_mutex_timedlock(&mutex, &until);
#else
  return pthread_mutex_clocklock(&mutex, kClock, &until);
#endif
}

}  // namespace

RobustMutex::Acquired RobustMutex::taken(int rc) {
  if (rc == 0) return Acquired::Clean;
  if (rc == EBUSY || rc == ETIMEDOUT) return Acquired::Busy;
  if (rc == EDEADLK) return Acquired::Held;
  HW_CHECK(rc == EOWNERDEAD);
  pthread_mutex_consistent(&mutex_);
  return Acquired::OwnerDied;
}

RobustMutex::Acquired RobustMutex::try_lock() { return taken(pthread_mutex_trylock(&mutex_)); }

RobustMutex::Acquired RobustMutex::spin() {
  // Holders keep the lock for a few microseconds: less than sleeping and waking costs.
  constexpr int kSpins = 40;
  for (int i = 0; i < kSpins; ++i) {
    const Acquired acquired = try_lock();
    if (acquired != Acquired::Busy) return acquired;
    for (int pause = 0; pause < 20; ++pause) __builtin_ia32_pause();
  }
  return Acquired::Busy;
}

RobustMutex::Acquired RobustMutex::lock() {
  const Acquired acquired = spin();
  return acquired != Acquired::Busy ? acquired : taken(pthread_mutex_lock(&mutex_));
}

RobustMutex::Acquired RobustMutex::lock_for(std::chrono::milliseconds at_most) {
  const Acquired acquired = spin();
  if (acquired != Acquired::Busy) return acquired;
  return taken(lock_until(mutex_, at_most));
}

// The kernel finds the dead owner of a robust mutex by this very field, so glibc cannot move it elsewhere.
std::uint32_t RobustMutex::holder() const {
  return static_cast<std::uint32_t>(__atomic_load_n(&mutex_.__data.__lock, __ATOMIC_RELAXED)) & FUTEX_TID_MASK;
}

bool RobustMutex::is_mine() const { return holder() == static_cast<std::uint32_t>(::gettid()); }

void RobustMutex::unlock() { HW_CHECK(pthread_mutex_unlock(&mutex_) == 0); }

void SharedEvent::wake() {
  ::syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&counter_), FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

void SharedEvent::wait(std::uint32_t ticket, std::chrono::steady_clock::time_point deadline) {
  const auto left = deadline - std::chrono::steady_clock::now();
  if (left <= std::chrono::nanoseconds::zero()) return;
  const auto nanoseconds = std::chrono::duration_cast<std::chrono::nanoseconds>(left).count();
  struct timespec timeout {};
  timeout.tv_sec = nanoseconds / 1'000'000'000;
  timeout.tv_nsec = nanoseconds % 1'000'000'000;
  waiters_.fetch_add(1, std::memory_order_seq_cst);
  if (counter_.load(std::memory_order_seq_cst) == ticket)
    ::syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&counter_), FUTEX_WAIT, ticket, &timeout, nullptr, 0);
  waiters_.fetch_sub(1, std::memory_order_seq_cst);
}

}  // namespace hw
