#include "replic/source_machine.h"

#include <algorithm>
#include <limits>

namespace hw {
namespace {

constexpr std::uint64_t kAfterLossMs = 1'000;     // As GT.M: a broken connection.
constexpr std::uint64_t kAfterRefusalMs = 5'000;  // As GT.M: the receiver must roll back first.
constexpr std::uint32_t kDoublingsMax = 16;
constexpr std::uint64_t kFirstHistoryPollMs = 1'000;

std::string number(Seqno seqno) { return fmt::format("{0} [{0:#x}]", seqno.value); }
void log(std::vector<SourceAction>& out, std::string text) { out.push_back(action::Log{std::move(text)}); }
void log_text(std::vector<SourceAction>& out, std::string_view text) { log(out, make_line<MsgId::TEXT>(text)); }

}  // namespace

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

SourceMachine::SourceMachine(Config config) : config_(std::move(config)), random_(config_.jitter_seed) {}

std::vector<SourceAction> SourceMachine::step(const SourceEvent& event, const Local& local) {
  Actions out;
  if (state_ == SourceState::Stopped) return out;
  std::visit([&](const auto& e) { on(e, local, out); }, event);
  return out;
}

std::uint64_t SourceMachine::wake_ms() const {
  switch (state_) {
    case SourceState::Waiting:
    case SourceState::WaitFirstHistory:
      return wait_until_ms_;
    case SourceState::WaitStart:
    case SourceState::WaitHelloReply:
    case SourceState::WaitHistory:
      return heard_at_ms_ + config_.connect.heartbeat_wait_ms;
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
  switch (state_) {
    case SourceState::Waiting:
      if (now_ms_ < wait_until_ms_) return;
      if (hard_failures_ == 0 && soft_since_ms_ == 0)
        log(out, fmt::format("Connect hard tries count = {}, Connect hard tries period = {} milliseconds",
                             config_.connect.hard_tries, config_.connect.hard_period_ms));
      state_ = SourceState::Connecting;
      out.push_back(action::Connect{});
      return;
    case SourceState::WaitFirstHistory:
      if (local.history.empty()) {
        wait_until_ms_ = now_ms_ + kFirstHistoryPollMs;
        return;
      }
      log(out, "First history record written by update process. Source server proceeding.");
      decide(local, out);
      return;
    case SourceState::WaitStart:
    case SourceState::WaitHelloReply:
    case SourceState::WaitHistory:
      if (now_ms_ - heard_at_ms_ < config_.connect.heartbeat_wait_ms) return;
      log(out, fmt::format("No message received for {} seconds. Closing connection", (now_ms_ - heard_at_ms_) / 1000));
      out.push_back(action::Disconnect{});
      return back_off(kAfterLossMs);
    case SourceState::Streaming:
    case SourceState::Stalled:
    case SourceState::Drained:
      if (now_ms_ >= heartbeat_at_ms_) heartbeat_due(local, out);
      return;
    default:
      return;
  }
}

void SourceMachine::on(const event::Connected&, const Local&, Actions& out) {
  if (state_ != SourceState::Connecting) return protocol_error("connected without having asked for it", out);
  hard_failures_ = soft_failures_ = 0;
  soft_since_ms_ = alerts_ = 0;
  greeted_ = fetch_ = update_resync_ = ahead_ = false;
  lost_transactions_told_ = false;
  lineage_told_.reset();
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
  const auto& params = config_.connect;
  if (hard_failures_ < params.hard_tries) {
    ++hard_failures_;
    log(out, fmt::format("{} hard connection attempt failed : {}", hard_failures_, failure.reason));
    if (hard_failures_ < params.hard_tries) return reconnect_after(params.hard_period_ms);
  }
  if (soft_failures_ == 0 && soft_since_ms_ == 0) {
    log(out, fmt::format("Soft tries period = {} seconds, REPLALERT message period = {} seconds",
                         params.soft_period_ms / 1000, params.alert_period_ms / 1000));
    soft_since_ms_ = std::max<std::uint64_t>(now_ms_, 1);
    return reconnect_after(0);
  }
  ++soft_failures_;
  const std::uint64_t silent_ms = now_ms_ - soft_since_ms_;
  if (params.alert_period_ms != 0 && silent_ms >= (alerts_ + 1) * params.alert_period_ms) {
    alerts_ = silent_ms / params.alert_period_ms;
    out.push_back(action::Report{make_error<MsgId::REPLALERT>(config_.secondary, silent_ms / 1000)});
  } else {
    log(out, fmt::format("{} soft connection attempt failed : {}", soft_failures_, failure.reason));
  }
  reconnect_after(spread(params.soft_period_ms));
}

void SourceMachine::on(const event::ConnectionLost& loss, const Local&, Actions& out) {
  if (state_ == SourceState::Waiting) return;  // The end of a connection that was given up here.
  log(out, fmt::format("Connection reset while attempting to receive from secondary. {}", loss.reason));
  back_off(kAfterLossMs);
}

void SourceMachine::back_off(std::uint64_t delay_ms) {
  const std::uint64_t doubled = delay_ms << std::min(fruitless_, kDoublingsMax);
  ++fruitless_;
  reconnect_after(spread(std::min(doubled, std::max(delay_ms, config_.connect.soft_period_ms))));
}

/// Within an eighth of it.
std::uint64_t SourceMachine::spread(std::uint64_t delay_ms) {
  if (config_.jitter_seed == 0 || delay_ms < 8) return delay_ms;
  return std::uniform_int_distribution<std::uint64_t>(delay_ms - delay_ms / 8, delay_ms + delay_ms / 8)(random_);
}

void SourceMachine::reconnect_after(std::uint64_t delay_ms) {
  if (state_ != SourceState::Connecting) {
    hard_failures_ = soft_failures_ = 0;
    soft_since_ms_ = alerts_ = 0;
  }
  state_ = SourceState::Waiting;
  lineage_told_.reset();
  walk_.reset();
  wait_until_ms_ = now_ms_ + delay_ms;
}

// ---- what comes in ----

void SourceMachine::on(const event::Refused& refused, const Local&, Actions& out) {
  if (state_ == SourceState::Waiting) return;
  out.push_back(action::Report{refused.error});
  send(wire::Bye{wire::Bye::Reason::Damaged, "bytes that are no message"}, out);
  out.push_back(action::Disconnect{});
  back_off(kAfterLossMs);
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
    return reconnect_after(bye->reason == wire::Bye::Reason::Refused ? kAfterRefusalMs : kAfterLossMs);
  }
  if (state_ != SourceState::WaitStart && received.level != level_)
    return protocol_error(
        fmt::format("{} message of level {} on a connection of level {}", name_of(message), received.level, level_),
        out);
  if (const auto* control = std::get_if<wire::Control>(&message); control != nullptr && greeted_) {
    out.push_back(action::ControlReceived{control->kind, control->payload});
    return;
  }
  const bool in_stream =
      state_ == SourceState::Streaming || state_ == SourceState::Stalled || state_ == SourceState::Drained;
  const bool known = in_stream ? receive_in_stream(message, local, out) : receive_in_handshake(message, local, out);
  if (!known) protocol_error(fmt::format("{} message in state {}", name_of(message), name_of(state_)), out);
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
    // After a rollback here the secondary still has what was sent before.
    if (ack->applied_next > std::max(local.next_seqno, send_next_)) {
      protocol_error("the receiver says it has applied what was never sent", out);
      return true;
    }
    fruitless_ = 0;
    retire_heartbeats(ack->sent_ms);
    out.push_back(action::Acknowledged{ack->applied_next});
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

// ---- handshake ----

void SourceMachine::start_requested(Seqno seqno, std::uint16_t level_max, const Local& local, Actions& out) {
  requested_ = seqno;
  level_ = std::min({level_max, config_.self.level_max, kLevelMultiSite});
  if (level_ < kLevelMultiSite) {
    if (config_.self.level_max >= kLevelMultiSite && !local.dual_site_allowed)
      return stop(make_error<MsgId::REPLUPGRADESEC>(config_.secondary), out);
    return decide(local, out);
  }
  Identity self = config_.self;
  self.role = local.role;
  self.next_seqno = local.next_seqno;
  log(out, "Sending REPL_NEED_INSTINFO message");
  send(wire::Hello{std::move(self)}, out);
  log(out, "Waiting for REPL_INSTINFO message");
  state_ = SourceState::WaitHelloReply;
}

void SourceMachine::identified(const Identity& peer, const Local& local, Actions& out) {
  log(out, "Received REPL_INSTINFO message");
  const std::string_view where =
      fetch_ ? "rollback path is {}; Rollback PID = {}" : "receiver log file path is {}; Receiver Server PID = {}";
  log(out, "Remote side " + fmt::format(fmt::runtime(where), peer.log_path, peer.pid));
  log(out, fmt::format("Received secondary instance name is [{}]", peer.name));
  if (peer.name != config_.secondary)
    return stop(make_error<MsgId::REPLINSTSECMTCH>(peer.name, config_.secondary), out);
  peer_ = peer;
  greeted_ = true;
  if (peer.was_root && local.role != InstanceRole::Root)
    return stop(make_error<MsgId::PRIMARYNOTROOT>(config_.self.name), out);
  if (!fetch_) {  // A rollback only asks.
    if (auto ring = find_ring(lineage_to_tell(config_.self.name, local.lineage), peer.name)) {
      send(wire::Bye{wire::Bye::Reason::Refused, ring->text.substr(0, kReasonBytesMax)}, out);
      out.push_back(action::Report{std::move(*ring)});
      out.push_back(action::Disconnect{});
      return back_off(kAfterRefusalMs);
    }
    tell_lineage(local, out);
  }
  out.push_back(action::Identified{peer});
  log(out, fmt::format("Current Journal Seqno of the instance is {}", number(local.next_seqno)));
  if (local.history.empty() && local.role == InstanceRole::Propagating) {
    log(out, "Source server waiting for first history record to be written by update process");
    state_ = SourceState::WaitFirstHistory;
    wait_until_ms_ = now_ms_ + kFirstHistoryPollMs;
    return;
  }
  decide(local, out);
}

void SourceMachine::tell_lineage(const Local& local, Actions& out) {
  lineage_told_ = lineage_to_tell(config_.self.name, local.lineage);
  send(wire::Control{kLineageControl, encode_lineage(*lineage_told_)}, out);
}

// Source: GT.M, "what the source decides after START or FETCH_RESYNC".
void SourceMachine::decide(const Local& local, Actions& out) {
  if (level_ < kLevelMultiSite) return decide_dual_site(local, out);
  ahead_ = requested_ > local.next_seqno;
  const Seqno upper = std::min(requested_, local.next_seqno);
  if (ahead_) {
    log(out, make_line<MsgId::REPLAHEAD>(""));
    log_text(out, fmt::format("Replicating instance : {}, Originating instance : {}. ", requested_.value,
                              local.next_seqno.value));
  }
  if (update_resync_ && !fetch_) return ahead_ ? refuse_as_ahead(local, out) : accept(upper, local, out);
  walked_ = local.history;
  walk_.emplace(walked_, upper);
  if (walk_->outcome() == ResyncWalk::Outcome::Ask) return ask_history(out);
  if (walk_->outcome() == ResyncWalk::Outcome::NoHistory) return no_history(out);
  if (fetch_) return tell_resync(upper, out);
  return ahead_ ? refuse_as_ahead(local, out) : accept(upper, local, out);
}

// Without history two sites can share what was sent from here, and what was there before this instance became root; a
// secondary that holds more has it from somebody else.
void SourceMachine::decide_dual_site(const Local& local, Actions& out) {
  const Seqno reign = local.history.empty() ? Seqno{1} : local.history.last().start;
  const Seqno shared = std::min(local.next_seqno, std::max(local.last_sent, reign));
  const bool taken_as_it_is = update_resync_ && !fetch_;
  const Seqno limit = taken_as_it_is ? local.next_seqno : shared;
  ahead_ = requested_ > limit;
  if (ahead_)
    log_text(out, fmt::format("Replicating instance : {}, shared with this one : {}. ", requested_.value, limit.value));
  if (fetch_) return tell_resync(std::min(requested_, limit), out);
  return ahead_ ? refuse_as_ahead(local, out) : accept(requested_, local, out);
}

void SourceMachine::ask_history(Actions& out) {
  log(out, fmt::format("Sending REPL_NEED_HISTINFO message with seqno {}", number(walk_->asked())));
  send(wire::NeedHistory{walk_->asked()}, out);
  log(out, "Waiting for REPL_HISTINFO message");
  state_ = SourceState::WaitHistory;
}

void SourceMachine::compare_log(const HistoryRecord& remote, Actions& out) const {
  const HistoryRecord& own = *walk_->own_record();
  const Seqno seqno{walk_->asked().value - 1};
  const auto line = [&](std::string_view side, const HistoryRecord& record) {
    return fmt::format(
        "On {0}, seqno {1} generated by instance name [{2}] with cycle [{3:#x}] ({3}), pid = {4} : "
        "time = {5} [{5:#x}]",
        side, number(seqno), record.root_name, record.cycle, record.creator_pid, record.created_s);
  };
  out.push_back(action::Log{line("Secondary", remote), false});
  out.push_back(action::Log{line("Primary", own), false});
  out.push_back(action::Log{fmt::format("Primary and Secondary have {} history records for seqno {}",
                                        same_reign(own, remote) ? "IDENTICAL" : "DIFFERING", number(seqno)),
                            false});
}

void SourceMachine::history_answered(const HistoryRecord& remote, const Local& local, Actions& out) {
  log(out, "Received REPL_HISTINFO message");
  const Seqno asked = walk_->asked();
  if (remote.start >= asked) return protocol_error("history record that does not cover what was asked", out);
  compare_log(remote, out);
  const auto outcome = walk_->answer(remote);
  const bool same = outcome == ResyncWalk::Outcome::Found && walk_->resync() == asked;
  if (!same || (ahead_ && !fetch_))
    log_text(out,
             fmt::format("Originating instance and replicating instances are out-of-sync after sequence number : {} ",
                         asked.value - 1));
  if (!fetch_) return same && !ahead_ ? accept(asked, local, out) : refuse_as_ahead(local, out);
  if (outcome == ResyncWalk::Outcome::Ask) return ask_history(out);
  if (outcome == ResyncWalk::Outcome::NoHistory) return no_history(out);
  tell_resync(walk_->resync(), out);
}

void SourceMachine::no_history(Actions& out) {
  const Seqno missing{walk_->asked().value - 1};
  out.push_back(action::Report{
      make_error<MsgId::REPLINSTNOHIST>(fmt::format("seqno {}", number(missing)), config_.instance_path)});
  log(out, "Sending REPL_INST_NOHIST message");
  send(wire::NoHistory{missing}, out);
  log(out, "Connection reset due to above REPLINSTNOHIST error");
  out.push_back(action::Disconnect{});
  back_off(kAfterRefusalMs);
}

void SourceMachine::accept(Seqno from, const Local& local, Actions& out) {
  log(out, fmt::format("Source server last sent seqno {}", number(local.last_sent)));
  log(out, fmt::format("Source server will start sending from seqno {}", number(from)));
  restart_at(from, local, out);
}

void SourceMachine::restart_at(Seqno seqno, const Local& local, Actions& out) {
  if (seqno > local.next_seqno) return refuse_as_ahead(local, out);
  log(out, fmt::format("Sending REPL_WILL_RESTART_WITH_INFO message with seqno {}", number(seqno)));
  send(wire::WillRestartAt{seqno, local.role}, out);
  if (local.lost_transactions_done && !lost_transactions_told_ && level_ >= kLevelMultiSite) {
    log(out, "Sending REPL_LOSTTNCOMPLETE message");
    send(wire::LostTransactionsComplete{}, out);
    lost_transactions_told_ = true;
  }
  walk_.reset();
  history_sent_.reset();
  send_next_ = seqno;
  state_ = SourceState::Streaming;
  if (unanswered_ms_.empty()) heartbeat_at_ms_ = now_ms_ + config_.connect.heartbeat_period_ms;
  out.push_back(action::StartStream{seqno});
}

void SourceMachine::refuse_as_ahead(const Local& local, Actions& out) {
  log(out, fmt::format("Sending REPL_ROLLBACK_FIRST message with seqno {}", number(local.next_seqno)));
  send(wire::RollbackFirst{local.next_seqno}, out);
  out.push_back(action::Disconnect{});
  back_off(kAfterRefusalMs);
}

void SourceMachine::tell_resync(Seqno seqno, Actions& out) {
  log(out, fmt::format("Resync Seqno determined is {}", number(seqno)));
  // First the mark: once it is told, the other side loses what the mark is asked about.
  // A dual-site peer does not say what it was.
  out.push_back(action::ResyncFixed{seqno, peer_.was_root || level_ < kLevelMultiSite});
  log(out, fmt::format("Sending REPL_RESYNC_SEQNO message with seqno {}", number(seqno)));
  send(wire::ResyncSeqno{seqno}, out);
  out.push_back(action::Disconnect{});
  back_off(kAfterRefusalMs);
}

// ---- stream ----

std::vector<SourceAction> SourceMachine::before_sending(Seqno next, const Local& local) {
  Actions out;
  if (state_ != SourceState::Streaming || level_ < kLevelMultiSite) return out;
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
  if (unanswered_ms_.empty()) heartbeat_at_ms_ = now_ms_ + config_.connect.heartbeat_period_ms;
  state_ = SourceState::Drained;
}

void SourceMachine::heartbeat_due(const Local&, Actions& out) {
  heartbeat_at_ms_ = now_ms_ + config_.connect.heartbeat_period_ms;
  if (!unanswered_ms_.empty() && now_ms_ - unanswered_ms_.front() >= config_.connect.heartbeat_wait_ms) {
    log(out, fmt::format("No response received for heartbeat sent {} seconds ago. Closing connection",
                         (now_ms_ - unanswered_ms_.front()) / 1000));
    out.push_back(action::Disconnect{});
    return back_off(kAfterLossMs);
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
  back_off(kAfterLossMs);
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
