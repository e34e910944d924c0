// The source machine's handshake: who is there, and from where both go on.
#include <algorithm>

#include "replic/link/control_kinds.h"
#include "replic/link/link_log.h"
#include "replic/source/source_machine.h"

namespace hw {
namespace {

void log_text(std::vector<SourceAction>& out, std::string_view text) { log(out, make_line<MsgId::TEXT>(text)); }

}  // namespace

void SourceMachine::start_requested(Seqno seqno, std::uint16_t level_max, const Local& local, Actions& out) {
  requested_ = seqno;
  level_ = std::min({level_max, config_.self.level_max, kLevelNewest});
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
      return back_off();
    }
    tell_lineage(local, out);
  }
  if (level_ >= kLevelFencing) tell_epoch(local, out);
  out.push_back(action::Identified{peer});
  log(out, fmt::format("Current Journal Seqno of the instance is {}", number(local.next_seqno)));
  // A rollback of an instance that holds nothing is answered whatever the history says.
  const bool needs_history = !fetch_ || requested_ > Seqno{1};
  if (local.history.empty() && local.role == InstanceRole::Propagating && needs_history) {
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

void SourceMachine::tell_epoch(const Local& local, Actions& out) {
  EpochTold now = epoch_to_tell(config_.self.name, local.history, local.known_epoch);
  if (epoch_told_ == now) return;
  if (now.epoch != 0) log(out, fmt::format("Sending epoch {}, root primary [{}]", now.epoch, now.root));
  send(wire::Control{kEpochControl, encode_epoch(now)}, out);
  epoch_told_ = std::move(now);
}

// Of a stream only: a receiver that does not follow this source has nothing to do with its mark.
void SourceMachine::tell_mark(const Local& local, Actions& out) {
  if (mark_told_ == local.zqgblmod_seqno) return;
  send(wire::Control{kMarkControl, encode_mark({local.zqgblmod_seqno, local.next_seqno})}, out);
  mark_told_ = local.zqgblmod_seqno;
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
  if (update_resync_ && !fetch_) {
    if (ahead_) return refuse_as_ahead(local, out);
    tell_held_reign(upper, local, out);
    return accept(upper, local, out);
  }
  walked_ = local.history;
  walk_.emplace(walked_, upper);
  if (walk_->outcome() == ResyncWalk::Outcome::Ask) return ask_history(out);
  if (walk_->outcome() == ResyncWalk::Outcome::NoHistory) return no_history(walk_->asked(), out);
  if (fetch_) return tell_resync(upper, out);
  return ahead_ ? refuse_as_ahead(local, out) : accept(upper, local, out);
}

// Without history two sites can share what was sent from here, and what was there before this instance became root; a
// secondary that holds more has it from somewhere else.
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

// So that it is compared the next time.
void SourceMachine::tell_held_reign(Seqno next, const Local& local, Actions& out) {
  if (next.value == 1) return;
  const HistoryRecord* record = local.history.covering(Seqno{next.value - 1});
  if (record != nullptr) send(wire::Control{held_reign_control(level_), encode_held_reign(*record)}, out);
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
  if (outcome == ResyncWalk::Outcome::NoHistory) return no_history(walk_->asked(), out);
  tell_resync(walk_->resync(), out);
}

void SourceMachine::no_history(Seqno asked, Actions& out) {
  const Seqno missing{asked.value - 1};
  out.push_back(action::Report{
      make_error<MsgId::REPLINSTNOHIST>(fmt::format("seqno {}", number(missing)), config_.instance_path)});
  log(out, "Sending REPL_INST_NOHIST message");
  send(wire::NoHistory{missing}, out);
  log(out, "Connection reset due to above REPLINSTNOHIST error");
  out.push_back(action::Disconnect{});
  back_off();
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
  mark_told_.reset();
  if (level_ >= kLevelFencing) tell_mark(local, out);
  if (local.lost_transactions_done && !lost_transactions_told_ && level_ >= kLevelMultiSite) {
    log(out, "Sending REPL_LOSTTNCOMPLETE message");
    send(wire::LostTransactionsComplete{}, out);
    lost_transactions_told_ = true;
  }
  walk_.reset();
  history_sent_.reset();
  send_next_ = seqno;
  state_ = SourceState::Streaming;
  if (unanswered_ms_.empty()) heartbeat_at_ms_ = now_ms_ + config_.connect.heartbeat_period_ms();
  out.push_back(action::StartStream{seqno});
}

void SourceMachine::refuse_as_ahead(const Local& local, Actions& out) {
  log(out, fmt::format("Sending REPL_ROLLBACK_FIRST message with seqno {}", number(local.next_seqno)));
  send(wire::RollbackFirst{local.next_seqno}, out);
  out.push_back(action::Disconnect{});
  back_off();
}

void SourceMachine::tell_resync(Seqno seqno, Actions& out) {
  log(out, fmt::format("Resync Seqno determined is {}", number(seqno)));
  // First the mark: once it is told, the other side loses what the mark is asked about.
  // A dual-site peer does not say what it was.
  out.push_back(action::ResyncFixed{seqno, peer_.was_root || level_ < kLevelMultiSite});
  log(out, fmt::format("Sending REPL_RESYNC_SEQNO message with seqno {}", number(seqno)));
  send(wire::ResyncSeqno{seqno}, out);
  out.push_back(action::Disconnect{});
  back_off();
}

}  // namespace hw
