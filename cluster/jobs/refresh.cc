// refresh I [--from J]: the instance is rebuilt from another one.
#include <algorithm>

#include "cluster/jobs/come_back.h"
#include "cluster/jobs/feeding.h"
#include "cluster/jobs/group_servers.h"
#include "cluster/jobs/job_end.h"
#include "cluster/jobs/job_time.h"
#include "cluster/jobs/jobs.h"

namespace hw::cluster {
namespace {

struct RefreshPlan {
  GroupLook look;
  std::string from;
  std::vector<NotChosen> others;
  std::optional<Error> refusal;
  std::string node = {};
};

/// Why J cannot send its files to I. Empty: it can.
std::string objection_to_sender(const GroupLook& look, const Member& sender, const std::string& instance) {
  if (sender.name() == instance) return "it would be made from itself";
  if (!sender.heard()) return "silent";
  if (!sender.is_up()) return "down";
  if (!look.follows(sender)) return fmt::format("not fed by {}", look.reign.last_root);
  if (sender.instance->refresh_port == 0) return "no refresh_port";
  return {};
}

/// A secondary is less missed than the root; of several the first of the instance's upstreams, which are best first.
std::vector<std::string> senders_in_order(const GroupLook& look, const std::string& instance) {
  std::vector<std::string> names = look.member(instance)->instance->upstreams;
  for (const Member& member : look.members)
    if (std::ranges::find(names, member.name()) == names.end()) names.push_back(member.name());
  std::stable_partition(names.begin(), names.end(), [&](const std::string& name) { return name != look.reign.root; });
  std::erase(names, instance);
  return names;
}

/// Both. Errors: CLIERR.
Result<const Group*> group_of(const Domain& domain, const RefreshCommand& command) {
  if (!command.from.empty() && domain.instance(command.from) == nullptr) return unknown_name("instance", command.from);
  return role_group_of(domain, command.instance, {});
}

RefreshPlan plan_refresh(JobContext& context, const Group& group, const RefreshCommand& command) {
  RefreshPlan plan;
  plan.look = look_at(context, group);
  const GroupLook& look = plan.look;
  const Member& member = *look.member(command.instance);
  const auto refused = [&](std::string_view why) {
    plan.refusal = make_error<MsgId::HWREFUSED>("refresh " + command.instance, why);
  };
  if (!member.heard()) {
    plan.refusal = member.fault;
    plan.node = member.node();
  } else if (member.position->accepting || command.instance == look.reign.root) {
    refused("it is root");
  } else if (look.reign.root.empty()) {
    refused(fmt::format("{} has no root", group.name));
  } else if (command.discard && !command.force) {
    refused("-discard gives up what only it has: -force");
  }
  if (plan.refusal) return plan;
  const std::vector<std::string> senders =
      command.from.empty() ? senders_in_order(look, command.instance) : std::vector{command.from};
  for (const std::string& name : senders) {
    const Member* const sender = look.member(name);
    std::string why =
        sender == nullptr ? fmt::format("not in {}", group.name) : objection_to_sender(look, *sender, command.instance);
    if (why.empty() && plan.from.empty()) {
      plan.from = name;
    } else {
      plan.others.push_back({name, why.empty() ? fmt::format("{} comes first", plan.from) : std::move(why)});
    }
  }
  if (plan.from.empty()) refused(reasons_of(plan.others));
  return plan;
}

/// Its servers end, it is closed, rebuilt, and comes up as a secondary.
Status carry_out(JobContext& context, const RefreshPlan& plan, const RefreshCommand& command) {
  const GroupLook& look = plan.look;
  const Member& member = *look.member(command.instance);
  const Placement placement = placement_under(look, look.reign.root);
  std::vector<BoardServer> running = running_servers(look.board, look.group->name, member.node());
  std::ranges::stable_sort(running, [](const BoardServer& a, const BoardServer& b) {
    return std::pair(a.kind, a.position) > std::pair(b.kind, b.position);
  });
  for (const BoardServer& server : running) HW_TRY_VOID(halt(context, *member.site, ref_of(server)));
  if (member.is_up()) HW_TRY_VOID(member.site->close(command.instance, step_by(context, kServerStep)));
  HW_TRY_VOID(member.site->refresh({command.instance, plan.from, command.discard}, context.deadline));
  HW_TRY_VOID(come_up(context, look, placement, command.instance));
  HW_TRY_VOID(feed(context, look_at(context, *look.group), placement, command.instance));
  for (auto server = running.rbegin(); server != running.rend(); ++server) {
    if (server->kind <= ServerKind::Receiver) continue;
    DomainServer again;
    again.kind = server->kind;
    again.name = server->name;
    again.group = server->group;
    again.node = server->node;
    again.instance = command.instance;
    HW_TRY_VOID(bring_up(context, again, server->copy));
  }
  return {};
}

}  // namespace

JobEnd run(const RefreshCommand& command, JobContext& context) {
  const Result<const Group*> group = group_of(context.domain, command);
  if (!group) return end_with(context, Outcome::Usage, group.error());
  context.group = (*group)->name;
  const RefreshPlan plan = plan_refresh(context, **group, command);
  if (plan.refusal) return refuse(context, *plan.refusal, plan.node);
  if (context.yes < 1)
    return ask_first(fmt::format("Replaces all data of {} by those of {}{}.", command.instance, plan.from,
                                 command.discard ? "; what only it has is gone" : ""));
  if (should_end(context)) return end_of(Outcome::Running);
  if (const Status done = carry_out(context, plan, command); !done)
    return end_with(context, Outcome::Partly, done.error(), plan.look.member(command.instance)->node());
  context.say.line(fmt::format("{} is made anew from {}", command.instance, plan.from));
  return end_of(Outcome::Done);
}

JobEnd plan(const RefreshCommand& command, JobContext& context) {
  const Result<const Group*> group = group_of(context.domain, command);
  if (!group) return end_with(context, Outcome::Usage, group.error());
  const RefreshPlan plan = plan_refresh(context, **group, command);
  PlanSteps steps;
  if (plan.refusal) steps.refusals.push_back(*plan.refusal);
  if (!plan.from.empty()) {
    steps.chosen = fmt::format("{}: next {}", plan.from, plan.look.next_seqno_of(plan.from));
    for (const NotChosen& other : plan.others)
      steps.not_chosen.push_back(fmt::format("{}: {}", other.instance, other.why));
    steps.steps = {fmt::format("{} down", command.instance), fmt::format("data of {}", plan.from),
                   fmt::format("{} up", command.instance)};
  }
  return end_of_plan(context, steps);
}

}  // namespace hw::cluster
