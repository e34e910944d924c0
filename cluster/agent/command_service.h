/// cluster/agent/command_service.h -- commands that change the domain: done here by the coordinator, handed to it by
/// every other agent.
///
/// A command's time runs from when the first agent is asked: what it spends waiting for who is coordinator, and on its
/// way there, counts. Without a coordinator a command ends as Outcome::Limited. Right after a start, and right after
/// the first configuration, it is not known yet who is one: a command waits for that a few seconds. So does one that
/// cannot leave for the coordinator, which may have died a moment ago, until another one takes its place. Source:
/// operations, sections 1 and 6.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "cluster/agent/coordinator_seat.h"
#include "cluster/agent/dispatcher.h"
#include "cluster/agent/job_runner.h"
#include "cluster/agent/node_links.h"
#include "cluster/agent/pass_on.h"
#include "engine/base/mutex.h"

namespace hw::cluster {

/// Thread: any.
class CommandService {
 public:
  /// Does a command as the coordinator: in the runner's thread.
  using Carry = std::function<JobEnd(const Asked&, const CommandDeadline&, Say&)>;
  /// The deadline of a command that is asked now.
  using DeadlineOf = std::function<CommandDeadline(const Asked&)>;

  /// What is referred to outlives it.
  CommandService(const CoordinatorSeat& coordinator, JobRunner& runner, const NodeLinks& links, Carry carry,
                 DeadlineOf deadline_of)
      : coordinator_(coordinator),
        runner_(runner),
        links_(links),
        carry_(std::move(carry)),
        deadline_of_(std::move(deadline_of)) {}

  /// From hwadm, or passed on by another agent.
  void command(Asked asked);
  /// Here and now, coordinator or not: the first configuration.
  void begin(Asked asked);
  /// Time has passed, or something is known of the coordinator: commands that wait are examined again.
  void look_again();

 private:
  struct Command {
    Asked asked;
    CommandDeadline deadline;
    std::chrono::steady_clock::time_point waits_until;  ///< for a coordinator
  };
  /// Those that wait. Shared with links, whose thread may bring one back.
  struct Waiting {
    Mutex mutex;
    std::list<Command> commands HW_GUARDED_BY(mutex);
  };
  Command arrived(Asked asked) const;
  /// Whether it is on its way, or has ended.
  bool route(Command& command, bool give_up);
  /// It waits again when it could not leave, unless it is to be given up.
  void hand_over(const Command& command, const std::string& coordinator, bool give_up);
  void submit(Command command);

  const CoordinatorSeat& coordinator_;
  JobRunner& runner_;
  const NodeLinks& links_;
  const Carry carry_;
  const DeadlineOf deadline_of_;
  const std::shared_ptr<Waiting> waiting_ = std::make_shared<Waiting>();
};

}  // namespace hw::cluster
