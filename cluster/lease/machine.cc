#include "cluster/lease/machine.h"

#include <algorithm>
#include <limits>

#include "cluster/lease/names.h"

namespace hw::cluster::lease {

const char* name_of(RecordState state) {
  switch (state) {
    case RecordState::Held:
      return "held";
    case RecordState::Released:
      return "released";
    case RecordState::Down:
      return "down";
  }
  return "?";
}

const char* name_of(State state) {
  switch (state) {
    case State::Start:
      return "Start";
    case State::Follow:
      return "Follow";
    case State::Ripe:
      return "Ripe";
    case State::Take:
      return "Take";
    case State::Promote:
      return "Promote";
    case State::Root:
      return "Root";
    case State::Failsafe:
      return "Failsafe";
    case State::Fenced:
      return "Fenced";
    case State::Drain:
      return "Drain";
    case State::Handover:
      return "Handover";
  }
  return "?";
}

Machine::Machine(Config config, Rules rules) : config_(std::move(config)), rules_(rules) {
  HW_CHECK_LT(config_.margin_ns, config_.ttl_ns);
  HW_CHECK_LE(config_.renew_ns + 2 * config_.retry_ns, config_.ttl_ns - config_.margin_ns);
}

std::vector<Action> Machine::step(std::uint64_t now_ns, const Event& event, const Local& local) {
  HW_CHECK_LE(now_ns_, now_ns);
  // The run's number is the sign of Start's having come.
  HW_CHECK_EQ(std::holds_alternative<event::Start>(event), run_ == 0);
  now_ns_ = now_ns;
  Actions out;
  Turn turn{local, out};
  const State at_entry = state_;
  std::visit([&](const auto& e) { on(e, turn); }, event);
  State before;
  do {  // What is due in a state that was entered just now is due now.
    before = state_;
    due(turn);
  } while (state_ != before);
  disk_last(turn);
  invariants(at_entry);
  return out;
}

void Machine::due(Turn& turn) {
  switch (state_) {
    case State::Start:
      return start_due(turn);
    case State::Follow:
      return follow_due(turn);
    case State::Ripe:
      return ripe_due(turn);
    case State::Take:
      return take_due(turn);
    default:
      return reign_due(turn);
  }
}

std::uint64_t Machine::wake_ns() const {
  std::uint64_t wake = std::numeric_limits<std::uint64_t>::max();
  switch (state_) {
    case State::Start:
      return starting_->sent_ns + config_.retry_ns;
    case State::Take:
      return taking_->sent_ns + config_.retry_ns;
    case State::Follow:
    case State::Ripe:
      follow_wake(wake);
      return wake;
    default:
      wake = reign_->waiting ? reign_->sent_ns + config_.retry_ns : reign_->due_ns;
      if (state_ == State::Root || state_ == State::Failsafe || state_ == State::Drain)
        wake = std::min(wake, deadline_ns_);
      if (state_ == State::Drain && !draining_->applied) wake = std::min(wake, draining_->since_ns + config_.drain_ns);
      return std::max(wake, now_ns_ + 1);
  }
}

bool Machine::has_reign() const { return state_ >= State::Promote; }

/// What holds after each step, whatever came.
void Machine::invariants(State before) const {
  HW_CHECK_EQ(has_reign(), reign_.has_value());
  HW_CHECK_EQ(state_ == State::Take, taking_.has_value());
  HW_CHECK_EQ(state_ == State::Start, starting_.has_value());
  HW_CHECK_EQ(state_ == State::Ripe, asking_.has_value());
  HW_CHECK_EQ(state_ == State::Drain || state_ == State::Handover, draining_.has_value());
  HW_CHECK(!reign_ || (record_ && reign_->epoch != 0 && known_epoch_ >= reign_->epoch));
  const bool may_have_deadline = state_ != State::Handover || !rules_.deadline_zero || !rules_.no_rounds_in_handover;
  HW_CHECK(may_have_deadline || deadline_ns_ == 0);
  // A reign begins by a take, or goes on over a restart of the agent; no other state comes to it.
  HW_CHECK(!reign_ || before >= State::Take || before == State::Start);
  HW_CHECK(!closing_ || state_ == State::Follow || state_ == State::Ripe);
}

// ---- what all states have in common ----

/// What is known goes to disk: at the end of a step, or before an action that relies on it.
void Machine::keep_epoch(Turn& turn) {
  kept_epoch_ = known_epoch_;
  turn.out.push_back(action::KeepEpoch{known_epoch_});
}

/// Behind all other actions, none of which a full disk keeps from being done. The note goes when the reign that
/// followed the take's is on disk: who took first after a reign says no to it for ever.
void Machine::disk_last(Turn& turn) {
  if (note_over_ || now_ns_ >= keep_from_ns_) keep_before(turn);
  if (std::exchange(note_over_, false)) turn.out.push_back(action::DropNote{});
}

void Machine::learn(std::uint64_t epoch) {
  // There is a record, then: a read of before that found none says nothing.
  if (known_epoch_ == 0 && epoch != 0) fresh_from_ = next_number_;
  known_epoch_ = std::max(known_epoch_, epoch);
}

/// The record as the store has it now: answers to requests sent before this moment say nothing new any more. True when
/// it is another one than before.
bool Machine::note(Stored stored) {
  const bool changed =
      !record_ || record_->revision != stored.revision || !(record_->record.serial == stored.record.serial);
  record_ = std::move(stored);
  record_gone_ = record_stale_ = false;
  record_read_ = true;
  fresh_from_ = next_number_;
  if (rules_.late_answers_dropped) puts_.clear();
  learn(epoch_of(*record_));
  if (!changed) return false;
  seen_ns_ = now_ns_;
  if (rules_.change_restarts_silence || silence_from_ns_ == 0) silence_from_ns_ = now_ns_;
  return true;
}

/// The store has no record. Where there must be one it has lost its memory: nobody takes, a root goes on by rounds.
void Machine::note_gone(Turn& turn) {
  record_read_ = true;
  record_stale_ = false;
  if (!record_ && known_epoch_ == 0) return;
  if (!record_gone_) report(turn, make_error<MsgId::HWEPOCHBACK>(0, known_epoch_));
  record_gone_ = true;
}

void Machine::send_read(Turn& turn, bool other_endpoint) {
  turn.out.push_back(action::ReadRecord{next_number_++, other_endpoint});
}

RequestId Machine::send_put(Record record, PutKind kind, Turn& turn, bool other_endpoint) {
  record.serial = new_serial();
  const RequestId request = next_number_++;
  turn.out.push_back(action::PutRecord{request, record, record_, std::nullopt, other_endpoint});
  constexpr std::size_t kKept = 8;  // When a store is silent for long, its oldest answers are given up.
  if (puts_.size() == kKept) puts_.erase(puts_.begin());
  puts_.push_back({request, now_ns_, kind, std::move(record), record_->record.serial});
  return request;
}

/// The put that an answer is for, if it may still be believed.
std::optional<Machine::SentPut> Machine::take_put(RequestId request) {
  const auto found = std::ranges::find(puts_, request, &SentPut::request);
  if (found == puts_.end() || is_late(request)) return std::nullopt;
  SentPut put = std::move(*found);
  puts_.erase(found);
  return put;
}

void Machine::set_deadline(std::uint64_t deadline_ns, Turn& turn) {
  deadline_ns_ = deadline_ns;
  turn.out.push_back(action::SetDeadline{deadline_ns});
}

/// Until when this member may be root because of a request sent then.
std::uint64_t Machine::deadline_of(std::uint64_t sent_ns) const {
  const std::uint64_t from = rules_.deadline_from_sending ? sent_ns : now_ns_;
  return from + config_.ttl_ns - (rules_.margin ? config_.margin_ns : 0);
}

/// Held by this member in the reign that it knows itself to be in.
bool Machine::is_mine_and_held(const Stored& stored) const {
  return stored.record.holder == config_.self && stored.record.state == RecordState::Held &&
         (!reign_ || epoch_of(stored) == reign_->epoch);
}

/// A holder that lost its pool or its agent is as good as one of its candidates.
bool Machine::is_candidate() const {
  if (!record_) return false;
  if (!rules_.only_candidates_take) return true;
  return record_->record.holder == config_.self || contains(record_->record.candidates, config_.self);
}

std::uint64_t Machine::lease_left_ns(std::uint64_t now_ns) const {
  if (!record_ || record_->record.state != RecordState::Held) return 0;
  const std::uint64_t over = silence_from_ns_ + config_.ttl_ns;
  return over > now_ns ? over - now_ns : 0;
}

EpochAnswer Machine::answer_epoch(std::uint64_t seqno) {
  if (rules_.answers_before_rebuild_dropped) fresh_from_ = next_number_;
  EpochAnswer answer{.member = config_.self,
                     .known_epoch = known_epoch_,
                     .own_epoch = own_epoch(),
                     .last_epoch = last_epoch_,
                     .undecided = state_ == State::Take || (starting_ && starting_->note),
                     .base = record_ ? record_->record.base : 0,
                     .seqno = seqno,
                     .lists = {}};
  // An agent that came back over a root's pool, and finds no record, goes on once there is one. Whom its former life
  // had named it does not know: nobody takes until it has renewed.
  if (starting_ && !starting_->note) answer.own_epoch = starting_->pool_epoch;
  if (reign_) {
    answer.lists = reign_->confirms;
    add_names(answer.lists, reign_->list);
  }
  return answer;
}

// ---- events that go to the part that has the state ----

void Machine::on(const event::Changed&, Turn& turn) {
  if (state_ != State::Follow && state_ != State::Ripe) return;
  if (reading_.under_way) {
    reading_.again = true;
    return;
  }
  reading_ = {.under_way = true, .again = false, .sent_ns = now_ns_};
  send_read(turn, false);
}

void Machine::on(const event::RecordRead& read, Turn& turn) {
  if (is_late(read.request)) return;
  switch (state_) {
    case State::Start:
      return start_read(read, turn);
    case State::Follow:
    case State::Ripe:
      return follow_read(read, turn);
    case State::Take:
      return take_read(read, turn);
    default:
      return reign_read(read, turn);
  }
}

void Machine::on(const event::RecordPut& answer, Turn& turn) {
  if (taking_ && answer.request == taking_->put_request && !is_late(answer.request))
    return answer.done ? take_done(answer.revision, answer.value, turn) : take_lost(turn);
  std::optional<SentPut> put = take_put(answer.request);
  if (!put) return;
  if (!has_reign()) return follow_put(*put, answer, turn);
  if (answer.done) return put_done(std::move(*put), answer, turn);
  put_refused(*put, turn);
}

void Machine::on(const event::ConfirmAsked& asked, Turn& turn) {
  bool yes = false;
  if (state_ == State::Follow || state_ == State::Ripe || (state_ == State::Take && !rules_.no_while_taking))
    yes = may_confirm(asked.epoch);
  if (yes) {
    if (rules_.yes_restarts_silence) silence_from_ns_ = now_ns_;
    learn(asked.epoch);
    not_ripe();
  }
  turn.out.push_back(action::AnswerConfirm{asked.from, asked.round, yes, known_epoch_});
}

void Machine::on(const event::EpochHeard& heard, Turn&) { learn(heard.epoch); }

void Machine::on(const event::Pause& pause, Turn&) {
  paused_until_ns_ = pause.until_ns;
  if (asking_ && !asking_->released) not_ripe();
}

void Machine::on(const event::Resume&, Turn&) { paused_until_ns_ = 0; }

void Machine::on(const event::DiskFailed&, Turn& turn) {
  kept_epoch_ = 0;  // Not known; what is on disk is never above that which is kept again.
  keep_from_ns_ = now_ns_ + kFailedDiskNs;
  if (state_ == State::Promote) return on(event::GaveUp{}, turn);
  // The note could not be written: nothing was sent. With an unanswered put it is past that.
  if (state_ != State::Take || taking_->step != TakeStep::TryFirst) return;
  taking_.reset();
  no_take_until_ns_ = now_ns_ + kFailedDiskNs;
  state_ = State::Follow;
}

}  // namespace hw::cluster::lease
