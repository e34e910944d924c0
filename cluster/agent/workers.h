/// cluster/agent/workers.h -- threads for what waits: reads of files, questions to other nodes, steps of a site.
///
/// A thread is made when there is work and none is idle, up to a limit; then work waits for its turn.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <thread>

#include "engine/base/mutex.h"
#include "engine/base/result.h"

namespace hw::cluster {

/// Thread: any.
class Workers {
 public:
  using Work = std::function<void()>;

  explicit Workers(std::size_t threads_max) : threads_max_(threads_max) {}
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  /// Work that has begun is waited for, the rest is dropped.
  ~Workers();

  /// Soon. Errors: SYSCALL: there is no thread, and none can be had; then the work will never be done.
  Status run(Work work);
  /// Waits until nothing is under way. False when it is not so at the deadline.
  bool wait_idle(std::chrono::steady_clock::time_point deadline);

 private:
  void serve();

  const std::size_t threads_max_;
  Mutex mutex_;
  Condition changed_;
  std::deque<Work> waiting_ HW_GUARDED_BY(mutex_);
  std::size_t busy_ HW_GUARDED_BY(mutex_) = 0;
  bool stop_ HW_GUARDED_BY(mutex_) = false;
  std::list<std::thread> threads_ HW_GUARDED_BY(mutex_);
};

}  // namespace hw::cluster
