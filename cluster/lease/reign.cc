// Promote, Root, Failsafe, Fenced, and the renewals that Drain and Handover have too.
#include <algorithm>

#include "cluster/lease/machine.h"
#include "cluster/lease/names.h"

namespace hw::cluster::lease {

// ---- renewals ----

void Machine::reign_due(Turn& turn) {
  const bool fenced_by_time = state_ == State::Root || state_ == State::Failsafe || state_ == State::Drain;
  if (fenced_by_time && now_ns_ >= deadline_ns_) fence(turn);
  Reign& reign = *reign_;
  const bool other_endpoint = reign.waiting && now_ns_ >= reign.sent_ns + config_.retry_ns;
  if (other_endpoint) {
    reign.waiting = false;
    unanswered(turn);
  }
  if (state_ == State::Drain) drain_due(turn);
  if (reign.waiting) return;
  const bool new_list = state_ == State::Root && without(turn.local.candidates, config_.self) != reign.list;
  if (!other_endpoint && now_ns_ < reign.due_ns && (reign.reading || !new_list)) return;
  if (reign.reading) {
    reign.waiting = true;
    reign.sent_ns = now_ns_;
    return send_read(turn, other_endpoint);
  }
  send_renewal(turn, other_endpoint);
}

void Machine::send_renewal(Turn& turn, bool other_endpoint) {
  Reign& reign = *reign_;
  if (state_ == State::Root) {
    reign.list = without(turn.local.candidates, config_.self);
    if (rules_.lists_until_renewed)
      add_names(reign.confirms, reign.list);
    else
      reign.confirms = reign.list;
  }
  Record record = record_->record;
  record.state = RecordState::Held;
  record.epoch = reign.epoch;
  record.next.clear();
  record.seqno = turn.local.seqno;
  record.candidates = reign.list;
  send_put(std::move(record), PutKind::Renewal, turn, other_endpoint);
  reign.waiting = true;
  reign.sent_ns = now_ns_;
}

void Machine::put_done(SentPut put, const event::RecordPut& answer, Turn& turn) {
  Reign& reign = *reign_;
  note({std::move(put.record), answer.revision, answer.value});
  if (put.kind == PutKind::Release) return lost_to_record(turn);
  // What was sent before expects another revision: it is void, and so are the lists in it.
  reign.list = reign.confirms = record_->record.candidates;
  reign.waiting = reign.reading = false;
  reign.rounds = true;
  reign.due_ns = put.sent_ns + config_.renew_ns;
  const std::uint64_t deadline = deadline_of(put.sent_ns);
  if (deadline <= now_ns_) {  // It came too late to let anything go on: the next one is sent at once.
    reign.due_ns = now_ns_;
    return;
  }
  if (state_ == State::Handover) {
    tell_switch_back(turn);
    draining_.reset();
    state_ = State::Root;
  }
  set_deadline(std::max(deadline_ns_, deadline), turn);
  if (reign.pool_anew) return promote(turn);
  if (state_ == State::Promote || state_ == State::Drain) return;
  reign.round.reset();
  reign.failsafe_told = false;
  turn.out.push_back(action::AllowUpdates{});
  state_ = State::Root;
  if (std::exchange(wishes_, {}).down) on(event::Down{}, turn);
}

/// The record is not what the put expected. One that expected an older one than that now noted says nothing.
void Machine::put_refused(const SentPut& put, Turn& turn) {
  if (!(put.expected == record_->record.serial)) return;
  reign_->reading = true;
  reign_->waiting = true;
  reign_->sent_ns = now_ns_;
  send_read(turn, false);
}

void Machine::reign_read(const event::RecordRead& read, Turn& turn) {
  Reign& reign = *reign_;
  if (!read.stored) {
    if (!reign.reading) return;
    note_gone(turn);
    reign.waiting = false;
    reign.due_ns = now_ns_ + config_.retry_ns;
    return unanswered(turn);
  }
  const bool mine = is_mine_and_held(*read.stored);
  note(*read.stored);
  if (!mine) return lost_to_record(turn);
  // A put of this member whose answer was lost. Its list may be in force; which others are not is known when the next
  // one is done.
  add_names(reign.confirms, record_->record.candidates);
  reign.reading = false;
  send_renewal(turn, false);
}

/// A request of the reign had no answer in time, or the record is gone.
void Machine::unanswered(Turn& turn) {
  if (state_ == State::Root) state_ = State::Failsafe;
  if (state_ == State::Failsafe || state_ == State::Fenced ||
      (state_ == State::Handover && !rules_.no_rounds_in_handover))
    begin_round(turn);
}

// ---- rounds of confirmation ----

void Machine::begin_round(Turn& turn) {
  Reign& reign = *reign_;
  if (!reign.rounds) return;
  if (reign.round) tell_failsafe(reign.round->missing.front(), turn);
  reign.round = Round{.id = new_serial(), .sent_ns = now_ns_, .missing = reign.confirms};
  if (reign.confirms.empty()) return round_done(turn);
  turn.out.push_back(action::AskConfirm{reign.round->id, reign.epoch, reign.confirms});
}

void Machine::on(const event::ConfirmAnswered& answer, Turn& turn) {
  if (!reign_ || !reign_->round) return;
  if (!(reign_->round->id == answer.round) && rules_.round_of_answer) return;
  const bool asks = state_ == State::Failsafe || state_ == State::Fenced;
  if (!asks && (state_ != State::Handover || rules_.no_rounds_in_handover)) return;
  if (!answer.yes) return tell_failsafe(answer.from, turn);
  std::erase(reign_->round->missing, answer.from);
  if (reign_->round->missing.empty() || !rules_.all_confirm) round_done(turn);
}

void Machine::round_done(Turn& turn) {
  const std::uint64_t deadline = deadline_of(reign_->round->sent_ns);
  reign_->round.reset();
  if (deadline <= now_ns_) return;
  set_deadline(std::max(deadline_ns_, deadline), turn);
  turn.out.push_back(action::AllowUpdates{});
  if (state_ == State::Fenced) state_ = State::Failsafe;
}

void Machine::tell_failsafe(const std::string& member, Turn& turn) {
  if (std::exchange(reign_->failsafe_told, true)) return;
  report(turn, make_error<MsgId::HWFAILSAFE>(member));
}

// ---- how a reign begins and ends ----

void Machine::on(const event::Promoted& promoted, Turn& turn) {
  if (is_promotion(promoted.promotion)) turn.out.push_back(action::RunCommitScripts{promoted.promotion});
}

void Machine::on(const event::Committed& committed, Turn& turn) {
  if (!is_promotion(committed.promotion)) return;
  if (!rules_.promote_keeps_deadline) set_deadline(deadline_of(now_ns_), turn);
  // Past its deadline the stop flag stays, until a renewal takes it off.
  if (now_ns_ < deadline_ns_) turn.out.push_back(action::AllowUpdates{});
  turn.out.push_back(action::UpdatesOn{});
  state_ = State::Root;
}

void Machine::on(const event::PromoteFailed& failed, Turn& turn) {
  // Also of updates that were not put on, which is the last thing that a promotion does.
  if (has_reign() && reign_->promotion == failed.promotion) on(event::GaveUp{}, turn);
}

void Machine::on(const event::GaveUp&, Turn& turn) {
  if (!has_reign() || state_ == State::Handover) return;
  no_take_until_ns_ = now_ns_ + kFailedPromoteNs;
  close(RecordState::Released, without(turn.local.candidates, config_.self), turn);
}

/// The instance crashed and is up again: the same reign, promoted once more.
void Machine::on(const event::PoolAnew&, Turn& turn) {
  if (starting_) starting_->pool_updates_on = false;
  if (!has_reign()) return;
  reign_->pool_anew = true;
  if (state_ == State::Handover) return;  // As soon as it is known how the release ended.
  if (state_ == State::Drain) tell_switch_back(turn);
  draining_.reset();
  reign_->round.reset();
  promote(turn);
}

/// Makes the instance root, by the deadline that is set already.
void Machine::promote(Turn& turn) {
  reign_->pool_anew = false;
  reign_->promotion = next_number_++;
  state_ = State::Promote;
  turn.out.push_back(action::StopUpdates{});  // Of a reign before, its updates may be on; they wait for this one.
  set_deadline(deadline_ns_, turn);
  turn.out.push_back(action::Promote{reign_->promotion, reign_->epoch});
}

void Machine::fence(Turn& turn) {
  if (rules_.deadline_stops) turn.out.push_back(action::StopUpdates{});
  report(turn, make_error<MsgId::HWLEASEOVER>(config_.group));
  draining_.reset();
  state_ = State::Fenced;
}

/// The record names another, or says that the reign is over.
void Machine::lost_to_record(Turn& turn) {
  if (state_ == State::Promote)
    set_deadline(0, turn);
  else if (rules_.other_holder_stops)
    turn.out.push_back(action::StopUpdates{});
  end_reign();
  follow_holder(turn);
}

void Machine::end_reign() {
  reign_.reset();
  draining_.reset();
  puts_.clear();
  reading_ = {};
  poll_ns_ = now_ns_;
  wishes_ = {};
  was_root_ = true;
  followed_epoch_ = 0;
  silence_from_ns_ = now_ns_;
  state_ = State::Follow;
}

}  // namespace hw::cluster::lease
