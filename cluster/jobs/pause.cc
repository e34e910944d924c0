// pause [S], resume, resume I -force.
#include <limits>

#include "cluster/jobs/group_edit.h"
#include "cluster/jobs/job_end.h"
#include "cluster/jobs/jobs.h"
#include "cluster/jobs/settle.h"
#include "cluster/jobs/take.h"

namespace hw::cluster {
namespace {

constexpr std::uint64_t kMicroseconds = 1'000'000;

std::uint64_t end_of_pause_us(std::uint64_t now_us, const std::optional<std::uint64_t>& seconds) {
  if (!seconds || *seconds > (kUntilResume_us - 1 - now_us) / kMicroseconds) return kUntilResume_us;
  return now_us + *seconds * kMicroseconds;
}

std::string pause_text(std::uint64_t until_us) {
  return until_us == kUntilResume_us ? "paused until resume" : fmt::format("paused until {}", local_time(until_us));
}

/// Of resume I: whether updates may go on, and who must be asked first.
struct ResumePlan {
  GroupLook look;
  std::optional<Error> refusal;
  std::string node;      ///< whose fault it is
  bool already = false;  ///< they are on
  std::string question;  ///< empty: none
  std::uint64_t epoch = 0;
};

ResumePlan plan_resume(const ResumeCommand& command, const Group& group, JobContext& context) {
  ResumePlan plan;
  plan.look = look_at(context, group);
  const Member& member = *plan.look.member(command.instance);
  const Reign& reign = plan.look.reign;
  const auto refused = [&](Error why, std::string node = {}) {
    plan.refusal = std::move(why);
    plan.node = std::move(node);
    return plan;
  };
  if (!member.heard()) return refused(*member.fault, member.node());
  plan.already = member.position->accepting && reign.accepting.size() == 1;
  if (plan.already) return plan;
  if (!reign.root.empty() || reign.last_root != command.instance || reign.holder != command.instance)
    return refused(make_error<MsgId::HWEPOCHOLD>(command.instance, member.position->known_epoch,
                                                 std::max(reign.epoch, plan.look.order.record.epoch)),
                   member.node());
  if (!member.is_up())
    return refused(make_error<MsgId::HWREFUSED>("resume " + command.instance, "it is down; boot it"));
  const std::vector<ReignFact> facts = plan.look.facts();
  const MayGoOn may = may_go_on(*fact_of(facts, command.instance), facts);
  if (!may.over_by.empty())
    return refused(make_error<MsgId::HWEPOCHOLD>(command.instance, member.position->known_epoch, may.over_epoch),
                   member.node());
  const std::string silent = fmt::format("{}", fmt::join(may.waits_for, ", "));
  if (!may.yes && !command.force) return refused(make_error<MsgId::HWNEEDCONF>(silent));
  if (!may.yes)
    plan.question = fmt::format("Updates of {} go on, though {} may have become root. {} must not run: is it off?",
                                command.instance, silent, silent);
  plan.epoch = plan.look.next_epoch();
  return plan;
}

/// Updates of a former root go on: nobody has become root meanwhile, or an operator says so.
JobEnd resume_instance(const ResumeCommand& command, const Group& group, JobContext& context) {
  const ResumePlan plan = plan_resume(command, group, context);
  const GroupLook& look = plan.look;
  if (plan.refusal) return refuse(context, *plan.refusal, plan.node);
  if (plan.already) {
    context.say.line(root_line(look, command.instance, look.reign.epoch));
    return end_of(Outcome::Done);
  }
  if (!plan.question.empty() && context.yes < 1) return ask_first(plan.question);
  if (const Status fenced = fence_others(context, look, command.instance, plan.epoch); !fenced)
    return end_with(context, Outcome::Partly, fenced.error());
  const std::uint64_t next = look.member(command.instance)->position->next_seqno;
  const Take taken = take_root(context, look, command.instance, plan.epoch, next);
  if (taken.end != TakeEnd::Reigns) return end_with(context, Outcome::Partly, *taken.fault, taken.node);
  const bool all = settle_group(context, group, command.instance);
  context.say.line(root_line(look, command.instance, plan.epoch));
  return end_of(all ? Outcome::Done : Outcome::Partly);
}

/// The group of `resume I`. Errors: CLIERR; those of check_manual.
Result<const Group*> group_to_resume(const ResumeCommand& command, const Domain& domain) {
  HW_TRY(const Group* const group, role_group_of(domain, command.instance, {}));
  HW_TRY_VOID(check_manual(domain, "resume " + command.instance));
  return group;
}

}  // namespace

JobEnd run(const PauseCommand& command, JobContext& context) {
  const std::uint64_t until_us = end_of_pause_us(context.board().time_us, command.seconds);
  const Status changed = context.orders.change([&](Orders& orders) { orders.paused_until_us = until_us; });
  if (!changed) return refuse(context, changed.error());
  context.say.line(pause_text(until_us));
  return end_of(Outcome::Done);
}

JobEnd plan(const PauseCommand& command, JobContext& context) {
  PlanSteps steps;
  steps.steps = {pause_text(end_of_pause_us(context.board().time_us, command.seconds))};
  return end_of_plan(context, steps);
}

JobEnd run(const ResumeCommand& command, JobContext& context) {
  if (!command.instance.empty()) {
    const Result<const Group*> group = group_to_resume(command, context.domain);
    if (!group) return refuse_or_usage(context, group.error());
    context.group = (*group)->name;
    return resume_instance(command, **group, context);
  }
  if (command.force) return end_with(context, Outcome::Usage, make_error<MsgId::CLIERR>("-force: of which instance?"));
  const bool was_paused = context.orders.read().paused_until_us != 0;
  const Status changed = context.orders.change([](Orders& orders) { orders.paused_until_us = 0; });
  if (!changed) return refuse(context, changed.error());
  context.say.line(was_paused ? "resumed" : "not paused");
  return end_of(Outcome::Done);
}

JobEnd plan(const ResumeCommand& command, JobContext& context) {
  PlanSteps steps;
  if (command.instance.empty()) {
    if (context.orders.read().paused_until_us != 0) steps.steps = {"resumed"};
    return end_of_plan(context, steps);
  }
  const Result<const Group*> group = group_to_resume(command, context.domain);
  if (!group) return end_of_plan(context, group.error());
  const ResumePlan plan = plan_resume(command, **group, context);
  if (plan.refusal) return end_of_plan(context, *plan.refusal);
  if (!plan.already) steps.steps = {fmt::format("updates of {} on, epoch {}", command.instance, plan.epoch)};
  if (!plan.question.empty()) steps.questions = {plan.question};
  return end_of_plan(context, steps);
}

}  // namespace hw::cluster
