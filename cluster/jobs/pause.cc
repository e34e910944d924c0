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

/// Updates of a former root go on: nobody has become root meanwhile, or an operator says so.
JobEnd resume_instance(const ResumeCommand& command, const Group& group, JobContext& context) {
  const GroupLook look = look_at(context, group);
  const Member& member = *look.member(command.instance);
  if (!member.heard()) return refuse(context, *member.fault, member.node());
  const Reign& reign = look.reign;
  if (member.position->accepting && reign.accepting.size() == 1) {
    context.say.line(root_line(look, command.instance, reign.epoch));
    return end_of(Outcome::Done);
  }
  const Error is_over = make_error<MsgId::HWEPOCHOLD>(command.instance, member.position->known_epoch,
                                                      std::max(reign.epoch, look.order.record.epoch));
  const bool other_holds = reign.holder != command.instance;
  if (!reign.root.empty() || reign.last_root != command.instance || other_holds)
    return refuse(context, is_over, member.node());
  if (!member.is_up())
    return refuse(context, make_error<MsgId::HWREFUSED>("resume " + command.instance, "it is down; boot it"));
  const std::vector<ReignFact> facts = look.facts();
  const MayGoOn may = may_go_on(*fact_of(facts, command.instance), facts);
  if (!may.over_by.empty())
    return refuse(context,
                  make_error<MsgId::HWEPOCHOLD>(command.instance, member.position->known_epoch, may.over_epoch),
                  member.node());
  const std::string silent = fmt::format("{}", fmt::join(may.waits_for, ", "));
  if (!may.yes && !command.force) return refuse(context, make_error<MsgId::HWNEEDCONF>(silent));
  if (!may.yes && context.yes < 1)
    return ask_first(fmt::format("Updates of {} go on, though {} may have become root. {} must not run: is it off?",
                                 command.instance, silent, silent));
  const std::uint64_t epoch = look.next_epoch();
  if (const Status fenced = fence_others(context, look, command.instance, epoch); !fenced)
    return end_with(context, Outcome::Partly, fenced.error());
  const Take taken = take_root(context, look, command.instance, epoch, member.position->next_seqno);
  if (taken.end != TakeEnd::Reigns) return end_with(context, Outcome::Partly, *taken.fault, taken.node);
  const bool all = settle_group(context, group, command.instance);
  context.say.line(root_line(look, command.instance, epoch));
  return end_of(all ? Outcome::Done : Outcome::Partly);
}

}  // namespace

JobEnd run(const PauseCommand& command, JobContext& context) {
  const std::uint64_t until_us = end_of_pause_us(context.board().time_us, command.seconds);
  const Status changed = context.orders.change([&](Orders& orders) { orders.paused_until_us = until_us; });
  if (!changed) return refuse(context, changed.error());
  context.say.line(until_us == kUntilResume_us ? "paused until resume"
                                               : fmt::format("paused until {}", local_time(until_us)));
  return end_of(Outcome::Done);
}

JobEnd run(const ResumeCommand& command, JobContext& context) {
  if (!command.instance.empty()) {
    const Result<const Group*> group = role_group_of(context.domain, command.instance, {});
    if (!group) return end_with(context, Outcome::Usage, group.error());
    context.group = (*group)->name;
    if (const Status manual = check_manual(context.domain, "resume " + command.instance); !manual)
      return refuse(context, manual.error());
    return resume_instance(command, **group, context);
  }
  if (command.force) return end_with(context, Outcome::Usage, make_error<MsgId::CLIERR>("-force: of which instance?"));
  const bool was_paused = context.orders.read().paused_until_us != 0;
  const Status changed = context.orders.change([](Orders& orders) { orders.paused_until_us = 0; });
  if (!changed) return refuse(context, changed.error());
  context.say.line(was_paused ? "resumed" : "not paused");
  return end_of(Outcome::Done);
}

}  // namespace hw::cluster
