/// replic/receiver/receiver_machine.h -- the receiver server's protocol brain: no sockets, no clock, no files.
///
/// The same machine serves a rollback that runs with -fetchresync (Config::rollback): it asks for the
/// resync seqno instead of a stream and ends when it has it.
///
/// The receiver listens, speaks first and answers what the source asks. It checks every seqno that
/// comes: what Store hands on continues what was stored before, without a gap or a repeat. It ends
/// itself where an operator must act: this instance is ahead of its primary (REPLAHEAD), its history is
/// missing at one end (REPLINSTNOHIST), it was root and the primary is not (PRIMARYNOTROOT), the
/// primary is dual-site where it may not be (REPLUPGRADEPRI). Everything else ends the connection only, also a source
/// that is fed, directly or through others, by this instance (HWREPLLOOP), and one whose reign is over (HWEPOCHOLD,
/// HWEPOCHCLASH).
///
/// States and legal moves are drawn in docs/replication-states.md; keep both in step.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "replic/history/epoch.h"
#include "replic/history/history.h"
#include "replic/history/lineage.h"
#include "replic/link/flow_control.h"
#include "replic/link/link_actions.h"
#include "replic/link/link_events.h"
#include "replic/link/wire.h"

namespace hw {

enum class ReceiverState {
  Listening,   ///< no connection
  WaitAnswer,  ///< StartFrom or FetchResync sent
  Streaming,   ///< WillRestartAt received
  Draining,    ///< XoffAckMe sent; everything up to XoffAck is thrown away
  WaitUpdate,  ///< drained; no update process runs
  Stopped
};
std::string_view name_of(ReceiverState state);

namespace event {
struct Accepted {};
/// The receive pool's fill, after a batch was stored or applied.
struct PoolFill {
  std::uint64_t used_bytes;
};
/// The update process could not apply `seqno`; it must come again.
struct ApplyFailed {
  Seqno seqno;
};
/// A compressed body could not be inflated.
struct InflateFailed {};
struct UpdateProcessStopped {};
struct UpdateProcessStarted {};
/// This instance knows of a higher epoch than before.
struct EpochHeard {};
}  // namespace event

using ReceiverEvent = std::variant<event::Accepted, event::ConnectionLost, event::Received, event::Refused,
                                   event::PoolFill, event::ApplyFailed, event::InflateFailed,
                                   event::UpdateProcessStopped, event::UpdateProcessStarted, event::EpochHeard>;
/// For the log: why a state changed.
std::string describe(const ReceiverEvent& event);

namespace action {
/// The connection is accepted at `seqno`; the source's role tells whether this instance is now a
/// secondary of the root.
struct StreamStarts {
  Seqno seqno;
  InstanceRole source_role;
};
/// Put the transactions of the Received event at hand into the receive pool; the next expected seqno is
/// then `last` + 1.
struct Store {
  Seqno first;
  Seqno last;
};
/// Put the record into the receive pool, before the transactions it covers.
struct StoreHistory {
  HistoryRecord record;
  HistoryKind first_kind;  ///< kind it gets when it is the first of the instance file
};
/// Throw away everything in the receive pool from `from` on.
struct ResetPool {
  Seqno from;
};
/// Forget what has been read and is not in the receive pool yet: it will come again. The pool may be full for as long
/// as no update process takes anything out, and nothing more is read while something waits for room.
struct DropUnstored {};
/// Who is above this instance, nearest first: to be told to its own secondaries, until the connection ends.
struct LineageTold {
  Lineage lineage;
};
/// A higher epoch than the one known: to be in the instance file (fdatasync) before what comes after it is stored. The
/// connection must not go on without.
struct LearnEpoch {
  std::uint64_t epoch;
};
/// A mark of the primary, 0: none, is one of this instance's, too; history records that start below `settled_below`
/// leave none. To be in the instance file before what comes after it is stored; the connection must not go on without.
struct LearnMark {
  Seqno mark;
  Seqno settled_below;
};
/// Set Zqgblmod Seqno and Trans to 0 in every region, pass it on to own secondaries. History records that start below
/// `settled_below` and wait in the receive pool leave no mark either.
struct ClearLostTransactions {
  Seqno settled_below;
};
/// -autorollback: run the rollback, then listen again.
struct RunRollback {};
/// Rollback only: roll back to `seqno`.
struct ResyncFound {
  Seqno seqno;
};
}  // namespace action

using ReceiverAction =
    std::variant<action::Log, action::Report, action::Send, action::Disconnect, action::StopServer, action::Identified,
                 action::ControlReceived, action::StreamStarts, action::Store, action::StoreHistory, action::ResetPool,
                 action::DropUnstored, action::LineageTold, action::LearnEpoch, action::LearnMark,
                 action::ClearLostTransactions, action::RunRollback, action::ResyncFound>;

class ReceiverMachine {
 public:
  struct Config {
    Identity self;  ///< next_seqno and was_root in it are ignored; see Local
    std::string instance_path;
    std::uint64_t pool_bytes = 1;
    bool update_resync = false;
    /// Of the instance file named with it: answers for what this instance holds, until it has records of its own. None:
    /// it is taken as it is.
    std::optional<History> resync_history;
    std::string resync_path;
    bool auto_rollback = false;
    bool stop_source_filter = false;
    bool plain = false;     ///< ask for an uncompressed stream
    bool rollback = false;  ///< this is mupip journal -rollback -fetchresync
  };
  /// What the server knows at the moment of a step. `history` outlives the step only and includes
  /// records that are in the receive pool but not yet in the instance file.
  struct Local {
    Seqno next_seqno;    ///< next one not yet in the receive pool (rollback: of the databases)
    Seqno applied_next;  ///< next one the update process has not applied
    const History& history;
    bool was_root = false;           ///< was a root whose lost transactions are not complete
    bool dual_site_allowed = false;  ///< no active source server runs on this instance
    bool update_process_runs = true;
    std::uint64_t known_epoch = 0;  ///< the highest that the instance knows
  };

  explicit ReceiverMachine(Config config);

  /// Consumes one event, returns what the server must do, in order. Never blocks.
  std::vector<ReceiverAction> step(const ReceiverEvent& event, const Local& local);

  ReceiverState state() const { return state_; }
  std::uint16_t level() const { return level_; }
  /// Next seqno that may come while Streaming.
  Seqno expected() const { return expected_; }

 private:
  using Actions = std::vector<ReceiverAction>;
  enum class Drain { UpdateStopped, BadTransaction, Inflate };

  /// What holds after each step, whatever came.
  void invariants(ReceiverState before, const Actions& out) const;

  void on(const event::Accepted&, const Local& local, Actions& out);
  void on(const event::ConnectionLost& loss, const Local& local, Actions& out);
  void on(const event::Received& received, const Local& local, Actions& out);
  void on(const event::Refused& refused, const Local& local, Actions& out);
  void on(const event::PoolFill& fill, const Local& local, Actions& out);
  void on(const event::ApplyFailed& failed, const Local& local, Actions& out);
  void on(const event::InflateFailed&, const Local& local, Actions& out);
  void on(const event::UpdateProcessStopped&, const Local& local, Actions& out);
  void on(const event::UpdateProcessStarted&, const Local& local, Actions& out);
  void on(const event::EpochHeard&, const Local& local, Actions& out);

  bool receive_answer(const Message& message, const Local& local, Actions& out);
  bool receive_in_stream(const Message& message, const Local& local, Actions& out);
  bool receive_while_draining(const Message& message, const Local& local, Actions& out);
  void request(Seqno from, const Local& local, Actions& out);
  void greet(const Identity& source, const Local& local, Actions& out);
  void answer_history(Seqno asked, const Local& local, Actions& out);
  std::optional<HistoryRecord> find_record(const History& history, Seqno asked) const;
  void held_reign_told(std::string_view payload, Actions& out);
  void control(const wire::Control& m, const Local& local, Actions& out);
  void mark_told(std::string_view payload, Actions& out);
  void lineage_told(std::string_view payload, Actions& out);
  void epoch_told(std::string_view payload, const Local& local, Actions& out);
  void say_applied(std::string_view payload, const Local& local, Actions& out);
  std::optional<Error> find_clash(const HistoryRecord& record, const Local& local) const;
  void answer_applied(const Local& local, Actions& out);
  /// Ends the connection, tells the source why, and listens on.
  void refuse(Error error, Actions& out);
  void will_restart(const wire::WillRestartAt& m, const Local& local, Actions& out);
  void rollback_first(Seqno source_next, const Local& local, Actions& out);
  void drained(const Local& local, Actions& out);
  void start_draining(Drain why, const Local& local, Actions& out);
  void drain_for_nobody(Drain why, Actions& out);
  void protocol_error(std::string_view what, Actions& out);
  void stop(Error error, Actions& out);
  void disconnect(Actions& out);
  void send(Message message, Actions& out) const;

  Config config_;
  ReceiverState state_ = ReceiverState::Listening;
  std::uint16_t level_ = kLevelDualSite;
  bool greeted_ = false;
  bool file_answers_ = false;          ///< for taken_over_: the instance file that was named knows
  bool taken_over_ = false;            ///< no record of this instance's own tells where what it holds comes from
  std::optional<HistoryRecord> held_;  ///< for taken_over_: of the last transaction that this instance holds
  bool first_record_due_ = false;      ///< WillRestartAt received, its NewHistory not yet
  Seqno requested_{1};
  Seqno expected_{1};
  Drain drain_ = Drain::UpdateStopped;
  std::string source_name_;
  std::optional<EpochTold> source_epoch_;  ///< as it told on this connection
  std::set<Seqno> applied_asked_;          ///< that the source is to be told of when they are applied
  FlowControl flow_;
};

}  // namespace hw
