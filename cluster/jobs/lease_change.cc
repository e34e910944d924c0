#include "cluster/jobs/lease_change.h"

#include <algorithm>

#include "cluster/jobs/group_edit.h"
#include "cluster/jobs/job_end.h"
#include "cluster/jobs/job_time.h"
#include "cluster/jobs/receipts.h"

namespace hw::cluster {
namespace {

/// Beside the time that a lease lasts: the store, the disk, a receiver that ends.
constexpr std::chrono::seconds kTake{5};

std::chrono::milliseconds lease_time(const JobContext& context) { return context.domain.lease.ttl + kTake; }

/// All instances have answered, and none of them knows a reign.
bool never_had_a_root(const GroupLook& look) {
  return look.order.record.lease == BoardLease::None && std::ranges::all_of(look.members, [](const Member& one) {
           return one.heard() && one.position->known_epoch == 0 && one.position->last_epoch == 0;
         });
}

HandoverEnd after_failure(JobContext& context, const GroupLook& look, const Member& from) {
  const Result<Position> now = from.site->position(from.name(), in_any_case_by(kLook));
  if (now && now->accepting) {
    const Status noted = edit_group(context, look.group->name, [](GroupOrder& order) { order.move_to.clear(); });
    if (!noted) context.say.message(noted.error());
    return HandoverEnd::OldReigns;
  }
  return HandoverEnd::NobodyYet;
}

/// The lease is to be taken by `to`, which has been told, or finds that it was released to it.
Result<std::uint64_t> await_lease(const Member& to, const LeaseRequest& request, std::chrono::milliseconds time) {
  HW_TRY(const LeaseOutcome taken, to.site->lease(request, in_any_case_by(time)));
  return taken.epoch;
}

}  // namespace

Result<std::uint64_t> boot_lease(JobContext& context, const GroupLook& look, const std::string& root) {
  const Member& member = *look.member(root);
  if (member.site == nullptr)
    return member.fault ? *member.fault : make_error<MsgId::HWREMOTE>(member.node(), "not heard");
  LeaseRequest request{.wish = LeaseWish::Boot, .instance = root, .to = {}};
  request.none_known = never_had_a_root(look);
  HW_TRY(const LeaseOutcome taken, member.site->lease(request, step_by(context, lease_time(context))));
  return taken.epoch;
}

Status end_lease(JobContext& context, Site& site, const std::string& instance) {
  const LeaseRequest request{.wish = LeaseWish::Down, .instance = instance, .to = {}};
  HW_TRY([[maybe_unused]] const LeaseOutcome ended, site.lease(request, step_by(context, lease_time(context))));
  return {};
}

HandoverEnd hand_over_lease(JobContext& context, const GroupLook& look, const std::string& to) {
  const Member& next = *look.member(to);
  const Member* const from = look.member(look.reign.root);
  const auto note_to = [&](GroupOrder& order) { order.move_to = next.node(); };
  if (const Status noted = edit_group(context, look.group->name, note_to); !noted) {
    context.say.message(noted.error());
    return from == nullptr ? HandoverEnd::NobodyYet : HandoverEnd::OldReigns;
  }
  LeaseRequest take{.wish = LeaseWish::Failover, .instance = to, .to = {}};
  if (from != nullptr) {
    take.wish = LeaseWish::Await;
    const LeaseRequest release{.wish = LeaseWish::Release, .instance = from->name(), .to = to};
    const Deadline by = step_by(context, look.group->drain + lease_time(context));
    const Result<LeaseOutcome> ended = from->site->lease(release, by);
    if (!ended) {
      context.say.message(ended.error(), from->node());
      return after_failure(context, look, *from);
    }
  }
  const Result<std::uint64_t> epoch = await_lease(next, take, lease_time(context));
  if (epoch) {
    context.epoch_made = *epoch;
    return HandoverEnd::NewReigns;
  }
  // After 2 s any candidate may have taken it; the board comes to know.
  context.say.message(epoch.error(), next.node());
  return HandoverEnd::NobodyYet;
}

JobEnd make_records(JobContext& context) {
  if (context.yes < 1) return ask_first("Puts the records of leases anew that the store has not.");
  bool all = true;
  for (const Group& group : context.domain.groups) {
    if (group.kind != GroupKind::Role) continue;
    const Result<Site*> here = context.sites.at(context.board().coordinator.node);
    if (!here) return refuse(context, here.error());
    const Result<LeaseOutcome> made = (*here)->rebuild_lease(group.name, step_by(context, lease_time(context)));
    if (made) {
      context.say.line(fmt::format("{}: record of epoch {}", group.name, made->epoch));
    } else {
      all = false;
      context.say.message(made.error());
    }
  }
  return end_of(all ? Outcome::Done : Outcome::Refused);
}

FailoverEnd take_lease(JobContext& context, const FailoverPlan& plan, std::string& root) {
  const GroupLook& look = plan.look;
  for (const std::string& to : plan.order) {
    const Member& member = *look.member(to);
    const std::vector<Standing> standings = look.standings(plan.from);
    const std::uint64_t below = standing_of(standings, to)->has_below();
    const Status applied = member.site->wait_applied(to, below, step_by(context, look.group->drain));
    if (!applied) {
      context.say.message(applied.error(), member.node());
      continue;
    }
    LeaseRequest request{.wish = LeaseWish::Failover, .instance = to, .to = {}};
    request.force = plan.wish.force;
    request.confirmed = plan.wish.force;  // Which asks whether the old root runs.
    const Result<std::uint64_t> epoch = await_lease(member, request, 2 * lease_time(context));
    if (!epoch) {
      context.say.message(epoch.error(), member.node());
      if (epoch.error().id == MsgId::HWLEASEVALID) return FailoverEnd::NothingDone;
      if (epoch.error().id == MsgId::HWNOCAND) continue;
      return FailoverEnd::NobodyReigns;
    }
    context.epoch_made = *epoch;
    root = to;
    if (to == plan.lost_root) return FailoverEnd::Reigns;
    const Loss loss = loss_of(plan.loss.old_next, below);
    const Receipt receipt =
        opened_receipt(look.group->name, member.node(), plan.lost_root, plan.lost_epoch, to, *epoch, loss);
    const Status opened = open_receipt(*member.site, receipt, step_by(context, kSmallStep));
    if (!opened) context.say.message(opened.error(), member.node());
    return FailoverEnd::Reigns;
  }
  context.say.message(make_error<MsgId::HWNOCAND>("none of those that were tried could take"));
  return FailoverEnd::NothingDone;
}

}  // namespace hw::cluster
