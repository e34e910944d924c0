// down: what is to be stopped, the question, then all nodes at the same time.
#include <algorithm>

#include "cluster/jobs/asked_generation.h"
#include "cluster/jobs/down_run.h"
#include "cluster/jobs/each_node.h"
#include "cluster/jobs/job_end.h"
#include "cluster/jobs/jobs.h"
#include "cluster/jobs/let_pass.h"
#include "cluster/jobs/move_down.h"
#include "cluster/jobs/rolling_down.h"
#include "cluster/plan/selection.h"

namespace hw::cluster {
namespace {

Outcome outcome_of(const DownRun& run) {
  if (run.out_of_time.load()) return Outcome::Running;
  const bool all = !run.lines.any_failed() && !run.partly.load() && !run.context.cancelled.load();
  return all ? Outcome::Done : Outcome::Partly;
}

std::chrono::seconds begin_after(const DownCommand& command) {
  constexpr std::uint64_t kLongest_s = std::uint64_t{365} * 24 * 3600;
  return std::chrono::seconds(std::min(command.begin_after_s, kLongest_s));
}

/// A recovery is a step of a boot, and one command runs at a time: none is left to end.
JobEnd no_recoveries(JobContext& context, const DownCommand& command, const DownPlan& plan) {
  DownRun run(context, command, plan);
  const Board board = context.board();
  for (const std::string& name : plan.recoveries) {
    const BoardInstance* const instance = board.instance(name);
    run.lines.add(instance == nullptr ? "-" : instance->node, "recovery:" + name, 0, ProcessEnd::AlreadyDown);
  }
  return run.lines.end(Outcome::Done);
}

JobEnd stop_all(const DownCommand& command, JobContext& context, const DownPlan& plan) {
  if (command.begin_after_s != 0) {
    const Deadline begin = std::chrono::steady_clock::now() + begin_after(command);
    let_pass(begin, [&] { return context.cancelled.load(); });
    if (context.cancelled.load()) return end_of(Outcome::Refused);
  }
  DownRun run(context, command, plan);
  at_each_node(plan.nodes(), [&](const std::string& node) { down_node(run, node); });
  const bool elsewhere = plan.stops.empty() && !command.selection.nodes.empty();
  return run.lines.end(outcome_of(run), elsewhere);
}

Result<DownPlan> planned(const DownCommand& command, const JobContext& context, const Board& board) {
  HW_TRY(const std::vector<Placement> placements, place_groups(context.domain, board));
  return plan_down(context.domain, board, placements, command);
}

/// Of -f: what runs at the nodes where something is to be stopped.
std::optional<Error> stale_at_a_node(const JobContext& context, const Board& board, const DownPlan& plan,
                                     const StoredDomains& running) {
  for (const std::string& name : plan.nodes())
    if (const BoardNode* const node = board.node(name); node != nullptr)
      if (auto fault = stale(context, name, node->running_generation, running)) return fault;
  return std::nullopt;
}

JobEnd down(const DownCommand& command, JobContext& context, const StoredDomains& running) {
  const Board board = context.board();
  const Result<DownPlan> plan = planned(command, context, board);
  if (!plan) return refuse_or_usage(context, plan.error());
  if (command.generation)
    if (const auto fault = stale_at_a_node(context, board, *plan, running)) return refuse(context, *fault);
  const std::string question = down_question(context.domain, board, *plan, command);
  if (!question.empty() && context.yes == 0) return ask_first(question);
  if (command.recovery_only) return no_recoveries(context, command, *plan);
  return stop_all(command, context, *plan);
}

}  // namespace

JobEnd run(const DownCommand& command, JobContext& context) {
  if (command.rolling || command.move) {
    if (Status named = check_selection(context.domain, command.selection, {}); !named)
      return refuse_or_usage(context, named.error());
    return command.rolling ? run_rolling_down(command, context) : run_move_down(command, context);
  }
  const StoredDomains running(context);
  const std::uint64_t number = command.generation.value_or(context.generation);
  const Result<Domain> domain = running.of(number);
  if (!domain) return refuse(context, domain.error());
  JobContext chosen = with_domain(context, *domain, number);
  const std::chrono::seconds wait = begin_after(command);
  chosen.deadline = context.deadline < Deadline::max() - wait ? context.deadline + wait : Deadline::max();
  context.group = command.selection.group;
  return down(command, chosen, running);
}

JobEnd plan(const DownCommand& command, JobContext& context) {
  const Board board = context.board();
  if (command.rolling || command.move) {
    if (Status named = check_selection(context.domain, command.selection, {}); !named)
      return end_of_plan(context, named.error());
    return end_of_plan(context, plan_of_moves(command, context));
  }
  const Result<DownPlan> down = planned(command, context, board);
  if (!down) return end_of_plan(context, down.error());
  PlanSteps steps;
  for (const PlannedStop& stop : down->stops)
    if (stop.is_up) steps.steps.push_back(fmt::format("{} {}", stop.server.node, stop.server.name));
  return end_of_plan(context, steps);
}

}  // namespace hw::cluster
