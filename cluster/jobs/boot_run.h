/// cluster/jobs/boot_run.h -- what the threads of one boot, a thread a node, have in common.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "cluster/jobs/job.h"
#include "cluster/jobs/process_lines.h"
#include "cluster/plan/boot_plan.h"

namespace hw::cluster {

/// How the roots that this boot brings up come along. Thread: any.
class RootWatch {
 public:
  enum class State : std::uint8_t { NotBooted, Coming, Up, Waits, Failed };

  /// Before the threads begin.
  void expect(const std::string& group) { states_[group] = State::Coming; }
  void set(const std::string& group, State state);
  State state_of(const std::string& group) const;
  /// Until it is no longer coming, or `deadline`.
  State wait(const std::string& group, Deadline deadline) const;

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::map<std::string, State> states_;
};

struct BootRun {
  BootRun(JobContext& its_context, const BootCommand& its_command, const BootPlan& its_plan,
          const std::vector<Placement>& its_placements)
      : context(its_context),
        command(its_command),
        plan(its_plan),
        placements(its_placements),
        lines(its_context.say, ProcessLines::Command::Boot) {}

  JobContext& context;
  const BootCommand& command;
  const BootPlan& plan;
  const std::vector<Placement>& placements;
  ProcessLines lines;
  RootWatch roots;
  std::mutex result;                ///< of context.epoch_made, context.group, and of to_rejoin
  std::set<std::string> to_rejoin;  ///< instances that are up and were root: when the new one is
  std::atomic<bool> partly =
      false;  ///< something that is no process did not come: updates of a root, its group's state
  std::atomic<bool> stopped = false;  ///< by the first failure: nothing more is started anywhere
  std::atomic<bool> out_of_time = false;

  bool should_stop() const { return stopped.load() || context.cancelled.load(); }
  /// The first failure ends it. At the end of the command's time the step still runs: it is no failure then.
  void fail(const std::string& node, const std::string& server, const Error& why);
};

}  // namespace hw::cluster
