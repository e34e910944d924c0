/// replic/source/source_machine.h -- the source server's protocol brain: no sockets, no clock, no files.
///
/// One machine lives as long as its source server is active. It says when to connect, leads the
/// handshake (replic/link/wire.h), compares histories, and while the stream runs answers flow control and
/// counts heartbeats. The server does what the actions say, in order, and tells the outcome as events.
/// Transactions never pass through here: after StartStream the server reads them from the journal
/// pool or journal files and sends them, asking `before_sending` and `send_limit` for the history
/// records that belong between them.
///
/// A lost connection, a heartbeat or a question without answer, a message out of order or a receiver without history
/// is not a failure of the server: it connects again (replic/link/connect_tries.h). It ends itself only where an
/// operator must act: another instance's port (REPLINSTSECMTCH), a former root below a propagating primary
/// (PRIMARYNOTROOT), a dual-site secondary where none may be (REPLUPGRADESEC).
///
/// States and legal moves are drawn in docs/replication-states.md; keep both in step.
#pragma once

#include <deque>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "replic/history/epoch.h"
#include "replic/history/history.h"
#include "replic/history/lineage.h"
#include "replic/link/connect_tries.h"
#include "replic/link/link_actions.h"
#include "replic/link/link_events.h"
#include "replic/link/wire.h"

namespace hw {

enum class SourceState {
  Waiting,           ///< no connection; the next try is due at wake_ms()
  Connecting,        ///< Connect was asked for
  WaitStart,         ///< connected; the receiver speaks first
  WaitHelloReply,    ///< Hello sent
  WaitFirstHistory,  ///< this instance is a propagating one that has no history yet
  WaitHistory,       ///< NeedHistory sent
  Streaming,
  Stalled,  ///< Xoff received
  Drained,  ///< XoffAck sent; nothing goes out until the receiver says from where
  Stopped
};
std::string_view name_of(SourceState state);

namespace event {
struct Tick {
  std::uint64_t now_ms;  ///< monotonic
};
struct Connected {};
struct ConnectFailed {
  std::string reason;
};
/// -losttncomplete was run here.
struct LostTransactionsDone {};
}  // namespace event

using SourceEvent = std::variant<event::Tick, event::Connected, event::ConnectFailed, event::ConnectionLost,
                                 event::Received, event::Refused, event::LostTransactionsDone>;
/// For the log: why a state changed.
std::string describe(const SourceEvent& event);

namespace action {
struct Connect {};
/// Send everything from `from` on. Replaces a stream that runs.
struct StartStream {
  Seqno from;
};
struct PauseStream {};
struct ResumeStream {};
/// The receiver cannot inflate or does not want to: no compression for the rest of this connection.
struct StopCompression {};
struct StopFilter {};
/// The secondary has applied everything below `next`.
struct Acknowledged {
  Seqno next;
};
/// A rollback will be told `seqno`; when the peer was or may have been root, Zqgblmod of every region here is set from
/// it first.
struct ResyncFixed {
  Seqno seqno;
  bool peer_was_root;
};
}  // namespace action

using SourceAction = std::variant<action::Log, action::Report, action::Send, action::Disconnect, action::StopServer,
                                  action::Identified, action::ControlReceived, action::Connect, action::StartStream,
                                  action::PauseStream, action::ResumeStream, action::StopCompression,
                                  action::StopFilter, action::Acknowledged, action::ResyncFixed>;

class SourceMachine {
 public:
  struct Config {
    Identity self;          ///< role and next_seqno in it are ignored; see Local
    std::string secondary;  ///< -instsecondary
    std::string instance_path;
    ConnectParameters connect;
    /// Spreads the waits of source servers that lost the same site at the same time; 0: no spread.
    std::uint32_t jitter_seed = 0;
  };
  /// What the server knows at the moment of a step. `history` and `lineage` outlive the step only.
  struct Local {
    Seqno next_seqno;  ///< live, of the journal pool
    InstanceRole role;
    const History& history;
    bool dual_site_allowed = false;       ///< this is the only source server and the instance is root
    bool lost_transactions_done = false;  ///< -losttncomplete was run since this instance came up
    /// Next seqno to send, of the slot: for the log, and all that is known of a dual-site secondary.
    Seqno last_sent{0};
    std::span<const std::string> lineage = {};  ///< of the instance
    std::uint64_t known_epoch = 0;              ///< the highest that the instance knows
    Seqno apply_wanted{0};                      ///< others wait until the secondary has applied it; 0: nobody
    Seqno zqgblmod_seqno{0};                    ///< of the instance
    /// It is to be root, and updates are off until its agent lets it reign: to a secondary that was root it would be a
    /// propagating primary, which both ends refuse. So nobody is called before.
    bool awaits_reign = false;
  };

  explicit SourceMachine(Config config);
  SourceMachine(const SourceMachine&) = delete;
  SourceMachine& operator=(const SourceMachine&) = delete;

  /// Consumes one event, returns what the server must do, in order. A Tick comes before the events of
  /// its moment. Never blocks.
  std::vector<SourceAction> step(const SourceEvent& event, const Local& local);

  /// What goes out before seqno `next`: the history record that begins there or covers the stream's
  /// first seqno. Only while Streaming. Call it before each batch, and when a stream begins, so that the secondary
  /// knows whose reign it follows before the first transaction comes.
  std::vector<SourceAction> before_sending(Seqno next, const Local& local);
  /// Asks the receiver to say when `local.apply_wanted` is applied, once.
  std::vector<SourceAction> ask_applied(const Local& local);
  /// The last seqno that it was asked for on this connection; 0: none.
  Seqno apply_asked() const { return apply_asked_; }
  /// First seqno that may not be sent in the same batch as `next`, because a history record begins there.
  Seqno send_limit(Seqno next, const Local& local) const;
  /// The server has sent everything below `next`.
  void sent(Seqno next) { send_next_ = next; }

  SourceState state() const { return state_; }
  Seqno send_next() const { return send_next_; }
  std::uint16_t level() const { return level_; }
  /// When the next Tick is needed at the latest; 0 when none is.
  std::uint64_t wake_ms() const;

 private:
  using Actions = std::vector<SourceAction>;

  /// What holds after each step, whatever came.
  void invariants(SourceState before, const Actions& out) const;

  static constexpr std::uint64_t kFirstHistoryPollMs = 1'000;
  static constexpr std::uint64_t kReignPollMs = 100;
  /// A rollback waits so long for the first history record of a propagating instance. Less than its own patience with
  /// a silent source server (replic/receiver/fetch_resync.cc).
  static constexpr std::uint64_t kFirstHistoryForRollbackMs = 30'000;

  void on(const event::Tick& tick, const Local& local, Actions& out);
  void on(const event::Connected&, const Local& local, Actions& out);
  void on(const event::ConnectFailed& failure, const Local& local, Actions& out);
  void on(const event::ConnectionLost& loss, const Local& local, Actions& out);
  void on(const event::Received& received, const Local& local, Actions& out);
  void on(const event::Refused& refused, const Local& local, Actions& out);
  void on(const event::LostTransactionsDone&, const Local& local, Actions& out);

  void control(const wire::Control& m, const Local& local, Actions& out);
  void acknowledged(Seqno next, const Local& local, Actions& out);
  bool receive_in_handshake(const Message& message, const Local& local, Actions& out);
  bool receive_in_stream(const Message& message, const Local& local, Actions& out);
  void start_requested(Seqno seqno, std::uint16_t level_max, const Local& local, Actions& out);
  void identified(const Identity& peer, const Local& local, Actions& out);
  void tell_lineage(const Local& local, Actions& out);
  void tell_epoch(const Local& local, Actions& out);
  void tell_mark(const Local& local, Actions& out);
  void tell_held_reign(Seqno next, const Local& local, Actions& out);
  void decide(const Local& local, Actions& out);
  void decide_dual_site(const Local& local, Actions& out);
  void history_answered(const HistoryRecord& remote, const Local& local, Actions& out);
  void ask_history(Actions& out);
  void compare_log(const HistoryRecord& remote, Actions& out) const;
  void no_history(Seqno asked, Actions& out);
  void accept(Seqno from, const Local& local, Actions& out);
  void refuse_as_ahead(const Local& local, Actions& out);
  void tell_resync(Seqno seqno, Actions& out);
  void restart_at(Seqno seqno, const Local& local, Actions& out);
  void drain(Seqno seqno, Actions& out);
  void heartbeat_due(const Local& local, Actions& out);
  void retire_heartbeats(std::uint64_t sent_ms);
  void protocol_error(std::string_view what, Actions& out);
  void stop(Error error, Actions& out);
  void reconnect_after(std::uint64_t delay_ms);
  void back_off();
  void await_reign(Actions& out);
  void send(Message message, Actions& out) const;

  Config config_;
  SourceState state_ = SourceState::Waiting;
  std::uint64_t now_ms_ = 0;
  std::uint64_t wait_until_ms_ = 0;
  bool reign_awaited_ = false;  ///< that is in the log

  ConnectTries tries_;

  std::uint16_t level_ = kLevelMultiSite;
  bool greeted_ = false;  ///< Hello and its reply are done on this connection
  bool fetch_ = false;    ///< the receiver side is a rollback
  bool update_resync_ = false;
  bool ahead_ = false;
  Seqno requested_{1};
  Identity peer_;
  History walked_;  ///< own history as the walk found it
  std::optional<ResyncWalk> walk_;

  Seqno send_next_{1};
  std::optional<HistoryRecord> history_sent_;  ///< the record the stream is in
  bool lost_transactions_told_ = false;
  std::optional<Lineage> lineage_told_;  ///< on this connection
  std::optional<EpochTold> epoch_told_;  ///< likewise; of level kLevelFencing
  std::optional<Seqno> mark_told_;       ///< since the last WillRestartAt; likewise
  Seqno apply_asked_{0};
  std::uint64_t heard_at_ms_ = 0;  ///< in the handshake: when the last message came
  std::uint64_t heartbeat_at_ms_ = 0;
  std::deque<std::uint64_t> unanswered_ms_;
};

}  // namespace hw
