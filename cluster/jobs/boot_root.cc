#include "cluster/jobs/boot_root.h"

#include "cluster/jobs/group_edit.h"
#include "cluster/jobs/group_look.h"
#include "cluster/jobs/job_time.h"
#include "cluster/jobs/lease_change.h"
#include "cluster/jobs/take.h"
#include "cluster/plan/boot_reign.h"
#include "cluster/plan/group_state.h"

namespace hw::cluster {
namespace {

class RootBoot {
 public:
  RootBoot(BootRun& run, const Placement& placement, const std::string& node)
      : run_(run), placement_(placement), node_(node), context_(run.context), group_(placement.group->name) {}

  void bring() {
    if (context_.domain.domain.dcs == Dcs::Pacemaker) return wait(make_error<MsgId::HWFENCED>(placement_.root));
    const GroupLook look = look_at(context_, *placement_.group);
    if (context_.domain.domain.dcs == Dcs::Etcd) return boot_by_lease(look);
    const BootReignDecision decision = decide_boot_reign(look.order.record, placement_.root, look.facts());
    switch (decision.what) {
      case BootReign::Reigns:
        return go_on_as_it_is(look, decision.epoch);
      case BootReign::GoesOn:
        return take(look, decision.epoch);
      case BootReign::Anew:
        return take(look, look.next_epoch());
      case BootReign::Waits:
        return wait(make_error<MsgId::HWNEEDCONF>(fmt::format("{}", fmt::join(decision.waits_for, ", "))));
      case BootReign::Over:
        return fail(make_error<MsgId::HWEPOCHOLD>(placement_.root, look.order.record.epoch, decision.epoch));
      case BootReign::ByHand:
        return fail(make_error<MsgId::HWINUSE>(placement_.root, "updates without an epoch"));
    }
  }

 private:
  void go_on_as_it_is(const GroupLook& look, std::uint64_t epoch) {
    const auto name_holder = [&](GroupOrder& order) {
      order.record.holder = placement_.root;
      order.record.lease = BoardLease::Held;
      order.record.epoch = epoch;
      order.record.seqno = look.next_seqno_of(placement_.root);
      order.place = node_;
    };
    const BoardRecord& record = look.order.record;
    const bool is_so = record.holder == placement_.root && record.lease == BoardLease::Held && record.epoch == epoch;
    if (Status noted = is_so ? Status{} : edit_group(context_, group_, name_holder); !noted)
      return fail(std::move(noted).error());
    come_up();
  }

  void boot_by_lease(const GroupLook& look) {
    const Result<std::uint64_t> epoch = boot_lease(context_, look, placement_.root);
    if (!epoch) return wait(epoch.error());
    {
      const std::lock_guard lock(run_.result);
      context_.epoch_made = std::max(context_.epoch_made, *epoch);
      context_.group = group_;
    }
    if (Status noted = edit_group(context_, group_, [&](GroupOrder& order) { order.place = node_; }); !noted)
      return fail(std::move(noted).error());
    come_up();
  }

  void take(const GroupLook& look, std::uint64_t epoch) {
    JobContext own = own_context();
    const Take taken = take_root(own, look, placement_.root, epoch, look.next_seqno_of(placement_.root));
    if (taken.end != TakeEnd::Reigns)
      return fail(taken.fault.value_or(make_error<MsgId::HWREMOTE>(taken.node, "did not begin to reign")));
    {
      const std::lock_guard lock(run_.result);
      context_.epoch_made = std::max(context_.epoch_made, own.epoch_made);
      context_.group = group_;
    }
    come_up();
  }

  /// The threads of other nodes make roots of other groups meanwhile, and note that in the job's own.
  JobContext own_context() {
    const std::lock_guard lock(run_.result);
    return context_;
  }

  void come_up() {
    GroupState before = GroupState::Up;
    const auto say_up = [&](GroupOrder& order) {
      before = order.state;
      order.state = GroupState::Up;
      order.wanted = Wanted::Up;
      order.hold = false;
    };
    if (Status noted = edit_group(context_, group_, say_up); !noted) return fail(std::move(noted).error());
    if (before != GroupState::Up && run_.command.selection.group == group_)
      run_.lines.line(change_line(group_, before, GroupState::Up));
    run_.roots.set(group_, RootWatch::State::Up);
  }

  /// It is up, and its updates are off.
  void wait(const Error& why) {
    run_.lines.message(why, node_);
    run_.partly = true;
    run_.roots.set(group_, RootWatch::State::Waits);
  }

  void fail(const Error& why) {
    run_.fail(node_, placement_.root, why);
    const Status noted = edit_group(context_, group_, [](GroupOrder& order) { order.state = GroupState::Failed; });
    if (!noted) run_.lines.message(noted.error(), node_);
    run_.roots.set(group_, RootWatch::State::Failed);
  }

  BootRun& run_;
  const Placement& placement_;
  const std::string& node_;
  JobContext& context_;
  const std::string& group_;
};

}  // namespace

void boot_root(BootRun& run, const Placement& placement, const std::string& node) {
  RootBoot(run, placement, node).bring();
}

void note_candidates(JobContext& context, const Placement& placement) {
  const GroupLook look = look_at(context, *placement.group);
  if (look.order.record.holder != placement.root) return;
  const std::vector<std::string> candidates = candidates_beside(look, placement.root);
  if (candidates == look.order.record.candidates) return;
  const Status noted =
      edit_group(context, placement.group->name, [&](GroupOrder& order) { order.record.candidates = candidates; });
  if (!noted) context.say.message(noted.error());
}

}  // namespace hw::cluster
