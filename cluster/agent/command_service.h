/// cluster/agent/command_service.h -- commands that change the domain: done here by the coordinator, handed to it by
/// every other agent.
///
/// Without a coordinator a command ends as Outcome::Limited. Right after a start, and right after the first
/// configuration, it is not known yet who is one: a command waits for that a few seconds. Source: operations, sections
/// 1 and 6.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <list>
#include <optional>
#include <string>

#include "cluster/agent/coordinator_seat.h"
#include "cluster/agent/dispatcher.h"
#include "cluster/agent/job_runner.h"
#include "cluster/agent/node_links.h"
#include "engine/base/mutex.h"

namespace hw::cluster {

/// Thread: any.
class CommandService {
 public:
  /// Does a command as the coordinator: in the runner's thread.
  using Carry = std::function<JobEnd(const Asked&, std::optional<Deadline>, Say&)>;
  /// How long a command may take; none: no limit.
  using TimeLimit = std::function<std::optional<std::chrono::milliseconds>(const Asked&)>;

  /// What is referred to outlives it.
  CommandService(const CoordinatorSeat& coordinator, JobRunner& runner, const NodeLinks& links, Carry carry,
                 TimeLimit time_limit)
      : coordinator_(coordinator),
        runner_(runner),
        links_(links),
        carry_(std::move(carry)),
        time_limit_(std::move(time_limit)) {}

  /// From hwadm, or passed on by another agent.
  void command(Asked asked);
  /// Here and now, coordinator or not: the first configuration.
  void begin(Asked asked);
  /// Time has passed, or something is known of the coordinator: commands that wait are examined again.
  void look_again();

 private:
  struct Waiting {
    Asked asked;
    std::chrono::steady_clock::time_point until;
  };
  bool route(Asked& asked, bool give_up);
  void forward(const Asked& asked, const std::string& node);

  const CoordinatorSeat& coordinator_;
  JobRunner& runner_;
  const NodeLinks& links_;
  const Carry carry_;
  const TimeLimit time_limit_;
  Mutex mutex_;
  std::list<Waiting> waiting_ HW_GUARDED_BY(mutex_);
};

}  // namespace hw::cluster
