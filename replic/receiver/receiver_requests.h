/// replic/receiver/receiver_requests.h -- what operators' commands leave in the receive pool for the receiver server
/// and the update process while they run.
#pragma once

#include <string>

#include "replic/instance/receive_pool.h"
#include "replic/process/server_log.h"

namespace hw {

/// Leaves word to go on in the file `path`, absolute. Callers take turns: journal pool's admin lock held.
void request_log(ReceivePoolHeader& pool, std::string_view path);

/// Of one of the two processes. Thread: one, its own.
class ReceiverRequests {
 public:
  /// `self` is the process's place in the pool; its log is the pool's with `suffix`. What the pool holds now counts
  /// as taken up.
  ReceiverRequests(ReceivePoolHeader& pool, PoolProcess& self, std::string suffix, ServerLog& log);

  /// Takes up changes of log file, log interval, log level and statistics, and says so in the log. Cheap when there are
  /// none.
  void take();

 private:
  ReceivePoolHeader& pool_;
  PoolProcess& self_;
  std::string suffix_;
  ServerLog& log_;
  std::uint32_t interval_;
  std::uint32_t log_changes_;
  bool stats_;
};

}  // namespace hw
