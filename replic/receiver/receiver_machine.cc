#include "replic/receiver/receiver_machine.h"

#include <algorithm>

#include "replic/link/control_kinds.h"
#include "replic/link/link_log.h"

namespace hw {

std::string_view name_of(ReceiverState state) {
  switch (state) {
    case ReceiverState::Listening:
      return "Listening";
    case ReceiverState::WaitAnswer:
      return "WaitAnswer";
    case ReceiverState::Streaming:
      return "Streaming";
    case ReceiverState::Draining:
      return "Draining";
    case ReceiverState::WaitUpdate:
      return "WaitUpdate";
    case ReceiverState::Stopped:
      return "Stopped";
  }
  return "?";
}

std::string describe(const ReceiverEvent& event) {
  struct Describe {
    std::string operator()(const event::Accepted&) const { return "connected"; }
    std::string operator()(const event::ConnectionLost& e) const { return "connection lost: " + e.reason; }
    std::string operator()(const event::Received& e) const { return fmt::format("received {}", name_of(e.message)); }
    std::string operator()(const event::Refused& e) const { return "refused: " + e.error.text; }
    std::string operator()(const event::PoolFill& e) const {
      return fmt::format("{} bytes in the receive pool", e.used_bytes);
    }
    std::string operator()(const event::ApplyFailed& e) const {
      return fmt::format("seqno {} could not be applied", e.seqno.value);
    }
    std::string operator()(const event::InflateFailed&) const { return "a message could not be inflated"; }
    std::string operator()(const event::UpdateProcessStopped&) const { return "the update process has ended"; }
    std::string operator()(const event::UpdateProcessStarted&) const { return "the update process has started"; }
    std::string operator()(const event::EpochHeard&) const { return "a higher epoch is known"; }
  };
  return std::visit(Describe{}, event);
}

ReceiverMachine::ReceiverMachine(Config config) : config_(std::move(config)), flow_(config_.pool_bytes) {}

std::vector<ReceiverAction> ReceiverMachine::step(const ReceiverEvent& event, const Local& local) {
  Actions out;
  if (state_ == ReceiverState::Stopped) return out;
  const ReceiverState before = state_;
  std::visit([&](const auto& e) { on(e, local, out); }, event);
  invariants(before, out);
  return out;
}

namespace {

/// The moves that docs/replication-states.md draws. From each state back to Listening: any connection may end.
bool may_follow(ReceiverState before, ReceiverState state) {
  using enum ReceiverState;
  if (state == before || state == Listening) return true;
  switch (before) {
    case Listening:
      return state == WaitAnswer || state == WaitUpdate;
    case WaitAnswer:
      return state == Streaming || state == Stopped;
    case Streaming:
      return state == Draining;
    case Draining:
      return state == WaitAnswer || state == WaitUpdate;
    case WaitUpdate:
      return state == WaitAnswer;
    case Stopped:
      return false;
  }
  return false;
}

template <typename Action>
bool any_of_kind(const std::vector<ReceiverAction>& actions) {
  return std::ranges::any_of(actions, [](const ReceiverAction& one) { return std::holds_alternative<Action>(one); });
}

}  // namespace

/// Whatever the other side sends. What it says of itself is nothing to rely on, and ignored.
void ReceiverMachine::invariants(ReceiverState before, const Actions& out) const {
  HW_CHECK(may_follow(before, state_));
  HW_CHECK(!file_answers_ || (taken_over_ && config_.resync_history));
  HW_CHECK(state_ != ReceiverState::Streaming || !first_record_due_ || level_ >= kLevelMultiSite);
  const bool receives = state_ == ReceiverState::Streaming || state_ == ReceiverState::Draining;
  HW_CHECK(!config_.rollback || !(receives || state_ == ReceiverState::WaitUpdate));
  // What goes into the receive pool comes from a stream that goes on; but for the record of what is held, which is
  // stored when the stream starts.
  const bool goes_on = before == ReceiverState::Streaming && state_ == ReceiverState::Streaming;
  HW_CHECK(!any_of_kind<action::Store>(out) || goes_on);
  HW_CHECK(!any_of_kind<action::StoreHistory>(out) || goes_on ||
           (taken_over_ && any_of_kind<action::StreamStarts>(out)));
  HW_CHECK(!any_of_kind<action::ResetPool>(out) || before == ReceiverState::Draining);
  HW_CHECK(!any_of_kind<action::DropUnstored>(out) || state_ == ReceiverState::Draining);
  HW_CHECK_EQ(any_of_kind<action::StreamStarts>(out),
              before == ReceiverState::WaitAnswer && state_ == ReceiverState::Streaming);
  HW_CHECK_EQ(any_of_kind<action::StopServer>(out) || any_of_kind<action::ResyncFound>(out),
              state_ == ReceiverState::Stopped);
  HW_CHECK(!any_of_kind<action::ResyncFound>(out) || config_.rollback);
}

// ---- beginning and end of a connection ----

void ReceiverMachine::on(const event::Accepted&, const Local& local, Actions& out) {
  if (state_ != ReceiverState::Listening) return protocol_error("a second connection", out);
  level_ = kLevelDualSite;
  greeted_ = false;
  source_epoch_.reset();
  applied_asked_.clear();
  if (config_.rollback) {
    requested_ = local.next_seqno;
    log(out, fmt::format("Sending REPL_FETCH_RESYNC message with seqno {}", number(requested_)));
    send(wire::FetchResync{requested_, config_.self.level_max}, out);
    state_ = ReceiverState::WaitAnswer;
    return;
  }
  if (!local.update_process_runs) {
    state_ = ReceiverState::WaitUpdate;
    return;
  }
  request(local.next_seqno, local, out);
}

// An instance with an empty history has no record for what it holds. The instance file that was named with
// -updateresync answers for it; without one, or when that one begins later, it is taken as it is. This once: what the
// answer says is stored, since a source that is rolled back later must not find it taken as it is again.
void ReceiverMachine::request(Seqno from, const Local& local, Actions& out) {
  requested_ = from;
  taken_over_ = from.value > 1 && local.history.empty() && config_.update_resync;
  held_.reset();
  if (taken_over_ && config_.resync_history) {
    const HistoryRecord* known = config_.resync_history->covering(Seqno{from.value - 1});
    if (known != nullptr) held_ = *known;
  }
  file_answers_ = held_.has_value();
  const bool as_it_is = taken_over_ && !file_answers_;
  flow_.reset();
  log(out, fmt::format("Requesting transactions from JNL_SEQNO {}", number(from)));
  log(out, fmt::format("Sending REPL_START_JNL_SEQNO message with seqno {}", number(from)));
  send(wire::StartFrom{from, as_it_is, config_.stop_source_filter, config_.self.level_max, config_.plain}, out);
  log(out, "Waiting for REPL_WILL_RESTART_WITH_INFO or REPL_ROLLBACK_FIRST message");
  state_ = ReceiverState::WaitAnswer;
}

void ReceiverMachine::on(const event::ConnectionLost& loss, const Local&, Actions& out) {
  if (state_ == ReceiverState::Listening) return;  // The end of a connection that was given up here.
  log(out, fmt::format("Connection reset. {}", loss.reason));
  state_ = ReceiverState::Listening;
}

void ReceiverMachine::on(const event::Refused& refused, const Local&, Actions& out) {
  if (state_ == ReceiverState::Listening) return;
  out.push_back(action::Report{refused.error});
  send(wire::Bye{wire::Bye::Reason::Damaged, "bytes that are no message"}, out);
  disconnect(out);
}

void ReceiverMachine::on(const event::Received& received, const Local& local, Actions& out) {
  if (state_ == ReceiverState::Listening) return;  // Late bytes of a closed connection.
  const Message& message = received.message;
  if (const auto* bye = std::get_if<wire::Bye>(&message)) {
    log(out, fmt::format("Source side ends the connection: {}", bye->text));
    return disconnect(out);
  }
  // The first answer settles the level.
  if (state_ == ReceiverState::WaitAnswer && !greeted_ && received.level <= config_.self.level_max)
    level_ = received.level;
  if (received.level != level_)
    return protocol_error(
        fmt::format("{} message of level {} on a connection of level {}", name_of(message), received.level, level_),
        out);
  if (const auto* control_message = std::get_if<wire::Control>(&message); control_message != nullptr && greeted_)
    return control(*control_message, local, out);
  bool known = false;
  if (state_ == ReceiverState::WaitAnswer) known = receive_answer(message, local, out);
  if (state_ == ReceiverState::Streaming && !known)
    known = receive_in_stream(message, local, out);
  else if (state_ == ReceiverState::Draining && !known)
    known = receive_while_draining(message, local, out);
  if (!known) protocol_error(fmt::format("{} message in state {}", name_of(message), name_of(state_)), out);
}

void ReceiverMachine::control(const wire::Control& m, const Local& local, Actions& out) {
  if (level_ >= kLevelFencing && m.kind == kEpochControl) return epoch_told(m.payload, local, out);
  if (config_.rollback) return out.push_back(action::ControlReceived{m.kind, m.payload});
  if (m.kind == held_reign_control(level_)) return held_reign_told(m.payload, out);
  if (m.kind == kLineageControl) return lineage_told(m.payload, out);
  if (level_ >= kLevelFencing && m.kind == kSayAppliedControl) return say_applied(m.payload, local, out);
  if (level_ >= kLevelFencing && m.kind == kMarkControl) return mark_told(m.payload, out);
  out.push_back(action::ControlReceived{m.kind, m.payload});
}

void ReceiverMachine::mark_told(std::string_view payload, Actions& out) {
  const auto told = decode_mark(payload);
  if (!told) return protocol_error("a mark that is no seqno", out);
  out.push_back(action::LearnMark{told->mark, told->settled_below()});
}

void ReceiverMachine::lineage_told(std::string_view payload, Actions& out) {
  auto lineage = decode_lineage(payload);
  if (!lineage.has_value()) return protocol_error(lineage.error().text, out);
  if (auto ring = find_ring(*lineage, config_.self.name)) return refuse(std::move(*ring), out);
  out.push_back(action::LineageTold{std::move(*lineage)});
}

// Also of a rollback: what it would ask one whose reign is over must not be answered.
void ReceiverMachine::epoch_told(std::string_view payload, const Local& local, Actions& out) {
  auto told = decode_epoch(payload);
  if (!told.has_value()) return protocol_error(told.error().text, out);
  source_epoch_ = std::move(*told);
  if (source_epoch_->epoch != 0)
    log(out, fmt::format("Received epoch {}, root primary [{}]", source_epoch_->epoch, source_epoch_->root));
  if (auto why = refuse_epoch(*source_epoch_, source_name_, local.history, local.known_epoch))
    return refuse(std::move(*why), out);
  if (source_epoch_->epoch > local.known_epoch) out.push_back(action::LearnEpoch{source_epoch_->epoch});
}

void ReceiverMachine::on(const event::EpochHeard&, const Local& local, Actions& out) {
  if (state_ == ReceiverState::Listening || !source_epoch_) return;
  if (auto why = refuse_epoch(*source_epoch_, source_name_, local.history, local.known_epoch))
    refuse(std::move(*why), out);
}

void ReceiverMachine::say_applied(std::string_view payload, const Local& local, Actions& out) {
  const auto seqno = decode_seqno(payload);
  if (!seqno) return protocol_error("something to be applied that is no seqno", out);
  applied_asked_.insert(*seqno);
  if (applied_asked_.size() > kAppliedAsksMax) applied_asked_.erase(applied_asked_.begin());
  answer_applied(local, out);
}

void ReceiverMachine::answer_applied(const Local& local, Actions& out) {
  if (applied_asked_.empty() || *applied_asked_.begin() >= local.applied_next) return;
  applied_asked_.erase(applied_asked_.begin(), applied_asked_.lower_bound(local.applied_next));
  send(wire::Control{kAppliedControl, encode_seqno(local.applied_next)}, out);
}

// Told to one that is taken as it is; whoever knows already keeps to what it knows.
void ReceiverMachine::held_reign_told(std::string_view payload, Actions& out) {
  auto record = decode_held_reign(payload, requested_);
  if (!record.has_value()) return protocol_error(record.error().text, out);
  if (state_ == ReceiverState::WaitAnswer && taken_over_ && !file_answers_) held_ = std::move(*record);
}

// ---- stream ----

/// Only for a reign that is not over: two earlier ones of one number were settled by the instance that took the next.
std::optional<Error> ReceiverMachine::find_clash(const HistoryRecord& record, const Local& local) const {
  const EpochTold told{record.fence, record.root_name};
  return record.fence < local.known_epoch ? std::nullopt
                                          : refuse_epoch(told, source_name_, local.history, record.fence);
}

bool ReceiverMachine::receive_in_stream(const Message& message, const Local& local, Actions& out) {
  if (const auto* batch = std::get_if<wire::Transactions>(&message)) {
    if (first_record_due_) {
      protocol_error("transactions before their history record", out);
    } else if (batch->first != expected_) {
      protocol_error(fmt::format("transactions from {} where {} was due", batch->first.value, expected_.value), out);
    } else {
      expected_ = next(batch->last);
      out.push_back(action::Store{batch->first, batch->last});
    }
    return true;
  }
  if (const auto* history = std::get_if<wire::NewHistory>(&message)) {
    if (history->record.start != expected_) {
      protocol_error("a history record that does not start at the next seqno", out);
      return true;
    }
    if (auto clash = find_clash(history->record, local)) {
      refuse(std::move(*clash), out);
      return true;
    }
    first_record_due_ = false;
    log(out, "New History Content : " + describe_history(history->record));
    out.push_back(action::StoreHistory{history->record, taken_over_ ? HistoryKind::UpdateResync : HistoryKind::Normal});
    return true;
  }
  if (const auto* beat = std::get_if<wire::Heartbeat>(&message)) {
    send(wire::HeartbeatAck{local.applied_next, beat->sent_ms}, out);
    return true;
  }
  if (std::holds_alternative<wire::LostTransactionsComplete>(message)) {
    log(out, "Received REPL_LOSTTNCOMPLETE message");
    out.push_back(action::ClearLostTransactions{expected_});
    return true;
  }
  return false;
}

void ReceiverMachine::on(const event::PoolFill& fill, const Local& local, Actions& out) {
  if (state_ != ReceiverState::Streaming) return;
  answer_applied(local, out);
  const auto order = flow_.observe(fill.used_bytes);
  if (!order) return;
  if (*order == FlowControl::Order::Stop) {
    log(out, "REPL_XOFF sent as receive pool has no space");
    send(wire::Xoff{expected_}, out);
  } else {
    log(out, "REPL_XON sent");
    send(wire::Xon{expected_}, out);
  }
}

// ---- draining: the pipe is emptied before the stream starts again ----

void ReceiverMachine::start_draining(Drain why, const Local& local, Actions& out) {
  log(out, "REPL_XOFF_ACK_ME sent due to upd shutdown/crash or bad trans or ONLINE_ROLLBACK");
  send(wire::XoffAckMe{local.applied_next}, out);
  log(out, fmt::format("REPL INFO - Draining replication pipe due to {}",
                       why == Drain::UpdateStopped    ? "UPD shutdown/crash"
                       : why == Drain::BadTransaction ? "bad transaction"
                                                      : "uncompress error"));
  state_ = ReceiverState::Draining;
  drain_for_nobody(why, out);
}

/// What XoffAck follows is read to its end although the receive pool may be full and nothing is taken out of it. After
/// a body that cannot be inflated the update process goes on, and what came before that body is good.
void ReceiverMachine::drain_for_nobody(Drain why, Actions& out) {
  drain_ = why;
  if (why != Drain::Inflate) out.push_back(action::DropUnstored{});
}

void ReceiverMachine::on(const event::ApplyFailed&, const Local& local, Actions& out) {
  if (state_ == ReceiverState::Streaming)
    start_draining(Drain::BadTransaction, local, out);
  else if (state_ == ReceiverState::Draining && drain_ == Drain::Inflate)
    drain_for_nobody(Drain::BadTransaction, out);
}
void ReceiverMachine::on(const event::InflateFailed&, const Local& local, Actions& out) {
  if (state_ == ReceiverState::Streaming) start_draining(Drain::Inflate, local, out);
}
void ReceiverMachine::on(const event::UpdateProcessStopped&, const Local& local, Actions& out) {
  if (state_ == ReceiverState::Streaming)
    start_draining(Drain::UpdateStopped, local, out);
  else if (state_ == ReceiverState::Draining)
    drain_for_nobody(Drain::UpdateStopped, out);
}
void ReceiverMachine::on(const event::UpdateProcessStarted&, const Local& local, Actions& out) {
  if (state_ == ReceiverState::WaitUpdate) request(local.next_seqno, local, out);
}

bool ReceiverMachine::receive_while_draining(const Message& message, const Local& local, Actions& out) {
  if (std::holds_alternative<wire::XoffAck>(message)) {
    drained(local, out);
    return true;
  }
  if (std::holds_alternative<wire::LostTransactionsComplete>(message)) return receive_in_stream(message, local, out);
  return std::holds_alternative<wire::Transactions>(message) || std::holds_alternative<wire::NewHistory>(message) ||
         std::holds_alternative<wire::Heartbeat>(message);
}

void ReceiverMachine::drained(const Local& local, Actions& out) {
  log(out, "REPL INFO - XOFF_ACK received. Drained replication pipe completely");
  const Seqno from = drain_ == Drain::Inflate ? expected_ : local.applied_next;
  if (drain_ != Drain::Inflate) out.push_back(action::ResetPool{from});
  if (drain_ == Drain::UpdateStopped) {
    if (local.update_process_runs) return request(from, local, out);
    state_ = ReceiverState::WaitUpdate;
    return;
  }
  requested_ = from;
  flow_.reset();
  if (drain_ == Drain::BadTransaction) {
    log(out, fmt::format("Sending REPL_BADTRANS message with seqno {}", number(from)));
    send(wire::BadTransaction{from}, out);
  } else {
    log(out, fmt::format("Sending REPL_CMP2UNCMP message with seqno {}", number(from)));
    send(wire::PlainPlease{from}, out);
  }
  state_ = ReceiverState::WaitAnswer;
}

// ---- ends ----

void ReceiverMachine::protocol_error(std::string_view what, Actions& out) {
  out.push_back(action::Report{make_error<MsgId::HWREPLPROTO>(what)});
  send(wire::Bye{wire::Bye::Reason::ProtocolError, std::string(what.substr(0, kReasonBytesMax))}, out);
  disconnect(out);
}

void ReceiverMachine::refuse(Error error, Actions& out) {
  send(wire::Bye{wire::Bye::Reason::Refused, error.text.substr(0, kReasonBytesMax)}, out);
  out.push_back(action::Report{std::move(error)});
  disconnect(out);
}

void ReceiverMachine::disconnect(Actions& out) {
  out.push_back(action::Disconnect{});
  state_ = ReceiverState::Listening;
}

void ReceiverMachine::stop(Error error, Actions& out) {
  out.push_back(action::Disconnect{});
  out.push_back(action::StopServer{std::move(error)});
  state_ = ReceiverState::Stopped;
}

void ReceiverMachine::send(Message message, Actions& out) const {
  out.push_back(action::Send{std::move(message), level_});
}

}  // namespace hw
