#include "replic/source/source_machine.h"

#include <algorithm>
#include <limits>

#include "replic/link/control_kinds.h"
#include "replic/link/link_log.h"

namespace hw {

std::string_view name_of(SourceState state) {
  switch (state) {
    case SourceState::Waiting:
      return "Waiting";
    case SourceState::Connecting:
      return "Connecting";
    case SourceState::WaitStart:
      return "WaitStart";
    case SourceState::WaitHelloReply:
      return "WaitHelloReply";
    case SourceState::WaitFirstHistory:
      return "WaitFirstHistory";
    case SourceState::WaitHistory:
      return "WaitHistory";
    case SourceState::Streaming:
      return "Streaming";
    case SourceState::Stalled:
      return "Stalled";
    case SourceState::Drained:
      return "Drained";
    case SourceState::Stopped:
      return "Stopped";
  }
  return "?";
}

std::string describe(const SourceEvent& event) {
  struct Describe {
    std::string operator()(const event::Tick&) const { return "the time has come"; }
    std::string operator()(const event::Connected&) const { return "connected"; }
    std::string operator()(const event::ConnectFailed& e) const { return "no connection: " + e.reason; }
    std::string operator()(const event::ConnectionLost& e) const { return "connection lost: " + e.reason; }
    std::string operator()(const event::Received& e) const { return fmt::format("received {}", name_of(e.message)); }
    std::string operator()(const event::Refused& e) const { return "refused: " + e.error.text; }
    std::string operator()(const event::LostTransactionsDone&) const { return "lost transactions are complete"; }
  };
  return std::visit(Describe{}, event);
}

SourceMachine::SourceMachine(Config config)
    : config_(std::move(config)), tries_(config_.connect, config_.jitter_seed) {}

std::vector<SourceAction> SourceMachine::step(const SourceEvent& event, const Local& local) {
  Actions out;
  if (state_ == SourceState::Stopped) return out;
  const SourceState before = state_;
  std::visit([&](const auto& e) { on(e, local, out); }, event);
  invariants(before, out);
  return out;
}

namespace {

/// The moves that docs/replication-states.md draws. From each state back to Waiting: any connection may end.
bool may_follow(SourceState before, SourceState state) {
  using enum SourceState;
  if (state == before || state == Waiting) return true;
  switch (before) {
    case Waiting:
      return state == Connecting;
    case Connecting:
      return state == WaitStart;
    case WaitStart:
      return state == WaitHelloReply || state == Streaming || state == Stopped;
    case WaitHelloReply:
      return state == WaitFirstHistory || state == WaitHistory || state == Streaming || state == Drained ||
             state == Stopped;
    case WaitFirstHistory:
      return state == WaitHistory || state == Streaming || state == Drained;
    case WaitHistory:
    case Stalled:
      return state == Streaming || state == Drained;
    case Streaming:
      return state == Stalled || state == Drained;
    case Drained:
      return state == WaitHelloReply || state == WaitHistory || state == Streaming || state == Stopped;
    case Stopped:
      return false;
  }
  return false;
}

bool is_in_stream(SourceState state) {
  return state == SourceState::Streaming || state == SourceState::Stalled || state == SourceState::Drained;
}

template <typename Action>
bool any_of_kind(const std::vector<SourceAction>& actions) {
  return std::ranges::any_of(actions, [](const SourceAction& one) { return std::holds_alternative<Action>(one); });
}

}  // namespace

/// Whatever the other side sends. What it says of itself is nothing to rely on, and ignored.
void SourceMachine::invariants(SourceState before, const Actions& out) const {
  HW_CHECK(may_follow(before, state_));
  HW_CHECK_EQ(walk_.has_value(), state_ == SourceState::WaitHistory);
  HW_CHECK(!walk_ || walk_->outcome() == ResyncWalk::Outcome::Ask);
  HW_CHECK_LE(level_, kLevelNewest);
  HW_CHECK(!greeted_ || level_ >= kLevelMultiSite);
  HW_CHECK(!lineage_told_ || (greeted_ && state_ != SourceState::Waiting));
  HW_CHECK(!epoch_told_ || (greeted_ && level_ >= kLevelFencing && state_ != SourceState::Waiting));
  HW_CHECK(!mark_told_ || (level_ >= kLevelFencing && state_ != SourceState::Waiting));
  HW_CHECK(state_ != SourceState::WaitFirstHistory || greeted_);
  // The server carries out what was said: it has a stream exactly where this has one.
  HW_CHECK_EQ(any_of_kind<action::StopServer>(out), state_ == SourceState::Stopped);
  const bool sends = state_ == SourceState::Streaming;
  HW_CHECK(!any_of_kind<action::StartStream>(out) || sends);
  HW_CHECK(!sends || before == SourceState::Streaming || any_of_kind<action::StartStream>(out) ||
           (before == SourceState::Stalled && any_of_kind<action::ResumeStream>(out)));
}

std::uint64_t SourceMachine::wake_ms() const {
  switch (state_) {
    case SourceState::Waiting:
    case SourceState::WaitFirstHistory:
      return wait_until_ms_;
    case SourceState::WaitStart:
    case SourceState::WaitHelloReply:
    case SourceState::WaitHistory:
      return heard_at_ms_ + config_.connect.heartbeat_wait_max_ms();
    case SourceState::Streaming:
    case SourceState::Stalled:
    case SourceState::Drained:
      return heartbeat_at_ms_;
    default:
      return 0;
  }
}

// ---- connecting ----

void SourceMachine::on(const event::Tick& tick, const Local& local, Actions& out) {
  now_ms_ = tick.now_ms;
  if (lineage_told_ && *lineage_told_ != lineage_to_tell(config_.self.name, local.lineage)) tell_lineage(local, out);
  if (epoch_told_) tell_epoch(local, out);
  if (mark_told_ && is_in_stream(state_)) tell_mark(local, out);
  switch (state_) {
    case SourceState::Waiting:
      if (now_ms_ < wait_until_ms_) return;
      if (local.awaits_reign) return await_reign(out);
      reign_awaited_ = false;
      if (tries_.is_first())
        log(out, fmt::format("Connect hard tries count = {}, Connect hard tries period = {} milliseconds",
                             config_.connect.hard_tries_count, config_.connect.hard_tries_period_ms));
      state_ = SourceState::Connecting;
      out.push_back(action::Connect{});
      return;
    case SourceState::WaitFirstHistory:
      if (local.history.empty()) {
        if (fetch_ && now_ms_ - heard_at_ms_ >= kFirstHistoryForRollbackMs) return no_history(requested_, out);
        wait_until_ms_ = now_ms_ + kFirstHistoryPollMs;
        return;
      }
      log(out, "First history record written by update process. Source server proceeding.");
      decide(local, out);
      return;
    case SourceState::WaitStart:
    case SourceState::WaitHelloReply:
    case SourceState::WaitHistory:
      if (now_ms_ - heard_at_ms_ < config_.connect.heartbeat_wait_max_ms()) return;
      log(out, fmt::format("No message received for {} seconds. Closing connection", (now_ms_ - heard_at_ms_) / 1000));
      out.push_back(action::Disconnect{});
      return back_off();
    case SourceState::Streaming:
    case SourceState::Stalled:
    case SourceState::Drained:
      if (now_ms_ >= heartbeat_at_ms_) heartbeat_due(local, out);
      return;
    default:
      return;
  }
}

void SourceMachine::await_reign(Actions& out) {
  if (!reign_awaited_) log(out, "Waiting for the reign of this instance to begin");
  reign_awaited_ = true;
  wait_until_ms_ = now_ms_ + kReignPollMs;
}

void SourceMachine::on(const event::Connected&, const Local&, Actions& out) {
  if (state_ != SourceState::Connecting) return protocol_error("connected without having asked for it", out);
  tries_.begin_anew();
  greeted_ = fetch_ = update_resync_ = ahead_ = false;
  lost_transactions_told_ = false;
  lineage_told_.reset();
  epoch_told_.reset();
  mark_told_.reset();
  apply_asked_ = Seqno{0};
  peer_ = {};
  level_ = kLevelDualSite;
  walk_.reset();
  unanswered_ms_.clear();
  history_sent_.reset();
  heard_at_ms_ = now_ms_;
  state_ = SourceState::WaitStart;
  log(out, "Waiting for REPL_START_JNL_SEQNO or REPL_FETCH_RESYNC message");
}

void SourceMachine::on(const event::ConnectFailed& failure, const Local&, Actions& out) {
  if (state_ != SourceState::Connecting) return;
  ConnectTries::Failure failed = tries_.failed(now_ms_, failure.reason);
  for (std::string& line : failed.lines) log(out, std::move(line));
  if (failed.alert_s) out.push_back(action::Report{make_error<MsgId::REPLALERT>(config_.secondary, *failed.alert_s)});
  reconnect_after(failed.wait_ms);
}

void SourceMachine::on(const event::ConnectionLost& loss, const Local&, Actions& out) {
  if (state_ == SourceState::Waiting) return;  // The end of a connection that was given up here.
  log(out, fmt::format("Connection reset while attempting to receive from secondary. {}", loss.reason));
  back_off();
}

void SourceMachine::back_off() { reconnect_after(tries_.wait_after_fruitless()); }

void SourceMachine::reconnect_after(std::uint64_t delay_ms) {
  if (state_ != SourceState::Connecting) tries_.begin_anew();
  state_ = SourceState::Waiting;
  lineage_told_.reset();
  epoch_told_.reset();
  mark_told_.reset();
  walk_.reset();
  wait_until_ms_ = now_ms_ + delay_ms;
}

// ---- what comes in ----

void SourceMachine::on(const event::Refused& refused, const Local&, Actions& out) {
  if (state_ == SourceState::Waiting) return;
  out.push_back(action::Report{refused.error});
  send(wire::Bye{wire::Bye::Reason::Damaged, "bytes that are no message"}, out);
  out.push_back(action::Disconnect{});
  back_off();
}

void SourceMachine::on(const event::LostTransactionsDone&, const Local&, Actions& out) {
  lost_transactions_told_ = false;
  if (state_ != SourceState::Streaming && state_ != SourceState::Stalled) return;
  if (level_ < kLevelMultiSite) return;
  log(out, "Sending REPL_LOSTTNCOMPLETE message");
  send(wire::LostTransactionsComplete{}, out);
  lost_transactions_told_ = true;
}

void SourceMachine::on(const event::Received& received, const Local& local, Actions& out) {
  if (state_ == SourceState::Waiting || state_ == SourceState::Connecting) return;  // Late bytes of a closed one.
  heard_at_ms_ = now_ms_;
  const Message& message = received.message;
  if (const auto* bye = std::get_if<wire::Bye>(&message)) {
    log(out, fmt::format("Receiver side ends the connection: {}", bye->text));
    out.push_back(action::Disconnect{});
    return back_off();
  }
  if (state_ != SourceState::WaitStart && received.level != level_)
    return protocol_error(
        fmt::format("{} message of level {} on a connection of level {}", name_of(message), received.level, level_),
        out);
  if (const auto* said = std::get_if<wire::Control>(&message); said != nullptr && greeted_)
    return control(*said, local, out);
  const bool in_stream = is_in_stream(state_);
  const bool known = in_stream ? receive_in_stream(message, local, out) : receive_in_handshake(message, local, out);
  if (!known) protocol_error(fmt::format("{} message in state {}", name_of(message), name_of(state_)), out);
}

void SourceMachine::control(const wire::Control& m, const Local& local, Actions& out) {
  if (level_ < kLevelFencing || m.kind != kAppliedControl || !is_in_stream(state_))
    return out.push_back(action::ControlReceived{m.kind, m.payload});
  const auto next = decode_seqno(m.payload);
  if (!next) return protocol_error("something applied that is no seqno", out);
  acknowledged(*next, local, out);
}

void SourceMachine::acknowledged(Seqno next, const Local& local, Actions& out) {
  // After a rollback here the secondary still has what was sent before.
  if (next > std::max(local.next_seqno, send_next_))
    return protocol_error("the receiver says it has applied what was never sent", out);
  tries_.made_progress();
  out.push_back(action::Acknowledged{next});
}

bool SourceMachine::receive_in_handshake(const Message& message, const Local& local, Actions& out) {
  if (std::holds_alternative<wire::Xoff>(message) || std::holds_alternative<wire::Xon>(message)) return true;
  if (const auto* ask = std::get_if<wire::XoffAckMe>(&message); ask != nullptr && state_ != SourceState::WaitStart) {
    drain(ask->seqno, out);
    return true;
  }
  switch (state_) {
    case SourceState::WaitStart:
      if (const auto* start = std::get_if<wire::StartFrom>(&message)) {
        log(out, fmt::format("Received REPL_START_JNL_SEQNO message with SEQNO {}", number(start->seqno)));
        update_resync_ = start->update_resync;
        if (start->stop_source_filter) out.push_back(action::StopFilter{});
        if (start->plain) out.push_back(action::StopCompression{});
        start_requested(start->seqno, start->level_max, local, out);
        return true;
      }
      if (const auto* fetch = std::get_if<wire::FetchResync>(&message)) {
        log(out, fmt::format("Received REPL_FETCH_RESYNC message with SEQNO {}", number(fetch->seqno)));
        fetch_ = true;
        start_requested(fetch->seqno, fetch->level_max, local, out);
        return true;
      }
      return false;
    case SourceState::WaitHelloReply:
      if (const auto* reply = std::get_if<wire::HelloReply>(&message)) {
        identified(reply->receiver, local, out);
        return true;
      }
      return false;
    case SourceState::WaitHistory:
      if (const auto* answer = std::get_if<wire::HistoryAnswer>(&message)) {
        history_answered(answer->record, local, out);
        return true;
      }
      return false;
    default:
      return false;
  }
}

bool SourceMachine::receive_in_stream(const Message& message, const Local& local, Actions& out) {
  if (const auto* ack = std::get_if<wire::HeartbeatAck>(&message)) {
    acknowledged(ack->applied_next, local, out);
    retire_heartbeats(ack->sent_ms);
    return true;
  }
  if (const auto* ask = std::get_if<wire::XoffAckMe>(&message); ask != nullptr && state_ != SourceState::Drained) {
    drain(ask->seqno, out);
    return true;
  }
  if (std::holds_alternative<wire::Xoff>(message) && state_ == SourceState::Streaming) {
    log(out, "REPL_XOFF/REPL_XOFF_ACK_ME received. Send stalled...");
    log(out, "Waiting to receive XON");
    out.push_back(action::PauseStream{});
    state_ = SourceState::Stalled;
    return true;
  }
  if (std::holds_alternative<wire::Xon>(message) && state_ != SourceState::Drained) {
    if (state_ == SourceState::Stalled) {
      log(out, "REPL_XON received");
      out.push_back(action::ResumeStream{});
      state_ = SourceState::Streaming;
    }
    return true;
  }
  if (state_ != SourceState::Drained) return false;
  if (std::holds_alternative<wire::Xoff>(message) || std::holds_alternative<wire::Xon>(message)) return true;
  if (const auto* start = std::get_if<wire::StartFrom>(&message)) {
    log(out, fmt::format("Received REPL_START_JNL_SEQNO message with SEQNO {}. Possible crash of recvr/update process",
                         number(start->seqno)));
    requested_ = start->seqno;
    update_resync_ = start->update_resync;
    if (level_ >= kLevelMultiSite && !greeted_) {
      start_requested(start->seqno, start->level_max, local, out);
    } else {
      decide(local, out);
    }
    return true;
  }
  if (const auto* bad = std::get_if<wire::BadTransaction>(&message)) {
    log(out, fmt::format("Received REPL_BADTRANS message with SEQNO {}", number(bad->seqno)));
    restart_at(bad->seqno, local, out);
    return true;
  }
  if (const auto* plain = std::get_if<wire::PlainPlease>(&message)) {
    log(out, fmt::format("Received REPL_CMP2UNCMP message with SEQNO {}", number(plain->seqno)));
    out.push_back(action::StopCompression{});
    restart_at(plain->seqno, local, out);
    return true;
  }
  return false;
}

// ---- stream ----

std::vector<SourceAction> SourceMachine::before_sending(Seqno next, const Local& local) {
  Actions out;
  if (state_ != SourceState::Streaming || level_ < kLevelMultiSite) return out;
  if (level_ >= kLevelFencing) tell_epoch(local, out);
  if (mark_told_) tell_mark(local, out);
  const HistoryRecord* record = local.history.covering(next);
  if (record == nullptr ||
      (history_sent_ && history_sent_->number == record->number && same_reign(*history_sent_, *record)))
    return out;
  HistoryRecord relayed = *record;
  relayed.start = next;
  history_sent_ = *record;
  log(out, fmt::format("Sending REPL_HISTREC message with seqno {}", number(next)));
  log(out, "New History Content : " + describe_history(relayed));
  send(wire::NewHistory{std::move(relayed)}, out);
  return out;
}

std::vector<SourceAction> SourceMachine::ask_applied(const Local& local) {
  Actions out;
  if (!is_in_stream(state_) || level_ < kLevelFencing) return out;
  if (local.apply_wanted <= apply_asked_ || local.apply_wanted >= local.next_seqno) return out;
  apply_asked_ = local.apply_wanted;
  send(wire::Control{kSayAppliedControl, encode_seqno(apply_asked_)}, out);
  return out;
}

Seqno SourceMachine::send_limit(Seqno next, const Local& local) const {
  const HistoryRecord* record = level_ < kLevelMultiSite ? nullptr : local.history.after(next);
  return record == nullptr ? Seqno{std::numeric_limits<std::uint64_t>::max()} : record->start;
}

void SourceMachine::drain(Seqno seqno, Actions& out) {
  log(out, "REPL_XOFF/REPL_XOFF_ACK_ME received. Send stalled...");
  log(out, "Sending REPL_XOFF_ACK message");
  out.push_back(action::PauseStream{});
  send(wire::XoffAck{seqno}, out);
  log(out, "Waiting to receive XON");
  walk_.reset();
  if (unanswered_ms_.empty()) heartbeat_at_ms_ = now_ms_ + config_.connect.heartbeat_period_ms();
  state_ = SourceState::Drained;
}

void SourceMachine::heartbeat_due(const Local&, Actions& out) {
  heartbeat_at_ms_ = now_ms_ + config_.connect.heartbeat_period_ms();
  if (!unanswered_ms_.empty() && now_ms_ - unanswered_ms_.front() >= config_.connect.heartbeat_wait_max_ms()) {
    log(out, fmt::format("No response received for heartbeat sent {} seconds ago. Closing connection",
                         (now_ms_ - unanswered_ms_.front()) / 1000));
    out.push_back(action::Disconnect{});
    return back_off();
  }
  if (state_ != SourceState::Streaming) return;  // While stalled none are sent; answers are still awaited.
  unanswered_ms_.push_back(now_ms_);
  send(wire::Heartbeat{send_next_, now_ms_}, out);
}

void SourceMachine::retire_heartbeats(std::uint64_t sent_ms) {
  while (!unanswered_ms_.empty() && unanswered_ms_.front() <= sent_ms) unanswered_ms_.pop_front();
}

// ---- ends ----

void SourceMachine::protocol_error(std::string_view what, Actions& out) {
  out.push_back(action::Report{make_error<MsgId::HWREPLPROTO>(what)});
  send(wire::Bye{wire::Bye::Reason::ProtocolError, std::string(what.substr(0, kReasonBytesMax))}, out);
  out.push_back(action::Disconnect{});
  back_off();
}

void SourceMachine::stop(Error error, Actions& out) {
  send(wire::Bye{wire::Bye::Reason::Refused, error.text.substr(0, kReasonBytesMax)}, out);
  out.push_back(action::Disconnect{});
  out.push_back(action::StopServer{std::move(error)});
  state_ = SourceState::Stopped;
}

void SourceMachine::send(Message message, Actions& out) const {
  out.push_back(action::Send{std::move(message), level_});
}

}  // namespace hw
