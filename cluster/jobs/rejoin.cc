// rejoin I: a former root gives up what the new root does not have, and becomes its secondary.
#include "cluster/jobs/come_back.h"
#include "cluster/jobs/feeding.h"
#include "cluster/jobs/job_end.h"
#include "cluster/jobs/jobs.h"
#include "cluster/jobs/rejoin_step.h"
#include "cluster/jobs/settle.h"

namespace hw::cluster {
namespace {

struct RejoinPlan {
  GroupLook look;
  std::optional<Error> refusal;
  bool already = false;
};

Error cannot(const std::string& instance, std::string_view why) {
  return make_error<MsgId::HWREJOIN>(instance, why).as(Severity::Error);
}

/// It is up, fed by the reign that there is, and nobody waits for what it lost.
bool is_secondary_already(const GroupLook& look, const Member& member) {
  return !is_waited_for(look.board, member.name()) && member.is_up() && member.position->role == BoardRole::Secondary &&
         look.follows(member);
}

RejoinPlan plan_rejoin(JobContext& context, const Group& group, const std::string& instance) {
  RejoinPlan plan;
  plan.look = look_at(context, group);
  const Member& member = *plan.look.member(instance);
  const std::string& root = plan.look.reign.root;
  if (!member.heard()) {
    plan.refusal = member.fault;
  } else if (root.empty()) {
    plan.refusal = cannot(instance, fmt::format("{} has no root", group.name));
  } else if (root == instance) {
    plan.refusal = cannot(instance, "it is root");
  } else if (member.position->accepting) {
    plan.refusal = cannot(instance, "it takes updates");
  } else {
    plan.already = is_secondary_already(plan.look, member);
  }
  return plan;
}

}  // namespace

JobEnd run(const RejoinCommand& command, JobContext& context) {
  const Result<const Group*> group = role_group_of(context.domain, command.instance, {});
  if (!group) return end_with(context, Outcome::Usage, group.error());
  context.group = (*group)->name;
  const RejoinPlan plan = plan_rejoin(context, **group, command.instance);
  const Member& member = *plan.look.member(command.instance);
  if (plan.refusal) return refuse(context, *plan.refusal, member.node());
  const std::string& root = plan.look.reign.root;
  const std::string done = fmt::format("{} is a secondary of {}", command.instance, root);
  if (plan.already) {
    context.say.line(done);
    return end_of(Outcome::Done);
  }
  const Placement placement = placement_under(plan.look, root);
  Status back = come_back(context, plan.look, placement, command.instance);
  if (back && placement.feeder_of(command.instance) != root)
    back = feed(context, look_at(context, **group), placement, command.instance);
  if (!back) return end_with(context, Outcome::Partly, back.error(), member.node());
  context.say.line(done);
  return end_of(Outcome::Done);
}

JobEnd plan(const RejoinCommand& command, JobContext& context) {
  const Result<const Group*> group = role_group_of(context.domain, command.instance, {});
  if (!group) return end_with(context, Outcome::Usage, group.error());
  const RejoinPlan rejoin = plan_rejoin(context, **group, command.instance);
  PlanSteps steps;
  if (rejoin.refusal) steps.refusals.push_back(*rejoin.refusal);
  if (rejoin.refusal || rejoin.already) return end_of_plan(context, steps);
  const std::string& root = rejoin.look.reign.root;
  const std::uint64_t root_next = rejoin.look.next_seqno_of(root);
  steps.lost = std::string("-");  // The rollback finds it out.
  steps.steps = {fmt::format("{} down", command.instance), fmt::format("rollback against {}, next {}", root, root_next),
                 fmt::format("{} up, fed by {}", command.instance,
                             placement_under(rejoin.look, root).feeder_of(command.instance))};
  return end_of_plan(context, steps);
}

}  // namespace hw::cluster
