#include "cluster/jobs/handover.h"

#include <algorithm>

#include "cluster/jobs/group_edit.h"
#include "cluster/jobs/job_time.h"
#include "cluster/jobs/lease_change.h"
#include "cluster/jobs/take.h"

namespace hw::cluster {
namespace {

/// One change from `from`, which may be nobody, to `to`.
class Handover {
 public:
  Handover(JobContext& context, const GroupLook& look, const std::string& to, IfInVain if_in_vain)
      : context_(context),
        if_in_vain_(if_in_vain),
        look_(look),
        to_(*look.member(to)),
        from_(look.reign.root.empty() ? nullptr : look.member(look.reign.root)),
        need_(all_below(look).value_or(0)) {}

  HandoverEnd run() {
    if (from_ != nullptr && !stop_updates()) return let_go_on();
    if (!wait_for_all()) return let_go_on();
    if (!release_record()) return let_go_on();
    if (!end_old_reign()) return give_in();
    return take();
  }

 private:
  /// S2.
  bool stop_updates() {
    Result<std::uint64_t> next = from_->site->stop_updates(from_->name(), step_by(context_, kSmallStep));
    if (!next) return say(next.error(), from_->node());
    need_ = *next;
    return true;
  }

  /// S3.
  bool wait_for_all() {
    if (should_end(context_)) return say(switched_back(), {});
    const Deadline until = step_by(context_, look_.group->drain);
    Status applied = to_.site->wait_applied(to_.name(), need_, until);
    if (applied) return true;
    say(applied.error(), to_.node());
    return from_ == nullptr ? false : say(switched_back(), {});
  }

  /// S4, the record. The seqno is exact from here on: an instance that takes later must have it.
  bool release_record() {
    Status released = edit_group(context_, look_.group->name, [&](GroupOrder& order) {
      order.record.holder = from_ == nullptr ? order.record.holder : from_->name();
      order.record.lease = BoardLease::Released;
      order.record.epoch = std::max(order.record.epoch, look_.reign.epoch);
      order.record.seqno = need_;
      order.move_to = to_.node();
    });
    return released ? true : say(released.error(), {});
  }

  /// S4, the instance. Without a root all others are fenced.
  bool end_old_reign() {
    if (from_ == nullptr) {
      Status fenced = fence_others(context_, look_, to_.name(), look_.next_epoch());
      return fenced ? true : say(fenced.error(), {});
    }
    const Status given_up = from_->site->give_up(from_->name(), in_any_case_by(kSmallStep));
    if (given_up) {
      // So that it knows, should it come up again before it has heard of the new root. It has given up in any case.
      Status told = from_->site->learn_epoch(from_->name(), look_.next_epoch(), in_any_case_by(kLook));
      return told ? true : !say(told.error().as(Severity::Warning), from_->node());
    }
    // It has said that no update begins. As long as it says so, or gives up now, that is enough.
    const Result<Position> now = from_->site->position(from_->name(), in_any_case_by(kLook));
    if (now && !now->accepting) return true;
    return say(given_up.error(), from_->node());
  }

  /// S5.
  HandoverEnd take() {
    Take take = take_root(context_, look_, to_.name(), look_.next_epoch(), need_);
    if (take.end == TakeEnd::Reigns) return HandoverEnd::NewReigns;
    say(*take.fault, take.node);
    return give_in();
  }

  /// Updates go on where they were, or where everything is.
  HandoverEnd let_go_on() {
    if (from_ != nullptr) {
      const Status allowed = from_->site->allow_updates(from_->name(), in_any_case_by(kSmallStep));
      if (allowed) return HandoverEnd::OldReigns;
      say(allowed.error(), from_->node());
      return give_in();
    }
    if (if_in_vain_ == IfInVain::Stay) return HandoverEnd::NobodyYet;
    const Member* const complete = last_root_with_all();
    if (complete == nullptr || complete->name() == to_.name()) return give_in();
    if (const Status fenced = fence_others(context_, look_, complete->name(), look_.next_epoch()); !fenced) {
      say(fenced.error(), {});
      return give_in();
    }
    Take take = take_root(context_, look_, complete->name(), look_.next_epoch(), need_);
    if (take.end == TakeEnd::Reigns) return HandoverEnd::OldReigns;
    say(*take.fault, take.node);
    return give_in();
  }

  const Member* last_root_with_all() const {
    const Member* const last = look_.member(look_.reign.last_root);
    return last != nullptr && last->is_up() && last->position->next_seqno >= need_ ? last : nullptr;
  }

  HandoverEnd give_in() {
    if (if_in_vain_ == IfInVain::Stay) return HandoverEnd::NobodyYet;
    // What is said already matters more than a state that could not be written.
    if (const Status noted = change_state(context_, look_.group->name, GroupState::Failed); !noted)
      say(noted.error(), {});
    return HandoverEnd::NobodyYet;
  }

  Error switched_back() const {
    const double seconds = static_cast<double>(look_.group->drain.count()) / 1000;
    return make_error<MsgId::HWSWITCHBACK>(to_.name(), fmt::format("{:g}", seconds),
                                           from_ == nullptr ? "-" : from_->name());
  }

  /// False, so that a step that has failed ends in one line.
  bool say(const Error& error, const std::string& node) {
    context_.say.message(error, node);
    return false;
  }

  JobContext& context_;
  IfInVain if_in_vain_;
  const GroupLook& look_;
  const Member& to_;
  const Member* from_;  ///< null: nobody takes updates
  std::uint64_t need_;
};

}  // namespace

std::optional<std::uint64_t> all_below(const GroupLook& look) {
  const BoardRecord& record = look.order.record;
  const bool is_exact = record.lease == BoardLease::Released || record.lease == BoardLease::Down;
  const std::uint64_t noted = is_exact && record.epoch >= look.reign.last_epoch ? record.seqno : 0;
  const Member* const last = look.member(look.reign.last_root);
  if (last != nullptr && last->heard() && (last->position->up || last->position->clean))
    return std::max(noted, last->position->next_seqno);
  return noted == 0 ? std::nullopt : std::optional(noted);
}

HandoverEnd hand_over(JobContext& context, const GroupLook& look, const std::string& to, IfInVain if_in_vain) {
  if (context.domain.domain.dcs == Dcs::Etcd) return hand_over_lease(context, look, to);
  return Handover(context, look, to, if_in_vain).run();
}

}  // namespace hw::cluster
