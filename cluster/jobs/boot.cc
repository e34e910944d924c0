// boot: what is to be started, whether it can be, then all nodes at the same time.
#include <algorithm>

#include "cluster/jobs/asked_generation.h"
#include "cluster/jobs/boot_check.h"
#include "cluster/jobs/boot_node.h"
#include "cluster/jobs/boot_recover.h"
#include "cluster/jobs/boot_root.h"
#include "cluster/jobs/each_node.h"
#include "cluster/jobs/group_edit.h"
#include "cluster/jobs/job_end.h"
#include "cluster/jobs/jobs.h"
#include "cluster/jobs/paced_start.h"
#include "cluster/plan/selection.h"

namespace hw::cluster {
namespace {

/// Groups of which instances are opened: who feeds whom, and who may be root, follows from the rest of this boot.
std::vector<const Placement*> opened_groups(const BootPlan& plan, const std::vector<Placement>& placements) {
  std::vector<const Placement*> opened;
  for (const Placement& placement : placements) {
    const auto is_its = [&](const PlannedStart& start) {
      return start.server.is_of_instance() && start.server.group == placement.group->name;
    };
    if (std::ranges::any_of(plan.starts, is_its)) opened.push_back(&placement);
  }
  return opened;
}

/// The roots whose source servers are started here are waited for; feeders are written down.
Status expect_roots(BootRun& run, const std::vector<const Placement*>& opened) {
  for (const PlannedStart& start : run.plan.starts)
    if (start.server.kind == ServerKind::Source && start.server.as_root) run.roots.expect(start.server.group);
  if (opened.empty()) return {};
  return run.context.orders.change([&](Orders& orders) {
    for (const Placement* const placement : opened) {
      want_feeder(orders, placement->root, "");
      for (const Feeding& feeding : placement->feeding) want_feeder(orders, feeding.instance, feeding.feeder);
    }
  });
}

Outcome outcome_of(const BootRun& run) {
  if (run.out_of_time.load()) return Outcome::Running;
  const bool all = !run.lines.any_failed() && !run.partly.load() && !run.context.cancelled.load();
  return all ? Outcome::Done : Outcome::Partly;
}

/// Former roots that had come up before they could hear of the new one.
void rejoin_up(BootRun& run) {
  for (const std::string& instance : run.to_rejoin)
    if (cluster::run(RejoinCommand{instance}, run.context).result.outcome != Outcome::Done) run.partly = true;
}

JobEnd start_all(const BootCommand& command, JobContext& context, const BootPlan& plan,
                 const std::vector<Placement>& placements) {
  BootRun run(context, command, plan, placements);
  const std::vector<const Placement*> opened = opened_groups(plan, placements);
  if (Status noted = expect_roots(run, opened); !noted) return end_with(context, Outcome::Refused, noted.error());
  if (command.recovery_only) {
    at_each_node(plan.nodes(), [&](const std::string& node) { recover_node(run, node); });
  } else {
    at_each_node(plan.nodes(), [&](const std::string& node) { boot_node(run, node); });
    rejoin_up(run);
    for (const Placement* const placement : opened) note_candidates(context, *placement);
  }
  for (const Error& note : plan.notes) run.lines.message(note, {});
  if (plan.ends_by && !run.lines.any_failed()) {
    run.lines.message(*plan.ends_by, {});
    run.partly = true;
  }
  return run.lines.end(outcome_of(run), plan.elsewhere);
}

/// With the generation that is to run.
JobEnd boot(const BootCommand& command, JobContext& context, const StoredDomains& running) {
  const Board board = context.board();
  const Result<std::vector<Placement>> placements = place_groups(context.domain, board);
  if (!placements) return refuse(context, placements.error());
  const Result<BootPlan> plan = plan_boot(context.domain, board, *placements, command);
  if (!plan) return refuse_or_usage(context, plan.error());
  const std::vector<NodeCheck> checks = check_nodes(context, *plan, command, running);
  const bool well = say_checks(context, checks, command.check_only);
  if (!well || command.check_only) {
    JobEnd end = end_of(well ? Outcome::Done : Outcome::Refused);
    end.result.rows = table_of(checks);
    return end;
  }
  return start_all(command, context, *plan, *placements);
}

}  // namespace

JobEnd run(const BootCommand& command, JobContext& context) {
  const StoredDomains running(context);
  const std::uint64_t number = command.generation.value_or(context.generation);
  const Result<Domain> domain = running.of(number);
  if (!domain) return refuse(context, domain.error());
  JobContext chosen = with_domain(context, *domain, number);
  if (command.pace == Pace::Ready) chosen.deadline = std::chrono::steady_clock::now() + kHowever;
  // Where everybody is down nothing else tells who was root last.
  if (!command.check_only && !names_servers(command.selection))
    if (const Status corrected = correct_records(chosen); !corrected) return refuse(context, corrected.error());
  JobEnd end = boot(command, chosen, running);
  context.epoch_made = chosen.epoch_made;
  context.group = chosen.group.empty() ? command.selection.group : chosen.group;
  return end;
}

JobEnd plan(const BootCommand& command, JobContext& context) {
  PlanSteps steps;
  const Result<Domain> domain = StoredDomains(context).of(command.generation.value_or(context.generation));
  if (!domain) return refuse(context, domain.error());
  const Board board = context.board();
  const Result<std::vector<Placement>> placements = place_groups(*domain, board);
  if (!placements) return end_of_plan(context, placements.error());
  const Result<BootPlan> boot = plan_boot(*domain, board, *placements, command);
  if (!boot) return end_of_plan(context, boot.error());
  for (const PlannedRecovery& recovery : boot->recoveries)
    steps.steps.push_back(fmt::format("{} recovery:{}", recovery.node, recovery.instance));
  for (const PlannedStart& start : boot->starts)
    if (!start.is_up) steps.steps.push_back(fmt::format("{} {}", start.server.node, start.server.name));
  if (boot->ends_by) steps.refusals.push_back(*boot->ends_by);
  return end_of_plan(context, steps);
}

}  // namespace hw::cluster
