/// cluster/jobs/down_run.h -- down at one node, and what the threads of all nodes have in common.
///
/// Source: operations, section 4 `down`.
#pragma once

#include <atomic>
#include <string>

#include "cluster/jobs/job.h"
#include "cluster/jobs/process_lines.h"
#include "cluster/plan/down_plan.h"

namespace hw::cluster {

struct DownRun {
  DownRun(JobContext& its_context, const DownCommand& its_command, const DownPlan& its_plan)
      : context(its_context),
        command(its_command),
        plan(its_plan),
        lines(its_context.say, ProcessLines::Command::Down) {}

  JobContext& context;
  const DownCommand& command;
  const DownPlan& plan;
  ProcessLines lines;
  std::atomic<bool> partly = false;  ///< something that is no process is left: a node not heard, memory, a lease
  std::atomic<bool> out_of_time = false;

  /// What follows is stopped all the same. At the end of the command's time the step still runs: it is no failure then.
  void fail(const std::string& node, const std::string& server, const Error& why);
};

/// Stops what of `run.plan` is at the node, in its order; a failure does not end it. Before the pool of a root goes,
/// its updates are stopped and its record is taken back: nobody takes over. Instances that are down as a whole are
/// closed. A node that is not heard: HWREMOTE, and its servers are not wanted any more.
void down_node(DownRun& run, const std::string& node);

}  // namespace hw::cluster
