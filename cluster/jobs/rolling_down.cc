#include "cluster/jobs/rolling_down.h"

#include <algorithm>

#include "cluster/jobs/job_end.h"
#include "cluster/jobs/jobs.h"
#include "cluster/plan/down_plan.h"
#include "cluster/plan/placement.h"

namespace hw::cluster {
namespace {

/// Groups whose root is up at the node, kind files: whose files are.
std::vector<std::string> groups_at(const JobContext& context, const std::string& node) {
  std::vector<std::string> groups;
  const Board board = context.board();
  for (const BoardGroup& group : board.groups)
    if (group.place == node && group.state == GroupState::Up) groups.push_back(group.name);
  return groups;
}

std::string question_for(const JobContext& context, const DownCommand& down, const std::vector<std::string>& groups) {
  const Board board = context.board();
  const Result<std::vector<Placement>> placements = place_groups(context.domain, board);
  const Result<DownPlan> plan =
      placements ? plan_down(context.domain, board, *placements, down) : Result<DownPlan>(placements.error());
  std::string text = groups.empty() ? "" : fmt::format("Moves {} to other nodes. ", fmt::join(groups, ", "));
  // Their roots are others by then.
  if (plan) {
    DownPlan rest = *plan;
    for (PlannedClose& close : rest.closes)
      close.is_root = close.is_root && std::ranges::find(groups, close.group) == groups.end();
    text += down_question(context.domain, board, rest, down);
  }
  return text;
}

}  // namespace

JobEnd run_rolling_down(const DownCommand& command, JobContext& context) {
  if (command.selection.nodes.size() != 1)
    return end_with(context, Outcome::Usage, make_error<MsgId::CLIERR>("down -R needs one node, by -n"));
  const std::string& node = command.selection.nodes.front();
  DownCommand down = command;
  down.rolling = false;
  const std::vector<std::string> groups = groups_at(context, node);
  const std::string question = question_for(context, down, groups);
  if (!question.empty() && context.yes == 0) return ask_first(question);
  context.yes = std::max(context.yes, 1U);
  for (const std::string& group : groups) {
    SwitchoverCommand move;
    move.group = group;
    const JobEnd moved = run_job("switchover", json_of_command(move), context);
    if (moved.result.outcome == Outcome::Done && !moved.ask) continue;
    context.say.line(fmt::format("{} stays on {}", group, node));
    return end_of(Outcome::Partly);
  }
  return run(down, context);
}

}  // namespace hw::cluster
