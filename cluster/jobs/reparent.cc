// reparent I --to P: another instance feeds it from now on.
#include <algorithm>

#include "cluster/jobs/feeding.h"
#include "cluster/jobs/job_end.h"
#include "cluster/jobs/job_time.h"
#include "cluster/jobs/jobs.h"
#include "cluster/plan/refeed.h"

namespace hw::cluster {
namespace {

struct ReparentPlan {
  GroupLook look;
  std::optional<Error> refusal;
  std::string node;  ///< whose fault it is
  bool already = false;
};

/// Why the configuration, or the tree as it is, does not allow it. Empty: they do.
std::string objection(const GroupLook& look, const ReparentCommand& command) {
  const std::string& root = look.reign.root;
  if (root.empty()) return fmt::format("{} has no root", look.group->name);
  const auto fed_by = [&](const std::string& name) { return look.fed_by(name); };
  if (std::string why = objection_to_feeder(*look.domain, root, command.instance, command.to, fed_by); !why.empty())
    return why;
  const Instance& instance = *look.member(command.instance)->instance;
  if (instance.priority > 0 && command.to != root) return "who may become root is fed by the root";
  if (std::ranges::find(instance.upstreams, command.to) == instance.upstreams.end())
    return "it is not one of its upstreams";
  return {};
}

/// Both. Errors: CLIERR.
Result<const Group*> group_of(const Domain& domain, const ReparentCommand& command) {
  if (domain.instance(command.to) == nullptr) return unknown_name("instance", command.to);
  return role_group_of(domain, command.instance, {});
}

ReparentPlan plan_reparent(JobContext& context, const Group& group, const ReparentCommand& command) {
  ReparentPlan plan;
  plan.look = look_at(context, group);
  const Member* const feeder = plan.look.member(command.to);
  std::string why = objection(plan.look, command);
  if (why.empty() && feeder->heard() && !feeder->is_up()) why = fmt::format("{} is down", command.to);
  if (!why.empty()) {
    plan.refusal = make_error<MsgId::HWREPARENT>(command.instance, command.to, why).as(Severity::Error);
  } else if (!feeder->heard()) {
    plan.refusal = feeder->fault;
    plan.node = feeder->node();
  }
  plan.already = !plan.refusal && plan.look.fed_by(command.instance) == command.to;
  return plan;
}

/// What the instance has the new feeder must have, else the instance would have to go back.
Status wait_for_feeder(JobContext& context, const GroupLook& look, const ReparentCommand& command) {
  const Member& feeder = *look.member(command.to);
  if (command.to == look.reign.root) return {};
  return feeder.site->wait_applied(command.to, look.next_seqno_of(command.instance),
                                   step_by(context, look.group->drain));
}

std::string done_line(const ReparentCommand& command) {
  return fmt::format("{} is fed by {}", command.instance, command.to);
}

}  // namespace

JobEnd run(const ReparentCommand& command, JobContext& context) {
  const Result<const Group*> group = group_of(context.domain, command);
  if (!group) return end_with(context, Outcome::Usage, group.error());
  context.group = (*group)->name;
  const ReparentPlan plan = plan_reparent(context, **group, command);
  if (plan.refusal) return refuse(context, *plan.refusal, plan.node);
  if (plan.already) {
    context.say.line(done_line(command));
    return end_of(Outcome::Done);
  }
  Placement placement = placement_under(plan.look, plan.look.reign.root);
  for (Feeding& feeding : placement.feeding)
    if (feeding.instance == command.instance) feeding.feeder = command.to;
  Status changed = wait_for_feeder(context, plan.look, command);
  if (!changed) {
    const Error& why = changed.error();
    return refuse(context, make_error<MsgId::HWREPARENT>(command.instance, command.to,
                                                         message_line(why.id, why.severity, why.text))
                               .as(Severity::Error));
  }
  changed = feed(context, plan.look, placement, command.instance);
  if (!changed) {
    const Error& why = changed.error();
    return end_with(
        context, Outcome::Partly,
        make_error<MsgId::HWREPARENT>(command.instance, command.to, message_line(why.id, why.severity, why.text)));
  }
  context.say.line(done_line(command));
  return end_of(Outcome::Done);
}

JobEnd plan(const ReparentCommand& command, JobContext& context) {
  const Result<const Group*> group = group_of(context.domain, command);
  if (!group) return end_with(context, Outcome::Usage, group.error());
  const ReparentPlan plan = plan_reparent(context, **group, command);
  PlanSteps steps;
  if (plan.refusal) steps.refusals.push_back(*plan.refusal);
  if (plan.refusal || plan.already) return end_of_plan(context, steps);
  const std::string before = plan.look.fed_by(command.instance);
  steps.steps = {fmt::format("source:{} at {}", command.instance, command.to)};
  if (!before.empty()) steps.steps.push_back(fmt::format("source:{} at {} ends", command.instance, before));
  return end_of_plan(context, steps);
}

}  // namespace hw::cluster
