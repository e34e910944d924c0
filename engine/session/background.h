/// engine/session/background.h -- what a process that has databases open does for all of them beside its own work.
///
/// Two threads. One syncs the journals once a second, looks where their names lead, flushes pending sets, keeps pages
/// for readers that cannot, and notes epochs: without it nothing is updated here. The other takes checkpoints, at a low
/// priority; while the system allows no thread for it, this process goes on without, and says so in the operator log.
#pragma once

#include <chrono>
#include <string>
#include <thread>

#include "engine/base/mutex.h"
#include "engine/base/operator_reports.h"
#include "engine/base/result.h"
#include "engine/commit/domain.h"

namespace hw {

/// Thread: one at a time starts and stops.
class Background {
 public:
  Background() = default;
  ~Background() { stop(); }
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  /// Makes the first thread, which waits for a domain: what can fail comes before anything is attached. Does nothing
  /// when there is one. Errors: SYSCALL when the system allows no thread.
  Status start();
  /// Begins the work. `first`: no other process had the databases open, so they are brought into memory. The domain
  /// must live until stop(). Once, after start() (checked).
  void serve(Domain& domain, bool first);
  /// For good. Blocks: for the step that is under way.
  void stop();

 private:
  bool wait_for_domain();
  void sync();
  Status start_checkpoints();
  void take_checkpoints();
  OperatorReports reports_of(const std::string& program);
  bool wait_for_stop(std::chrono::milliseconds period);

  Domain* domain_ = nullptr;  ///< with first_ read by the threads once serves_ is set
  bool first_ = false;
  std::thread syncer_;
  std::thread checkpointer_;  ///< the syncer's; after its end, of who stops
  Mutex stop_mutex_;
  Condition stop_changed_;
  bool serves_ HW_GUARDED_BY(stop_mutex_) = false;
  bool stop_ HW_GUARDED_BY(stop_mutex_) = false;
};

}  // namespace hw
