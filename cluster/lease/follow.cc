// Follow and Ripe: another is root, or nobody; when this member may take.
#include <algorithm>

#include "cluster/lease/machine.h"
#include "cluster/lease/names.h"

namespace hw::cluster::lease {

namespace {

/// Moves `wake` to `at`, if that is still to come. What is past has been examined.
void earlier(std::uint64_t& wake, std::uint64_t at, std::uint64_t now) {
  if (at > now) wake = std::min(wake, at);
}

}  // namespace

// ---- the record ----

void Machine::follow_due(Turn& turn) {
  if (closing_ && !puts_.empty() && now_ns_ >= puts_.back().sent_ns + config_.retry_ns) {
    // The lease stays as it was; when it ends a candidate may take it.
    report(turn, make_error<MsgId::HWREMOTE>("lease store", fmt::format("no answer, {} may not be {}", config_.group,
                                                                        name_of(closing_->state))));
    closing_.reset();
  }
  poll(turn);
  if (closing_ || take_as_wished(turn)) return;
  if (!record_ || record_gone_ || record_stale_ || record_->record.state == RecordState::Down) return;
  if (!turn.local.ready || now_ns_ < no_take_until_ns_) return;
  if (record_->record.state == RecordState::Released) {
    if (record_->record.next == config_.self) return begin_take(turn);
    if (is_candidate() && now_ns_ >= seen_ns_ + kReleasedNs) become_ripe(true, turn);
    return;
  }
  if (may_be_ripe(turn)) become_ripe(false, turn);
}

/// Reads the record when the last read was not answered in time, and now and then in case the watch is not heard.
void Machine::poll(Turn& turn) {
  const bool unanswered = reading_.under_way && now_ns_ >= reading_.sent_ns + config_.retry_ns;
  if (!unanswered && (reading_.under_way || now_ns_ < poll_ns_)) return;
  reading_ = {.under_way = true, .again = false, .sent_ns = now_ns_};
  send_read(turn, unanswered);
}

void Machine::not_ripe() {
  if (!asking_) return;
  asking_.reset();
  state_ = State::Follow;
}

bool Machine::may_be_ripe(const Turn& turn) const {
  return config_.failover && now_ns_ >= paused_until_ns_ && turn.local.ready && is_candidate() &&
         silence_ns() + kRipeAheadNs >= config_.ttl_ns;
}

/// A failover that was allowed when it was asked for is given up when the record has changed against it.
void Machine::review_failover(Turn& turn) {
  const bool held = record_->record.state == RecordState::Held;
  if (!is_candidate() && !wishes_.confirmed) {  // The root may go on without its yes.
    wishes_.failover = false;
    report_no_candidate(turn);
  } else if (held && !wishes_.force && lease_left_ns(now_ns_) > 0) {  // The root is back.
    wishes_.failover = false;
    report_lease_valid(turn);
  }
}

/// Boot, failover and migg: what an operator asked for, as soon as it may be.
bool Machine::take_as_wished(Turn& turn) {
  if (!record_read_ || record_stale_) return false;
  if (wishes_.failover && record_ && !record_gone_) review_failover(turn);
  if (!turn.local.ready) return false;
  if (!record_ || record_gone_) {
    const bool first = !config_.members.empty() && config_.members.front().name == config_.self;
    const bool never_had_one = !record_ && known_epoch_ == 0 && wishes_.boot && wishes_.none_known && first;
    if (!never_had_one && (rules_.missing_is_unanswered || !record_gone_ || !is_candidate())) return false;
    begin_take(turn);
    return true;
  }
  const Record& record = record_->record;
  const bool over = silence_ns() >= config_.ttl_ns;
  const bool down = record.state == RecordState::Down;
  if (wishes_.boot && record.holder == config_.self && (down || over) && record.state != RecordState::Released) {
    begin_take(turn);
    return true;
  }
  if (!wishes_.failover) return false;
  if (over || record.state == RecordState::Released || (down && !rules_.force_waits)) {
    begin_take(turn);
    return true;
  }
  const bool asked = !puts_.empty() && now_ns_ < puts_.back().sent_ns + config_.retry_ns;
  if (wishes_.force && record.state == RecordState::Held && !asked) {
    Record forced = record;
    forced.epoch = epoch_of(*record_);
    forced.state = RecordState::Down;
    send_put(std::move(forced), PutKind::ForceDown, turn, false);
  }
  return false;
}

void Machine::follow_read(const event::RecordRead& read, Turn& turn) {
  if (!read.stored) {
    note_gone(turn);
    not_ripe();
  } else {
    const bool changed = note(*read.stored);
    if (std::exchange(take_unknown_, false)) note_over_ = true;  // Whatever became of the take: it is void.
    if (changed) not_ripe();
    if (asking_) asking_->read_answered = true;
    follow_holder(turn);
  }
  poll_ns_ = now_ns_ + config_.ttl_ns - std::min(config_.ttl_ns, kRipeAheadNs);
  const bool again = reading_.again;
  reading_ = {};
  if (again) on(event::Changed{}, turn);
  if (!closing_ || !puts_.empty() || !read.stored) return;
  // The put that was to end the reign had been overtaken by a renewal.
  const Closing closing = *std::exchange(closing_, std::nullopt);
  if (is_mine_and_held(*record_) && epoch_of(*record_) == closing.epoch) close(closing.state, closing.candidates, turn);
}

/// A put of a member that has no reign: the end of its last one, or a forced `down`.
void Machine::follow_put(const SentPut& put, const event::RecordPut& answer, Turn& turn) {
  if (put.kind == PutKind::Close && answer.done) closing_.reset();
  if (answer.done) {
    note({put.record, answer.revision, answer.value});
    not_ripe();
    return;
  }
  record_stale_ = true;
  on(event::Changed{}, turn);
}

/// Tells the agent who is root now, once a reign.
void Machine::follow_holder(Turn& turn) {
  const Record& record = record_->record;
  const std::uint64_t epoch = epoch_of(*record_);
  if (record.holder == config_.self || epoch == followed_epoch_) return;
  followed_epoch_ = epoch;
  wishes_ = {};
  turn.out.push_back(action::FollowHolder{record.holder, epoch, was_root_});
  was_root_ = false;
}

// ---- Ripe ----

void Machine::become_ripe(bool released, Turn& turn) {
  Asking asking{.query = next_number_++, .asked_ns = now_ns_, .released = released, .positions = {}};
  std::vector<std::string> others = without(record_->record.candidates, config_.self);
  asking.asked_count = others.size();
  turn.out.push_back(action::AskPositions{asking.query, std::move(others)});
  asking_ = std::move(asking);
  state_ = State::Ripe;
  reading_ = {.under_way = true, .again = false, .sent_ns = now_ns_};
  send_read(turn, false);
}

void Machine::on(const event::Position& position, Turn&) {
  if (!asking_ || position.query != asking_->query) return;
  if (std::ranges::find(asking_->positions, position.from, &event::Position::from) != asking_->positions.end()) return;
  asking_->positions.push_back(position);
}

/// When the lease may be taken, as far as time goes.
std::uint64_t Machine::ripe_from_ns() const {
  return asking_->released ? seen_ns_ + kReleasedNs : silence_from_ns_ + config_.ttl_ns;
}

void Machine::ripe_due(Turn& turn) {
  if (!asking_->released && !may_be_ripe(turn)) return not_ripe();
  poll(turn);
  if (take_as_wished(turn)) return;
  if (!turn.local.ready || record_gone_ || !asking_->read_answered || now_ns_ < no_take_until_ns_) return;
  if (now_ns_ < asking_->asked_ns + kPositionWaitNs && asking_->positions.size() < asking_->asked_count) return;
  if (now_ns_ < ripe_from_ns()) return;
  if (!is_best(turn.local.seqno) && now_ns_ < ripe_from_ns() + kIdleBetterNs) return;
  if (loses_too_much(turn)) return;
  begin_take(turn);
}

/// Of those that answered: the furthest; of equal ones that of higher priority, then the first by name. Kind files: the
/// first in the configuration.
bool Machine::is_best(std::uint64_t seqno) const {
  const auto member = [&](std::string_view name) {
    return std::ranges::find(config_.members, name, &Member::name) - config_.members.begin();
  };
  const auto priority = [&](std::string_view name) {
    const auto at = member(name);
    return at < std::ssize(config_.members) ? config_.members[static_cast<std::size_t>(at)].priority : 0;
  };
  return std::ranges::none_of(asking_->positions, [&](const event::Position& other) {
    if (config_.kind == Kind::Files) return member(other.from) < member(config_.self);
    if (other.seqno != seqno) return other.seqno > seqno;
    const int theirs = priority(other.from);
    const int mine = priority(config_.self);
    return theirs != mine ? theirs > mine : other.from < config_.self;
  });
}

/// Said once a reign.
bool Machine::loses_too_much(Turn& turn) {
  const std::uint64_t theirs = record_->record.seqno;
  if (config_.max_loss < 0 || config_.kind == Kind::Files || theirs <= turn.local.seqno) return false;
  const std::uint64_t loss = theirs - turn.local.seqno;
  if (loss <= static_cast<std::uint64_t>(config_.max_loss)) return false;
  if (loss_told_epoch_ != epoch_of(*record_))
    report(turn, make_error<MsgId::HWLOSSLIMIT>(config_.self, loss, config_.max_loss));
  loss_told_epoch_ = epoch_of(*record_);
  return true;
}

// ---- what others and the operator ask ----

bool Machine::may_confirm(std::uint64_t epoch) const {
  if (take_unknown_ && rules_.unknown_take_says_no) return false;
  if (epoch < known_epoch_ && rules_.no_to_lower_epoch) return false;
  const bool given_up = record_ && epoch_of(*record_) == epoch && record_->record.state != RecordState::Held;
  return !given_up || !rules_.no_after_given_up;
}

void Machine::on(const event::Boot& boot, Turn&) {
  wishes_.boot = true;
  wishes_.none_known = boot.none_known;
  wishes_.down = false;
  no_take_until_ns_ = 0;
}

void Machine::report_no_candidate(Turn& turn) const {
  const std::string by = record_ ? record_->record.holder : "a record";
  report(turn, make_error<MsgId::HWNOCAND>(fmt::format("{} is not named by {}", config_.self, by)));
}

void Machine::report_lease_valid(Turn& turn) const {
  const double left_s = static_cast<double>(lease_left_ns(now_ns_)) / static_cast<double>(kSecondNs);
  report(turn, make_error<MsgId::HWLEASEVALID>(record_->record.holder, fmt::format("{:.1f}", left_s)));
}

void Machine::on(const event::Failover& failover, Turn& turn) {
  if (state_ != State::Follow && state_ != State::Ripe) return;
  if (!record_ || (!failover.confirmed && !is_candidate())) return report_no_candidate(turn);
  if (!failover.force && lease_left_ns(now_ns_) > 0) return report_lease_valid(turn);
  wishes_.failover = true;
  wishes_.force = failover.force;
  wishes_.confirmed = failover.confirmed;
  no_take_until_ns_ = 0;
}

void Machine::follow_wake(std::uint64_t& wake) const {
  earlier(wake, reading_.under_way ? reading_.sent_ns + config_.retry_ns : poll_ns_, now_ns_);
  if (!puts_.empty()) earlier(wake, puts_.back().sent_ns + config_.retry_ns, now_ns_);
  earlier(wake, no_take_until_ns_, now_ns_);
  earlier(wake, silence_from_ns_ + config_.ttl_ns, now_ns_);
  if (!record_) return;
  if (record_->record.state == RecordState::Released) earlier(wake, seen_ns_ + kReleasedNs, now_ns_);
  if (state_ == State::Follow) {
    earlier(wake, silence_from_ns_ + config_.ttl_ns - std::min(config_.ttl_ns, kRipeAheadNs), now_ns_);
    if (config_.failover) earlier(wake, paused_until_ns_, now_ns_);
    return;
  }
  earlier(wake, asking_->asked_ns + kPositionWaitNs, now_ns_);
  earlier(wake, ripe_from_ns(), now_ns_);
  earlier(wake, ripe_from_ns() + kIdleBetterNs, now_ns_);
}

}  // namespace hw::cluster::lease
