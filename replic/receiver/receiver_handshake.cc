// The receiver machine's handshake: what is held here, and from where the stream goes on.
#include "replic/link/control_kinds.h"
#include "replic/link/link_log.h"
#include "replic/receiver/receiver_machine.h"

namespace hw {

bool ReceiverMachine::receive_answer(const Message& message, const Local& local, Actions& out) {
  if (const auto* hello = std::get_if<wire::Hello>(&message); hello != nullptr && !greeted_) {
    greet(hello->source, local, out);
    return true;
  }
  if (const auto* need = std::get_if<wire::NeedHistory>(&message); need != nullptr && greeted_) {
    answer_history(need->seqno, local, out);
    return true;
  }
  if (level_ >= kLevelMultiSite && !greeted_) return false;
  if (const auto* restart = std::get_if<wire::WillRestartAt>(&message); restart != nullptr && !config_.rollback) {
    will_restart(*restart, local, out);
    return true;
  }
  if (const auto* first = std::get_if<wire::RollbackFirst>(&message); first != nullptr && !config_.rollback) {
    rollback_first(first->source_next, local, out);
    return true;
  }
  if (const auto* resync = std::get_if<wire::ResyncSeqno>(&message); resync != nullptr && config_.rollback) {
    if (resync->seqno > requested_) {
      protocol_error("a resync seqno above this instance's own", out);
      return true;
    }
    log(out, "Received REPL_RESYNC_SEQNO message");
    log(out, fmt::format("Received RESYNC SEQNO is {}", number(resync->seqno)));
    out.push_back(action::ResyncFound{resync->seqno});
    out.push_back(action::Disconnect{});
    state_ = ReceiverState::Stopped;
    return true;
  }
  if (const auto* none = std::get_if<wire::NoHistory>(&message); none != nullptr && greeted_) {
    log(out,
        "Originating instance encountered a REPLINSTNOHIST error. JNL_SEQNO of this replicating instance precedes the "
        "current history in the originating instance file. Receiver server exiting.");
    stop(make_error<MsgId::REPLINSTNOHIST>(fmt::format("seqno {}", number(none->seqno)), "of the originating instance"),
         out);
    return true;
  }
  return false;
}

void ReceiverMachine::greet(const Identity& source, const Local& local, Actions& out) {
  greeted_ = true;
  source_name_ = source.name;
  log(out, fmt::format("Remote side source log file path is {}; Source Server PID = {}", source.log_path, source.pid));
  log(out, fmt::format("Received REPL_NEED_INSTINFO message from primary instance [{}]", source.name));
  Identity self = config_.self;
  self.next_seqno = local.next_seqno;
  self.was_root = local.was_root;
  log(out, "Sending REPL_INSTINFO message");
  send(wire::HelloReply{std::move(self)}, out);
  if (source.name == config_.self.name) return stop(make_error<MsgId::REPLINSTNMSAME>(source.name), out);
  if (local.was_root && source.role != InstanceRole::Root)
    return stop(make_error<MsgId::PRIMARYNOTROOT>(source.name), out);
  out.push_back(action::Identified{source});
}

// The record that covers asked - 1. After a take-over by a source that does not tell it, the history begins at `asked`,
// with the reign that the source had then. Nothing was applied since, so the last transaction held here is of that
// reign, too, unless the reign began right there; then the source finds a difference and refuses.
std::optional<HistoryRecord> ReceiverMachine::find_record(const History& history, Seqno asked) const {
  const Seqno wanted{asked.value - 1};
  if (const HistoryRecord* covering = history.covering(wanted); covering != nullptr) return *covering;
  if (config_.rollback || history.empty()) return std::nullopt;
  HistoryRecord first = history.records().front();
  if (first.kind != HistoryKind::UpdateResync || first.start != asked) return std::nullopt;
  first.start = wanted;
  return first;
}

void ReceiverMachine::answer_history(Seqno asked, const Local& local, Actions& out) {
  log(out, fmt::format("Received REPL_NEED_HISTINFO message for seqno {}", number(asked)));
  if (asked.value < 2 || asked > requested_) return protocol_error("history asked for a seqno that is not held", out);
  if (!config_.rollback) {
    log(out, fmt::format("Update process has processed upto seqno {}", number(local.applied_next)));
    log(out, file_answers_ ? "Searching for desired history in the -updateresync input instance file"
                           : "Searching for the desired history in the replication instance file");
  }
  const Seqno wanted{asked.value - 1};
  auto record = find_record(file_answers_ ? *config_.resync_history : local.history, asked);
  if (!record)
    return stop(make_error<MsgId::REPLINSTNOHIST>(fmt::format("seqno {}", number(wanted)),
                                                  file_answers_ ? config_.resync_path : config_.instance_path),
                out);
  log(out, fmt::format("Sending REPL_HISTINFO message with seqno {}", number(record->start)));
  log(out, "History sent : " + describe_history(*record));
  send(wire::HistoryAnswer{*record}, out);
}

void ReceiverMachine::will_restart(const wire::WillRestartAt& m, const Local& local, Actions& out) {
  log(out, fmt::format("Received REPL_WILL_RESTART_WITH_INFO message with seqno {}", number(m.seqno)));
  if (level_ < kLevelMultiSite && config_.self.level_max >= kLevelMultiSite && !local.dual_site_allowed)
    return stop(make_error<MsgId::REPLUPGRADEPRI>("unknown"), out);
  if (m.seqno != requested_) return protocol_error("the stream does not start where it was asked to", out);
  expected_ = m.seqno;
  first_record_due_ = level_ >= kLevelMultiSite;
  state_ = ReceiverState::Streaming;
  out.push_back(action::StreamStarts{m.seqno, m.role});
  if (held_) out.push_back(action::StoreHistory{held_record(*held_, m.seqno), HistoryKind::UpdateResync});
  held_.reset();
}

void ReceiverMachine::rollback_first(Seqno source_next, const Local&, Actions& out) {
  log(out, fmt::format("Received REPL_ROLLBACK_FIRST message with seqno {}", number(source_next)));
  Error error = make_error<MsgId::REPLAHEAD>("");
  error.note(fmt::format("Replicating instance : {} Originating instance : {}. ", requested_.value, source_next.value));
  if (config_.auto_rollback) {
    error.note(
        "Initiating automatic rollback to match the replicating instance with a prior in-sync originating instance "
        "state.");
    out.push_back(action::Report{std::move(error)});
    log(out, "Closing connection before starting ROLLBACK");
    disconnect(out);
    out.push_back(action::RunRollback{});
    return;
  }
  error.note(
      " The receiver server was not started with -AUTOROLLBACK. Perform MUPIP JOURNAL -ROLLBACK on the replicating "
      "instance to match the originating instance. Check the Source Server log to determine the last in-sync sequence "
      "number.");
  stop(std::move(error), out);
}

}  // namespace hw
