/// cluster/agent/update_care.h -- starts an update process again that has died while its receiver server lives.
///
/// To the keeper both are one server, and it sees only the receiver server's end. What the prober finds comes here.
/// When an update process is started again, and when no more, is the same as for servers
/// (cluster/keeper/restart_policy.h). One that an operator has stopped (-receiver -shutdown -updateonly) is left alone.
/// Source: operations, section 3.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cluster/board/board_parts.h"
#include "cluster/keeper/restart_policy.h"
#include "engine/base/mutex.h"
#include "engine/base/result.h"

namespace hw::cluster {

/// Thread: any.
class UpdateCare {
 public:
  using Time = RestartPolicy::Time;
  struct Parts {
    std::string node;
    /// Starts it. Blocks.
    std::function<Status(const std::string& instance)> start;
    /// Has it done soon, by another thread. Errors: it will not be done.
    std::function<Status(std::function<void()>)> in_worker;
    /// What cannot be started, or is given up, is said once.
    std::function<void(const Error&)> say;
  };
  explicit UpdateCare(Parts parts) : parts_(std::move(parts)) {}

  /// What a look at the instance has found. `failures_max`: within 10 minutes; then it is given up until it runs, or
  /// its receiver server is another one.
  void saw(const std::string& instance, bool died, unsigned failures_max, Time now);
  /// Those that are given up, for the board.
  std::vector<BoardProblem> problems() const;

 private:
  struct Care {
    explicit Care(unsigned failures_max) : policy(failures_max) {}
    RestartPolicy policy;
    std::optional<Time> at;  ///< when it is started; none: it has not died
    bool under_way = false;
    std::optional<Error> given_up;
  };
  void begin(const std::string& instance, Care& care) HW_REQUIRES(mutex_);
  void run(const std::string& instance);

  const Parts parts_;
  mutable Mutex mutex_;
  std::map<std::string, Care> cares_ HW_GUARDED_BY(mutex_);
};

}  // namespace hw::cluster
