#include "cluster/jobs/failover.h"

#include <algorithm>

#include "cluster/jobs/group_edit.h"
#include "cluster/jobs/job_end.h"
#include "cluster/jobs/job_time.h"
#include "cluster/jobs/jobs.h"
#include "cluster/jobs/lease_change.h"
#include "cluster/jobs/receipts.h"
#include "cluster/jobs/take.h"

namespace hw::cluster {
namespace {

class Failover {
 public:
  Failover(JobContext& context, const FailoverPlan& plan)
      : context_(context), plan_(plan), look_(plan.look), epoch_(look_.next_epoch()) {
    if (plan.loss.old_next != 0) old_next_ = plan.loss.old_next;
  }

  FailoverEnd run(std::string& root) {
    if (!stop_old_roots()) return let_go_on();
    for (const std::string& to : plan_.order) {
      const Attempt attempt = try_with(to);
      ++epoch_;
      if (attempt == Attempt::NotPossible) continue;
      if (attempt == Attempt::NotCertain) return give_in();
      root = to;
      return FailoverEnd::Reigns;
    }
    context_.say.message(make_error<MsgId::HWNOCAND>("none of those that were tried could take"));
    return give_in();
  }

 private:
  enum class Attempt : std::uint8_t {
    Reigns,
    NotPossible,  ///< it does not reign: the next one may
    NotCertain,   ///< an instance may take updates: no other may
  };

  bool say(const Error& error, const std::string& node) {
    context_.say.message(error, node);
    return false;
  }

  /// F1, -force: an instance that answers and takes updates is stopped, and gives up.
  bool stop_old_roots() {
    for (const std::string& name : look_.reign.accepting) {
      const Member& member = *look_.member(name);
      const Result<std::uint64_t> next = member.site->stop_updates(name, step_by(context_, kSmallStep));
      // Without an answer it may have been stopped all the same.
      stopped_.push_back(&member);
      if (!next) return say(next.error(), member.node());
      if (name == plan_.from) old_next_ = *next;
    }
    if (stopped_.empty()) return true;
    const auto take_back = [&](GroupOrder& order) {
      order.record.lease = BoardLease::Down;
      order.record.seqno = old_next_;
    };
    if (const Status noted = edit_group(context_, look_.group->name, take_back); !noted) return say(noted.error(), {});
    for (const Member* const member : stopped_)
      if (const Status ended = member->site->give_up(member->name(), step_by(context_, kSmallStep)); !ended)
        return say(ended.error(), member->node());
    return true;
  }

  FailoverEnd let_go_on() {
    bool all = true;
    for (const Member* const member : stopped_) {
      // One that has given up takes no updates again in that reign.
      const Status allowed = member->site->allow_updates(member->name(), in_any_case_by(kSmallStep));
      if (!allowed) all = say(allowed.error(), member->node());
    }
    const auto as_before = [&](GroupOrder& order) { order.record.lease = BoardLease::Held; };
    if (all)
      if (const Status noted = edit_group(context_, look_.group->name, as_before); !noted) all = say(noted.error(), {});
    return all ? FailoverEnd::NothingDone : give_in();
  }

  Attempt try_with(const std::string& to) {
    const Member& member = *look_.member(to);
    const std::vector<Standing> standings = look_.standings(plan_.from);
    const std::uint64_t below = standing_of(standings, to)->has_below();
    const bool itself = to == plan_.lost_root;
    const Loss loss = loss_of(itself ? below : old_next_, below);
    if (is_above(loss, look_.group->max_loss) && !plan_.wish.force) {
      say(make_error<MsgId::HWLOSSLIMIT>(to, *loss.count, look_.group->max_loss), member.node());
      return Attempt::NotPossible;
    }
    // F3: what was received is applied before anybody can update.
    if (const Status applied = member.site->wait_applied(to, below, step_by(context_, look_.group->drain)); !applied) {
      say(applied.error(), member.node());
      return Attempt::NotPossible;
    }
    if (const Status fenced = fence_others(context_, look_, to, epoch_); !fenced) {
      say(fenced.error(), {});
      return Attempt::NotCertain;
    }
    const Receipt receipt =
        opened_receipt(look_.group->name, member.node(), plan_.lost_root, plan_.lost_epoch, to, epoch_, loss);
    if (!itself)
      if (const Status opened = open_receipt(*member.site, receipt, step_by(context_, kSmallStep)); !opened) {
        say(opened.error(), member.node());
        return Attempt::NotPossible;
      }
    if (const Status noted = note_change(member); !noted) {
      say(noted.error(), {});
      return Attempt::NotPossible;
    }
    return take(member, receipt, below, itself);
  }

  Status note_change(const Member& member) {
    return edit_group(context_, look_.group->name, [&](GroupOrder& order) { order.move_to = member.node(); });
  }

  Attempt take(const Member& member, const Receipt& receipt, std::uint64_t below, bool itself) {
    const Take take = take_root(context_, look_, member.name(), epoch_, below);
    if (take.end == TakeEnd::Reigns) return Attempt::Reigns;
    say(*take.fault, take.node);
    if (take.end == TakeEnd::MayReign) return Attempt::NotCertain;
    if (!itself)
      if (const Status voided = void_receipt(*member.site, receipt, in_any_case_by(kSmallStep)); !voided)
        say(voided.error(), member.node());
    return Attempt::NotPossible;
  }

  FailoverEnd give_in() {
    if (const Status noted = change_state(context_, look_.group->name, GroupState::Failed); !noted)
      say(noted.error(), {});
    return FailoverEnd::NobodyReigns;
  }

  JobContext& context_;
  const FailoverPlan& plan_;
  const GroupLook& look_;
  std::uint64_t epoch_;
  std::uint64_t old_next_ = 0;  ///< of the last root; 0: not known
  std::vector<const Member*> stopped_;
};

}  // namespace

FailoverEnd fail_over(JobContext& context, const FailoverPlan& plan, std::string& root) {
  if (context.domain.domain.dcs == Dcs::Etcd) return take_lease(context, plan, root);
  return Failover(context, plan).run(root);
}

JobEnd run(const FailoverCommand& command, JobContext& context) {
  const Result<const Group*> group = role_group_of(context.domain, command.to, command.group);
  if (!group) return end_with(context, Outcome::Usage, group.error());
  context.group = (*group)->name;
  if (const Status may = check_changes(context.domain, "failover"); !may) return refuse(context, may.error());
  const FailoverPlan plan = plan_failover(context, **group, {command.to, command.force});
  if (plan.refusal) return refuse(context, *plan.refusal);
  std::string root = plan.root;
  std::uint64_t epoch = plan.look.reign.epoch;
  if (!plan.already) {
    if (context.yes < plan.questions.size()) return ask_first(plan.questions[context.yes]);
    if (should_end(context)) return end_of(Outcome::Running);
    const FailoverEnd end = fail_over(context, plan, root);
    if (end == FailoverEnd::NothingDone) return end_of(Outcome::Refused);
    if (end == FailoverEnd::NobodyReigns) return end_of(Outcome::Partly);
    epoch = context.epoch_made;
  }
  const bool all = settle_group(context, **group, root, {.rejoin = (*group)->auto_rejoin});
  context.say.line(root_line(plan.look, root, epoch));
  return end_of(all ? Outcome::Done : Outcome::Partly);
}

JobEnd plan(const FailoverCommand& command, JobContext& context) {
  const Result<const Group*> group = role_group_of(context.domain, command.to, command.group);
  if (!group) return end_with(context, Outcome::Usage, group.error());
  if (const Status may = check_changes(context.domain, "failover"); !may) return end_of_plan(context, may.error());
  return end_of_plan(context, steps_of(plan_failover(context, **group, {command.to, command.force})));
}

}  // namespace hw::cluster
