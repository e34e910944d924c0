// Start and Take: a take whose end is not known is made void before this member says or does anything else.
#include "cluster/lease/machine.h"
#include "cluster/lease/names.h"

namespace hw::cluster::lease {

// ---- the agent starts ----

void Machine::on(const event::Start& start, Turn& turn) {
  HW_CHECK(start.run != 0);
  run_ = start.run;
  known_epoch_ = kept_epoch_ = start.known_epoch;
  last_epoch_ = start.last_epoch;
  silence_from_ns_ = seen_ns_ = now_ns_;
  deadline_ns_ = start.pool_epoch == 0 ? 0 : start.pool_deadline_ns;
  const bool may_be_root = start.pool_epoch != 0 && start.pool_updates_on;
  if (!start.note && !may_be_root) {
    state_ = State::Follow;
    return;  // Due at once: a read.
  }
  starting_ = Starting{.note = start.note.has_value(),
                       .pool_epoch = start.pool_epoch,
                       .pool_deadline_ns = start.pool_deadline_ns,
                       .pool_updates_on = start.pool_updates_on};
  starting_->sent_ns = now_ns_;
  if (!starting_->note) return send_read(turn, false);
  starting_->try_request = next_number_;
  turn.out.push_back(action::PutTry{next_number_++, new_serial(), false});
}

void Machine::start_due(Turn& turn) {
  if (now_ns_ < starting_->sent_ns + config_.retry_ns) return;
  starting_->sent_ns = now_ns_;
  if (starting_->try_request == 0) return send_read(turn, true);
  starting_->try_request = next_number_;
  turn.out.push_back(action::PutTry{next_number_++, new_serial(), true});
}

void Machine::start_read(const event::RecordRead& read, Turn& turn) {
  if (starting_->try_request != 0) return;
  const Starting start = *starting_;
  if (!read.stored) {
    note_gone(turn);
    if (!start.note) return;  // A root goes on as far as its deadline; another read is due in time.
    // The take is void now; whether it was done, and who took after it, the store has forgotten.
    take_unknown_ = true;
  } else {
    note(*read.stored);
    note_over_ = start.note;
  }
  starting_.reset();
  state_ = State::Follow;
  if (record_ && !record_gone_ && is_mine_and_held(*record_) && start.pool_updates_on &&
      start.pool_epoch == epoch_of(*record_))
    return resume_reign(turn);
  if (start.pool_updates_on) {
    turn.out.push_back(action::StopUpdates{});
    was_root_ = true;
  }
  if (record_ && !record_gone_) follow_holder(turn);
}

/// The agent died and is back in time: the pool never stopped being root's.
void Machine::resume_reign(Turn& turn) {
  reign_ = Reign{.epoch = epoch_of(*record_),
                 .list = record_->record.candidates,
                 .confirms = record_->record.candidates,
                 .due_ns = now_ns_,
                 .rounds = !rules_.no_rounds_after_start,  // Lists that were sent and not answered are not known here.
                 .round = {}};
  last_epoch_ = reign_->epoch;
  state_ = State::Root;
  if (std::exchange(wishes_, {}).down) on(event::Down{}, turn);
}

// ---- Take ----

void Machine::begin_take(Turn& turn) {
  asking_.reset();
  reading_ = {};
  closing_.reset();
  taking_ = Taking{};
  Record& record = taking_->record;
  record.holder = config_.self;
  record.base = record_gone_ ? known_epoch_ : record_ ? record_->record.base : 0;
  record.seqno = turn.local.seqno;
  record.candidates = without(turn.local.candidates, config_.self);
  record.serial = new_serial();
  state_ = State::Take;
  keep_before(turn);  // The note of an earlier take may be there still, because the disk was full.
  if (rules_.note) turn.out.push_back(action::WriteNote{{record.serial, record_ ? epoch_of(*record_) : 0}});
  if (!rules_.try_key) return send_take(std::nullopt, turn);
  send_try(turn, false);
}

void Machine::send_try(Turn& turn, bool other_endpoint) {
  taking_->try_serial = new_serial();
  taking_->request = next_number_++;
  taking_->sent_ns = now_ns_;
  turn.out.push_back(action::PutTry{taking_->request, taking_->try_serial, other_endpoint});
}

void Machine::send_take(const std::optional<TryMark>& mark, Turn& turn) {
  taking_->step = TakeStep::Put;
  taking_->put_request = taking_->request = next_number_++;
  taking_->put_sent_ns = taking_->sent_ns = now_ns_;
  const std::optional<Stored> expected = record_gone_ ? std::nullopt : record_;
  turn.out.push_back(action::PutRecord{taking_->put_request, taking_->record, expected, mark, false});
}

void Machine::on(const event::TryPut& put, Turn& turn) {
  if (starting_ && starting_->try_request == put.request) {
    starting_->try_request = 0;
    starting_->sent_ns = now_ns_;
    fresh_from_ = next_number_;
    return send_read(turn, false);
  }
  if (!taking_ || taking_->request != put.request) return;
  if (taking_->step == TakeStep::TryFirst) return send_take(TryMark{put.revision, taking_->try_serial}, turn);
  // TryVoid: the put was done before this, or never will be.
  taking_->step = TakeStep::Read;
  taking_->request = next_number_;
  taking_->sent_ns = now_ns_;
  fresh_from_ = next_number_;
  send_read(turn, false);
}

void Machine::take_due(Turn& turn) {
  if (now_ns_ < taking_->sent_ns + config_.retry_ns) return;
  switch (taking_->step) {
    case TakeStep::TryFirst:  // Nothing was sent that could take: given up, so that a root may be confirmed meanwhile.
      note_over_ = true;
      taking_.reset();
      state_ = State::Follow;
      record_stale_ = true;
      reading_ = {.under_way = true, .again = false, .sent_ns = now_ns_};
      return send_read(turn, true);
    case TakeStep::TryVoid:
      return send_try(turn, true);
    case TakeStep::Put:
      if (rules_.try_key) {
        taking_->step = TakeStep::TryVoid;
        return send_try(turn, true);
      }
      taking_->step = TakeStep::Read;
      [[fallthrough]];
    case TakeStep::Read:
      taking_->request = next_number_;
      taking_->sent_ns = now_ns_;
      return send_read(turn, true);
  }
}

/// After the try key: the record says how the take ended.
void Machine::take_read(const event::RecordRead& read, Turn& turn) {
  if (taking_->step != TakeStep::Read) return;
  if (!read.stored) {
    note_gone(turn);
    take_unknown_ = true;  // And the note stays.
    taking_.reset();
    state_ = State::Follow;
    return;
  }
  const Stored& stored = *read.stored;
  const bool done = rules_.serial_decides
                        ? stored.record.serial == taking_->record.serial
                        : stored.record.holder == config_.self && stored.record.state == RecordState::Held;
  if (done) {
    taking_->record = stored.record;
    return take_done(stored.revision, stored.value, turn);
  }
  note(stored);
  take_lost(turn);
  follow_holder(turn);
}

void Machine::take_done(std::uint64_t revision, std::string value, Turn& turn) {
  const Taking taking = *std::exchange(taking_, std::nullopt);
  const bool down = std::exchange(wishes_, {}).down;
  const std::uint64_t known = known_epoch_;
  record_ = Stored{taking.record, revision, std::move(value)};
  record_gone_ = take_unknown_ = false;
  fresh_from_ = next_number_;
  puts_.clear();
  silence_from_ns_ = seen_ns_ = now_ns_;
  const std::uint64_t epoch = epoch_of(*record_);
  note_over_ = true;
  if (epoch <= known && rules_.epoch_rises) {
    report(turn, make_error<MsgId::HWEPOCHBACK>(epoch, known));
    state_ = State::Follow;
    return close(RecordState::Down, taking.record.candidates, turn);
  }
  known_epoch_ = std::max(known, epoch);
  last_epoch_ = epoch;
  was_root_ = false;
  if (rules_.epoch_kept) keep_epoch(turn);
  kept_epoch_ = known_epoch_;
  reign_ = Reign{.epoch = epoch,
                 .list = taking.record.candidates,
                 .confirms = taking.record.candidates,
                 .due_ns = taking.put_sent_ns + config_.renew_ns,
                 .rounds = true,
                 .round = {}};
  state_ = State::Promote;
  if (down) return on(event::Down{}, turn);
  deadline_ns_ = deadline_of(taking.put_sent_ns);
  promote(turn);
}

/// Refused, or void: it was not done and never will be.
void Machine::take_lost(Turn& turn) {
  note_over_ = true;
  taking_.reset();
  state_ = State::Follow;
  record_stale_ = true;
  on(event::Changed{}, turn);
}

}  // namespace hw::cluster::lease
