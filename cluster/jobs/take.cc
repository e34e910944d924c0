#include "cluster/jobs/take.h"

#include "cluster/jobs/group_edit.h"
#include "cluster/jobs/job_time.h"

namespace hw::cluster {
namespace {

Take failed(Error fault, const std::string& node) { return {TakeEnd::Failed, std::move(fault), node}; }

ServerRef receiver_of(const Member& member, const std::string& group) {
  return {ServerKind::Receiver, "receiver:" + member.name(), group, 1};
}

/// A reign begins without a receiver.
Status stop_receiver(Site& site, const Member& member, const std::string& group) {
  HW_TRY([[maybe_unused]] const StopOutcome stopped,
         site.stop(receiver_of(member, group), StopHow::WorkFirst, in_any_case_by(kSmallStep)));
  return {};
}

/// The record names it, its receiver is not wanted any more: in one step, as updates wait for it.
Status name_holder(JobContext& context, const GroupLook& look, const Member& member, std::uint64_t epoch,
                   std::uint64_t seqno) {
  return context.orders.change([&](Orders& orders) {
    for (GroupOrder& order : orders.groups) {
      if (order.name != look.group->name) continue;
      order.record.holder = member.name();
      order.record.lease = BoardLease::Held;
      order.record.epoch = epoch;
      order.record.seqno = seqno;
      order.record.candidates = candidates_beside(look, member.name());
      order.place = member.node();
    }
    want_server(orders, context.domain, receiver_of(member, look.group->name), member.node(), Wanted::Down);
  });
}

}  // namespace

Status make_sure_it_is_stopped(Site& site, const std::string& instance, std::uint64_t epoch) {
  HW_TRY_VOID(site.learn_epoch(instance, epoch + 1, in_any_case_by(kSmallStep)));
  HW_TRY(const Position found, site.position(instance, in_any_case_by(kLook)));
  if (!found.accepting) return {};
  HW_TRY_VOID(site.give_up(instance, in_any_case_by(kSmallStep)));
  HW_TRY(const Position after, site.position(instance, in_any_case_by(kLook)));
  if (after.accepting) return make_error<MsgId::HWINUSE>(instance, "updates");
  return {};
}

Status fence_others(JobContext& context, const GroupLook& look, const std::string& but, std::uint64_t epoch) {
  for (const Member& member : look.members) {
    if (member.name() == but || !member.heard() || member.instance->priority <= 0) continue;
    HW_TRY_VOID(member.site->learn_epoch(member.name(), epoch, step_by(context, kSmallStep)));
    HW_TRY(const Position now, member.site->position(member.name(), step_by(context, kLook)));
    if (now.accepting) return make_error<MsgId::HWINUSE>(member.name(), "updates");
    if (now.up && now.pool_epoch != 0) HW_TRY_VOID(member.site->give_up(member.name(), step_by(context, kSmallStep)));
  }
  return {};
}

Take take_root(JobContext& context, const GroupLook& look, const std::string& to, std::uint64_t epoch,
               std::uint64_t seqno) {
  const Member& member = *look.member(to);
  if (member.site == nullptr)
    return failed(member.fault ? *member.fault : make_error<MsgId::HWREMOTE>(member.node(), "not heard"),
                  member.node());
  if (Status stopped = stop_receiver(*member.site, member, look.group->name); !stopped)
    return failed(std::move(stopped).error(), member.node());
  if (Status noted = name_holder(context, look, member, epoch, seqno); !noted)
    return failed(std::move(noted).error(), {});
  Status begun = member.site->reign(to, epoch, in_any_case_by(kSmallStep));
  if (begun) {
    context.epoch_made = epoch;
    return {TakeEnd::Reigns, std::nullopt, {}};
  }
  Take take = failed(std::move(begun).error(), member.node());
  if (const Status stopped = make_sure_it_is_stopped(*member.site, to, epoch); !stopped) {
    take.end = TakeEnd::MayReign;
    take.fault->because(stopped.error());
    return take;
  }
  const auto release = [&](GroupOrder& order) {
    order.record.lease = BoardLease::Released;
    order.place = look.order.place;
  };
  if (Status noted = edit_group(context, look.group->name, release); !noted) {
    // The record still names it; a reader of the record asks it, and finds that it takes no updates.
    take.fault->because(noted.error());
  }
  return take;
}

}  // namespace hw::cluster
