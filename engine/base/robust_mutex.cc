#include "engine/base/robust_mutex.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <ctime>
#include <thread>
#include <utility>
#include <vector>

#include "engine/base/file.h"
#include "engine/base/shared_memory.h"

namespace hw {

Status RobustMutex::initialize() {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  // A thread that holds it already is told so, and does not wait for itself.
  pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
  const int rc = pthread_mutex_init(&mutex_, &attributes);
  pthread_mutexattr_destroy(&attributes);
  if (rc == 0) return {};
  return system_error("pthread_mutex_init()", "shared memory", rc);
}

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kNamesakeLookAgain{1};

/// The mutexes that this thread holds. A mutex has the number of its holder, and the same number may be
/// another thread's in another PID name space. Trivial, because a database may be closed at the very end of a process.
struct HeldHere {
  std::array<const void*, 8> first;
  std::vector<const void*>* more;  ///< those that do not fit; null when there are none
  std::size_t count;               ///< in `first`

  void add(const void* mutex) {
    if (count < first.size()) {
      first[count++] = mutex;
      return;
    }
    if (more == nullptr) more = new std::vector<const void*>;
    more->push_back(mutex);
  }
  void remove(const void* mutex) {
    const auto end = first.begin() + static_cast<std::ptrdiff_t>(count);
    if (const auto it = std::find(first.begin(), end, mutex); it != end) {
      *it = first[--count];
    } else if (more != nullptr && std::erase(*more, mutex) != 0 && more->empty()) {
      delete std::exchange(more, nullptr);
    }
  }
  /// A process may have attached the memory twice.
  bool has(const void* mutex) const {
    if (any([&](const void* one) { return one == mutex; })) return true;
    const auto place = SharedMemory::place_of(mutex);
    return place && any([&](const void* one) { return SharedMemory::place_of(one) == place; });
  }

 private:
  template <typename Test>
  bool any(Test&& test) const {
    return std::any_of(first.begin(), first.begin() + static_cast<std::ptrdiff_t>(count), test) ||
           (more != nullptr && std::any_of(more->begin(), more->end(), test));
  }
};
thread_local HeldHere held_here{};

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
  if (rc == EBUSY || rc == ETIMEDOUT) return Acquired::Busy;
  if (rc == EDEADLK) return held_here.has(this) ? Acquired::Held : Acquired::Busy;
  HW_CHECK(rc == 0 || rc == EOWNERDEAD);
  if (rc == EOWNERDEAD) pthread_mutex_consistent(&mutex_);
  held_here.add(this);
  return rc == 0 ? Acquired::Clean : Acquired::OwnerDied;
}

/// Its holder is another thread, and has the number of this one. glibc does not wait for such a holder; and were this
/// process killed while it tries, the kernel would take the holder for dead.
bool RobustMutex::has_namesake() const {
  return holder() == static_cast<std::uint32_t>(::gettid()) && !held_here.has(this);
}

RobustMutex::Acquired RobustMutex::try_lock() { return taken(pthread_mutex_trylock(&mutex_)); }

RobustMutex::Acquired RobustMutex::spin() {
  // Holders keep the lock for a few microseconds: less than sleeping and waking costs.
  constexpr int kSpins = 40;
  for (int i = 0; i < kSpins; ++i) {
    const Acquired acquired = try_lock();
    if (acquired != Acquired::Busy || (i == 0 && has_namesake())) return acquired;
    for (int pause = 0; pause < 20; ++pause) __builtin_ia32_pause();
  }
  return Acquired::Busy;
}

RobustMutex::Acquired RobustMutex::lock() {
  for (;;) {
    Acquired acquired = spin();
    if (acquired == Acquired::Busy && !has_namesake()) acquired = taken(pthread_mutex_lock(&mutex_));
    if (acquired != Acquired::Busy) return acquired;
    std::this_thread::sleep_for(kNamesakeLookAgain);
  }
}

RobustMutex::Acquired RobustMutex::lock_for(milliseconds at_most) {
  const auto until = steady_clock::now() + at_most;
  for (;;) {
    Acquired acquired = spin();
    const auto left = std::chrono::ceil<milliseconds>(until - steady_clock::now());
    if (acquired == Acquired::Busy && !has_namesake()) acquired = taken(lock_until(mutex_, std::max(left, {})));
    if (acquired != Acquired::Busy || steady_clock::now() >= until) return acquired;
    std::this_thread::sleep_for(kNamesakeLookAgain);
  }
}

// The kernel finds the dead owner of a robust mutex by this very field, so glibc cannot move it elsewhere.
std::uint32_t RobustMutex::holder() const {
  return static_cast<std::uint32_t>(__atomic_load_n(&mutex_.__data.__lock, __ATOMIC_RELAXED)) & FUTEX_TID_MASK;
}

bool RobustMutex::is_mine() const {
  return held_here.has(this) && holder() == static_cast<std::uint32_t>(::gettid());  // Not after a fork.
}

void RobustMutex::unlock() {
  HW_CHECK(pthread_mutex_unlock(&mutex_) == 0);
  held_here.remove(this);
}

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
