/// engine/session/background.h -- what a process that has databases open does for all of them beside its own work.
///
/// Two threads. One syncs the journals once a second, brings up sets that are behind, keeps pages for readers that
/// cannot, and notes epochs. The other takes checkpoints, at a low priority.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "engine/base/operator_reports.h"
#include "engine/commit/domain.h"

namespace hw {

/// Thread: one at a time starts and stops. Must not outlive the domain.
class Background {
 public:
  explicit Background(Domain& domain) : domain_(domain) {}
  ~Background() { stop(); }
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  /// `first`: nobody else had the databases open, so they are brought into memory. Does nothing when it runs already.
  void start(bool first);
  /// Blocks: for the step that is under way.
  void stop();

 private:
  void sync();
  void take_checkpoints(bool first);
  OperatorReports reports_of(const std::string& program);
  bool wait_for_stop(std::chrono::milliseconds period);

  Domain& domain_;
  std::thread syncer_;
  std::thread checkpointer_;
  std::mutex stop_mutex_;
  std::condition_variable stop_changed_;
  bool stop_ = false;
};

}  // namespace hw
