// Drain, Handover, down: a reign that ends by plan.
#include "cluster/lease/machine.h"
#include "cluster/lease/names.h"

namespace hw::cluster::lease {

void Machine::on(const event::Release& release, Turn& turn) {
  if (state_ == State::Failsafe || state_ == State::Fenced)
    return report(turn, make_error<MsgId::HWFAILSAFE>(release.to));
  if (state_ != State::Root) return;
  if (rules_.drain_stops) turn.out.push_back(action::StopUpdates{});
  draining_ = Draining{.drain = next_number_++, .to = release.to, .move = release.move, .since_ns = now_ns_};
  turn.out.push_back(action::Drain{draining_->drain, release.to});
  state_ = State::Drain;
}

void Machine::on(const event::Applied& applied, Turn&) {
  if (state_ == State::Drain && draining_->drain == applied.drain) draining_->applied = true;
}

void Machine::on(const event::Migrate&, Turn&) {
  if (state_ == State::Drain && draining_->move) draining_->migrate = true;
}

void Machine::on(const event::Cancel&, Turn& turn) {
  if (state_ != State::Drain) return;
  if (!draining_->move || !draining_->applied) return switch_back(turn);
  close(RecordState::Down, reign_->list, turn);  // MIGRATING: its servers are down already.
}

void Machine::drain_due(Turn& turn) {
  const Draining& draining = *draining_;
  if (draining.applied && (!draining.move || draining.migrate)) {
    // A renewal under way would make the release void, or be made so.
    if (!reign_->waiting && !reign_->reading) hand_over(turn);
    return;
  }
  const bool late = !draining.applied && now_ns_ >= draining.since_ns + config_.drain_ns;
  if (late || (!draining.move && !contains(turn.local.candidates, draining.to))) switch_back(turn);
}

void Machine::tell_switch_back(Turn& turn) const {
  const std::uint64_t waited_s = (now_ns_ - draining_->since_ns) / kSecondNs;
  report(turn, make_error<MsgId::HWSWITCHBACK>(draining_->to, waited_s, config_.self));
}

void Machine::switch_back(Turn& turn) {
  tell_switch_back(turn);
  turn.out.push_back(action::AllowUpdates{});
  draining_.reset();
  state_ = State::Root;
}

void Machine::hand_over(Turn& turn) {
  if (rules_.deadline_zero) set_deadline(0, turn);
  Record record = record_->record;
  record.state = RecordState::Released;
  record.epoch = reign_->epoch;
  record.next = draining_->to;
  record.seqno = turn.local.seqno;
  record.candidates = reign_->list;
  record.candidates.push_back(config_.self);
  send_put(std::move(record), PutKind::Release, turn, false);
  reign_->waiting = true;
  reign_->sent_ns = now_ns_;
  state_ = State::Handover;
}

/// Ends the reign by a put that says so. Without answer the lease runs out by itself.
void Machine::close(RecordState state, std::vector<std::string> candidates, Turn& turn) {
  turn.out.push_back(action::StopUpdates{});
  if (rules_.deadline_zero) set_deadline(0, turn);
  const std::uint64_t epoch = epoch_of(*record_);
  if (reign_) end_reign();
  Record record = record_->record;
  record.state = state;
  record.epoch = epoch;
  record.next.clear();
  record.seqno = turn.local.seqno;
  record.candidates = candidates;
  send_put(std::move(record), PutKind::Close, turn, false);
  closing_ = Closing{state, epoch, std::move(candidates)};
}

void Machine::on(const event::Down&, Turn& turn) {
  switch (state_) {
    case State::Promote:
    case State::Root:
    case State::Failsafe:
    case State::Fenced:
    case State::Drain:
      return close(RecordState::Down, reign_->list, turn);
    case State::Start:
    case State::Take:
    case State::Handover:
      wishes_ = {};
      wishes_.down = true;  // As soon as it is known whether there is a reign to end.
      return;
    default:
      wishes_ = {};
  }
}

}  // namespace hw::cluster::lease
