#include "cluster/jobs/switchover.h"

#include <algorithm>

#include "cluster/jobs/group_edit.h"
#include "cluster/jobs/handover.h"
#include "cluster/jobs/job_end.h"
#include "cluster/jobs/job_time.h"
#include "cluster/jobs/jobs.h"
#include "cluster/jobs/settle.h"
#include "cluster/jobs/until_fed.h"

namespace hw::cluster {
namespace {

/// Source: operations, section 9 "Sums": put 0.1, promote 0.5, gateways 0.1.
constexpr double kTake_s = 0.7;

/// The instance at the node that a change which did not end was to make root.
std::string unfinished_to(const GroupLook& look) {
  if (look.order.move_to.empty()) return {};
  for (const Member& member : look.members)
    if (member.node() == look.order.move_to) return member.name();
  return {};
}

/// What forbids a switchover whoever would be the next root.
std::optional<Error> refusal_of_state(const GroupLook& look) {
  const std::string& group = look.group->name;
  if (look.is_being_moved()) return make_error<MsgId::HWMOVING>(group);
  if (look.shown_state() == GroupState::Down && look.reign.root.empty())
    return make_error<MsgId::HWREFUSED>("switchover of " + group, "it is DOWN; boot -g " + group);
  if (look.reign.accepting.size() > 1) {
    const std::string& root = look.reign.root;
    const auto other = std::ranges::find_if(look.reign.accepting, [&](const std::string& one) { return one != root; });
    const std::uint64_t epoch = look.member(*other)->position->pool_epoch;
    if (epoch == look.reign.epoch) return make_error<MsgId::HWEPOCHCLASH>(*other, root, epoch);
    return make_error<MsgId::HWEPOCHOLD>(*other, epoch, look.reign.epoch);
  }
  return std::nullopt;
}

/// Nobody is seen to take updates: is it certain that nobody does, and what the last root had?
std::optional<Error> refusal_without_root(const GroupLook& look, std::string& node) {
  const Reign& reign = look.reign;
  const auto advised = [](Error error) { return std::move(error.note("hwadm failover, if it does not run")); };
  if (!reign.unproven.empty()) {
    const Member& silent = *look.member(reign.unproven.front());
    node = silent.node();
    return advised(silent.fault ? *silent.fault : make_error<MsgId::HWREMOTE>(node, "not heard"));
  }
  if (!all_below(look))
    return advised(make_error<MsgId::HWNOCAND>(fmt::format("what {} had is not known", reign.last_root)));
  return std::nullopt;
}

/// Nobody has been asked whether a silent node runs; and what has failed is an operator's.
std::optional<Error> refusal_unasked(const GroupLook& look) {
  const GroupState state = look.order.state;
  if (state != GroupState::Up)
    return make_error<MsgId::HWREFUSED>("switchover of " + look.group->name, fmt::format("it is {}", word_of(state)));
  std::vector<std::string> silent;
  for (const Member& member : look.members)
    if (!member.heard() && !member.cleaned && member.instance->priority > 0) silent.push_back(member.name());
  if (silent.empty()) return std::nullopt;
  return make_error<MsgId::HWNEEDCONF>(fmt::format("{}", fmt::join(silent, ", ")));
}

/// What a named instance lacks, else what all lack. Empty: `plan.to` is set.
std::optional<Error> choose(SwitchoverPlan& plan, const std::string& to) {
  const GroupLook& look = plan.look;
  const std::vector<Standing> standings = look.standings(plan.from);
  ChoiceRules rules;
  rules.max_lag_s = static_cast<double>(look.group->max_lag.count()) / 1000;
  rules.release = look.release_of(plan.from);
  rules.root = plan.from;
  // Without a root the last one may go on as well as another.
  if (!look.reign.root.empty()) rules.without = plan.from;
  plan.choice = choose_root(standings, rules);
  plan.waits = std::ranges::any_of(standings, [&](const Standing& one) {
    return (to.empty() || one.instance == to) && lacks_only_feeder(one, rules);
  });
  if (to.empty()) {
    if (plan.choice.best() == nullptr) return make_error<MsgId::HWNOCAND>(reasons_of(plan.choice.others));
    plan.to = *plan.choice.best();
    return std::nullopt;
  }
  if (const std::string why = objection_to(*standing_of(standings, to), rules); !why.empty())
    return make_error<MsgId::HWNOCAND>(fmt::format("{}: {}", to, why));
  plan.to = to;
  return std::nullopt;
}

std::string question(const SwitchoverPlan& plan) {
  const std::string& group = plan.look.group->name;
  if (plan.to == plan.from) return fmt::format("Makes {} root of {} again.", plan.to, group);
  return fmt::format("Moves the root of {} from {} to {}; updates wait meanwhile.", group, plan.from, plan.to);
}

JobEnd carry_out(const SwitchoverPlan& plan, JobContext& context) {
  const GroupLook& look = plan.look;
  const HandoverEnd end = hand_over(context, look, plan.to);
  switch (end) {
    case HandoverEnd::NewReigns:
      break;
    case HandoverEnd::OldReigns:
      return end_of(look.reign.root.empty() ? Outcome::Partly : Outcome::Refused);
    case HandoverEnd::NobodyYet:
      return end_of(Outcome::Partly);
  }
  SettleWishes wishes;
  wishes.gave_up = look.reign.root;
  const bool all = settle_group(context, *look.group, plan.to, wishes);
  context.say.line(root_line(look, plan.to, context.epoch_made));
  return end_of(all ? Outcome::Done : Outcome::Partly);
}

/// With etcd: the root's lease does not name TO yet as one that may take, and would not be released to it.
bool is_news_to_root(const SwitchoverPlan& plan) {
  if (plan.look.domain->domain.dcs != Dcs::Etcd || plan.already || plan.look.reign.root.empty()) return false;
  const BoardGroup* const record = plan.look.board.group(plan.look.group->name);
  return record != nullptr && std::ranges::find(record->candidates, plan.to) == record->candidates.end();
}

}  // namespace

double expected_pause_s(const Standing& standing) { return standing.lag_s.value_or(0) + kTake_s; }

SwitchoverPlan plan_switchover(JobContext& context, const Group& group, const SwitchoverCommand& command) {
  const std::string& to = command.to;
  SwitchoverPlan plan;
  plan.look = look_at(context, group);
  const GroupLook& look = plan.look;
  plan.from = look.reign.last_root;
  const std::string unfinished = unfinished_to(look);
  const bool gives_back = command.unfinished && unfinished.empty();
  const std::string wanted = !to.empty() ? to : gives_back ? plan.from : unfinished;
  if ((plan.refusal = refusal_of_state(look))) return plan;
  if (plan.from.empty()) {
    plan.refusal = make_error<MsgId::HWNOCAND>(fmt::format("{} has never had a root; boot it", group.name));
    return plan;
  }
  const bool goes_on =
      to.empty() && !look.reign.root.empty() && (command.unfinished || look.order.record.holder != look.reign.root);
  if (!look.reign.root.empty() && (wanted == look.reign.root || goes_on)) {
    plan.to = look.reign.root;
    plan.already = true;
    return plan;
  }
  if (look.reign.root.empty() && (plan.refusal = refusal_without_root(look, plan.refusal_node))) return plan;
  if (command.unfinished && (plan.refusal = refusal_unasked(look))) return plan;
  plan.refusal = choose(plan, wanted);
  // The instance that was to be root cannot any more: any other that can.
  if (plan.refusal && to.empty() && !unfinished.empty()) plan.refusal = choose(plan, {});
  return plan;
}

PlanSteps steps_of(const SwitchoverPlan& plan) {
  PlanSteps steps;
  if (plan.refusal) steps.refusals.push_back(*plan.refusal);
  for (const NotChosen& other : plan.choice.others)
    if (other.instance != plan.to) steps.not_chosen.push_back(fmt::format("{}: {}", other.instance, other.why));
  if (plan.to.empty()) return steps;
  const std::vector<Standing> standings = plan.look.standings(plan.from);
  const Standing& standing = *standing_of(standings, plan.to);
  steps.chosen = fmt::format("{}: {}", plan.to, plan.already ? "is root already" : reason_for(standing));
  if (plan.already || plan.refusal) return steps;
  steps.resync = plan.look.next_seqno_of(plan.from);
  steps.lost = std::string("0");
  steps.pause_s = expected_pause_s(standing);
  for (const StepRow& row : kChangeSteps)
    if (row.step <= ChangeStep::S8) steps.steps.push_back(text_of(row.step, plan.to, plan.from));
  return steps;
}

JobEnd run(const SwitchoverCommand& command, JobContext& context) {
  const Result<const Group*> group = role_group_of(context.domain, command.to, command.group);
  if (!group) return end_with(context, Outcome::Usage, group.error());
  context.group = (*group)->name;
  if (const Status may = check_changes(context.domain, "switchover"); !may) return refuse(context, may.error());
  const SwitchoverPlan plan = look_until_fed(
      context, [&] { return plan_switchover(context, **group, command); },
      [](const SwitchoverPlan& found) { return found.refusal ? found.waits : is_news_to_root(found); });
  if (plan.refusal) return refuse(context, *plan.refusal, plan.refusal_node);
  if (plan.already) {
    const bool all = !is_unsettled(plan.look) && command.to.empty() ? true : settle_group(context, **group, plan.to);
    context.say.line(root_line(plan.look, plan.to, plan.look.reign.epoch));
    return end_of(all ? Outcome::Done : Outcome::Partly);
  }
  if (context.yes < 1) return ask_first(question(plan));
  if (should_end(context)) return end_of(Outcome::Running);
  return carry_out(plan, context);
}

JobEnd plan(const SwitchoverCommand& command, JobContext& context) {
  const Result<const Group*> group = role_group_of(context.domain, command.to, command.group);
  if (!group) return end_with(context, Outcome::Usage, group.error());
  if (const Status may = check_changes(context.domain, "switchover"); !may) return end_of_plan(context, may.error());
  return end_of_plan(context, steps_of(plan_switchover(context, **group, command)));
}

}  // namespace hw::cluster
