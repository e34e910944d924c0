/// cluster/agent/job_runner.h -- the coordinator's commands, one at a time, in a thread of their own.
///
/// A command that is not done at its caller's time-out is answered as running, and goes on. One whose turn had not come
/// by then is not begun. Source: operations, sections 1 and 6.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "cluster/jobs/job.h"
#include "cluster/keeper/event_loop.h"
#include "cluster/link/answer.h"
#include "engine/base/mutex.h"
#include "engine/base/result.h"

namespace hw::cluster {

/// One command to be done.
struct JobTask {
  std::string text;  ///< `switchover B`
  std::shared_ptr<Answer> answer;
  std::optional<Deadline> answer_by;  ///< none: no limit
  std::function<JobEnd(Say&)> run;    ///< in the runner's thread; its end is the answer's last piece
};

/// Thread: any.
class JobRunner {
 public:
  /// The loop outlives it: its timers are there.
  explicit JobRunner(EventLoop& loop) : loop_(loop) {}
  JobRunner(const JobRunner&) = delete;
  JobRunner& operator=(const JobRunner&) = delete;
  /// Waits for what runs; what waits is given up.
  ~JobRunner();

  /// Errors: SYSCALL: no thread.
  Status start();
  void submit(JobTask task);

  /// What runs now; empty: nothing does.
  std::string current() const;
  /// Commands that have ended.
  std::uint64_t done() const;
  /// Waits until nothing runs, and begins nothing before release(). False: not so at the deadline; released again.
  bool hold(Deadline deadline);
  void release();
  /// Waits until nothing runs. False when it is not so at the deadline.
  bool wait_idle(Deadline deadline);

 private:
  struct Queued {
    std::uint64_t number = 0;
    JobTask task;
  };
  void serve();
  void run(const JobTask& task);
  void expire(std::uint64_t number);
  void watch(std::uint64_t number, Deadline answer_by);

  EventLoop& loop_;
  mutable Mutex mutex_;
  Condition changed_;
  std::deque<Queued> queue_ HW_GUARDED_BY(mutex_);
  std::uint64_t last_number_ HW_GUARDED_BY(mutex_) = 0;
  std::uint64_t running_ HW_GUARDED_BY(mutex_) = 0;  ///< number; 0: nothing runs
  std::shared_ptr<Answer> answer_ HW_GUARDED_BY(mutex_);
  std::string text_ HW_GUARDED_BY(mutex_);
  std::uint64_t done_ HW_GUARDED_BY(mutex_) = 0;
  bool held_ HW_GUARDED_BY(mutex_) = false;
  bool stop_ HW_GUARDED_BY(mutex_) = false;
  std::thread thread_;
  std::map<std::uint64_t, EventLoop::Handle> timers_;  ///< of the loop's thread
};

}  // namespace hw::cluster
