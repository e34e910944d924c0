/// cluster/lease/machine.h -- whether this member of a group is root, and how it becomes so or ceases to be: no clock,
/// no socket, no file, no thread.
///
/// One machine lives as long as the agent, one for each instance of a group (kind files: one for each node). It is told
/// events with the time on the agent's clock, and says what to do. States, rows and the reason why there are never two
/// roots are in docs/operations/lease.md; keep both in step.
///
/// The clock is CLOCK_BOOTTIME. It is read after the event has arrived, and before any action of the step begins: then
/// a silence never begins too early, and a deadline never too late.
///
/// Source: operations, section 9.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cluster/lease/actions.h"
#include "cluster/lease/events.h"
#include "cluster/lease/record.h"
#include "cluster/lease/rules.h"

namespace hw::cluster::lease {

enum class State : std::uint8_t {
  Start,     ///< the agent has started over a note or over a root's pool, and has not read the record yet
  Follow,    ///< another is root, or nobody
  Ripe,      ///< the lease is about to end: is it mine to take?
  Take,      ///< a take is under way, or of unknown end
  Promote,   ///< took it; the instance is being made root
  Root,      ///< root by the store
  Failsafe,  ///< root without store, by rounds of confirmation
  Fenced,    ///< the deadline has passed; updates are stopped
  Drain,     ///< updates are stopped until the next root has all
  Handover   ///< the lease was released, or is being
};
const char* name_of(State state);

enum class Kind : std::uint8_t { Role, Files };

struct Member {
  std::string name;
  int priority = 0;
};

inline constexpr std::uint64_t kSecondNs = 1'000'000'000;

struct Config {
  std::string group;            ///< for messages
  std::string self;             ///< name of this member
  std::vector<Member> members;  ///< of the group, this one too, in the order of the configuration
  Kind kind = Kind::Role;
  bool failover = true;        ///< may take without an operator
  std::int64_t max_loss = -1;  ///< transactions that an automatic takeover may lose; -1: any
  std::uint64_t ttl_ns = 3 * kSecondNs;
  std::uint64_t margin_ns = kSecondNs / 2;
  std::uint64_t renew_ns = kSecondNs;
  std::uint64_t retry_ns = kSecondNs / 2;  ///< a request without answer for so long is made again
  std::uint64_t drain_ns = 30 * kSecondNs;
};

/// What the agent knows at the moment of a step. `candidates` outlives the step only.
struct Local {
  std::uint64_t seqno = 0;  ///< next one of this instance; for a secondary what it has received
  /// The instance is up (kind files: may be), is wanted, and can be made root.
  bool ready = false;
  /// Whom this member would name as candidates if it were root, itself left out: near enough, and heard.
  const std::vector<std::string>& candidates;
};

/// For `config epoch-base`: what an agent says of one group (cluster/lease/epoch_base.h).
struct EpochAnswer {
  std::string member;
  std::uint64_t known_epoch = 0;  ///< highest
  std::uint64_t own_epoch = 0;    ///< of the reign here, 0: none
  std::uint64_t last_epoch = 0;   ///< of the last reign that it began, over or not; 0: none
  bool undecided = false;         ///< a take of unknown end: nothing may be put
  std::uint64_t base = 0;
  std::uint64_t seqno = 0;
  std::vector<std::string> lists;  ///< own_epoch: all candidates that it has named and that may take
};

class Machine {
 public:
  /// Checked by cluster/config (HWLEASEMATH): renew + 2 retry <= ttl - margin, (ttl - margin) / ttl <= (1 - e) / (1 +
  /// e).
  explicit Machine(Config config, Rules rules = {});
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  /// Consumes one event, returns what the agent must do, in order. The first event is Start. `now_ns` never goes back.
  /// Never blocks.
  std::vector<Action> step(std::uint64_t now_ns, const Event& event, const Local& local);

  /// When the next Tick is needed at the latest; all ones when none is.
  std::uint64_t wake_ns() const;

  State state() const { return state_; }
  /// Highest epoch that this member knows of.
  std::uint64_t known_epoch() const { return known_epoch_; }
  /// Of the reign here, in Promote, the root kinds, Drain and Handover; else 0.
  std::uint64_t own_epoch() const { return reign_ ? reign_->epoch : 0; }
  /// Until when, by this clock, the pool was told to accept; 0: not.
  std::uint64_t deadline_ns() const { return deadline_ns_; }
  /// As last read; none: never, or there was none.
  const std::optional<Stored>& record() const { return record_; }
  /// There was a record, and the store has none: HWEPOCHBACK in status, until `config epoch-base`.
  bool record_gone() const { return record_gone_; }
  /// How long the lease of the record's holder may be valid by this clock, at the most. 0: it is over.
  std::uint64_t lease_left_ns(std::uint64_t now_ns) const;
  /// What this agent says to `config epoch-base`. From then on answers to earlier requests are dropped: they may be of
  /// the store that has lost its memory.
  EpochAnswer answer_epoch(std::uint64_t seqno);

 private:
  using Actions = std::vector<Action>;
  /// What a step has at hand.
  struct Turn {
    const Local& local;
    Actions& out;
  };
  enum class PutKind : std::uint8_t { Renewal, Release, Close, ForceDown };
  /// A put of the record, until its answer is noted or cannot be any more.
  struct SentPut {
    RequestId request = 0;
    std::uint64_t sent_ns = 0;
    PutKind kind = PutKind::Renewal;
    Record record;
    Serial expected;
  };
  /// Reads of the record while there is no reign here.
  struct Reading {
    bool under_way = false;
    bool again = false;  ///< something changed since it was sent
    std::uint64_t sent_ns = 0;
  };
  struct Starting {
    bool note = false;
    RequestId try_request = 0;  ///< 0: the try key is done
    std::uint64_t sent_ns = 0;
    std::uint64_t pool_epoch = 0;
    std::uint64_t pool_deadline_ns = 0;
    bool pool_updates_on = false;
  };
  /// What an operator asked for, until it is done or the record makes it pointless.
  struct Wishes {
    bool boot = false;
    bool none_known = false;
    bool failover = false;
    bool force = false;
    bool confirmed = false;
    bool down = false;
  };
  /// Ripe: the candidate that is nearest to the old root.
  struct Asking {
    RequestId query = 0;
    std::uint64_t asked_ns = 0;
    bool released = false;
    bool read_answered = false;
    std::size_t asked_count = 0;
    std::vector<event::Position> positions;
  };
  enum class TakeStep : std::uint8_t { TryFirst, Put, TryVoid, Read };
  struct Taking {
    TakeStep step = TakeStep::TryFirst;
    RequestId request = 0;      ///< of the step
    std::uint64_t sent_ns = 0;  ///< of the step
    Serial try_serial;
    RequestId put_request = 0;
    std::uint64_t put_sent_ns = 0;
    Record record;
  };
  struct Round {
    RoundId id;
    std::uint64_t sent_ns = 0;
    std::vector<std::string> missing;
  };
  struct Reign {
    std::uint64_t epoch = 0;
    RequestId promotion = 0;            ///< the last one
    std::vector<std::string> list;      ///< of the last put sent
    std::vector<std::string> confirms;  ///< who must say yes: all lists that may be in force
    std::uint64_t due_ns = 0;           ///< of the next request
    std::uint64_t sent_ns = 0;          ///< of the last one
    bool waiting = false;               ///< for its answer
    bool reading = false;               ///< the record is not what was put last: reads until that is cleared up
    bool rounds = false;                ///< allowed
    bool failsafe_told = false;
    bool pool_anew = false;  ///< the pool does not know of this reign
    std::optional<Round> round;
  };
  /// A put that ends a reign is under way.
  struct Closing {
    RecordState state = RecordState::Down;
    std::uint64_t epoch = 0;
    std::vector<std::string> candidates;
  };
  struct Draining {
    RequestId drain = 0;
    std::string to;
    bool move = false;
    bool applied = false;
    bool migrate = false;
    std::uint64_t since_ns = 0;
  };

  // machine.cc
  void invariants(State before) const;
  void due(Turn& turn);
  bool has_reign() const;
  Serial new_serial() { return {run_, next_number_++}; }
  bool is_late(RequestId request) const { return rules_.late_answers_dropped && request < fresh_from_; }
  void report(Turn& turn, Error error) const { turn.out.push_back(action::Report{std::move(error)}); }
  void learn(std::uint64_t epoch);
  void keep_epoch(Turn& turn);
  void keep_before(Turn& turn) {
    if (known_epoch_ > kept_epoch_) keep_epoch(turn);
  }
  void disk_last(Turn& turn);
  bool note(Stored stored);
  void note_gone(Turn& turn);
  void send_read(Turn& turn, bool other_endpoint);
  RequestId send_put(Record record, PutKind kind, Turn& turn, bool other_endpoint);
  std::optional<SentPut> take_put(RequestId request);
  void set_deadline(std::uint64_t deadline_ns, Turn& turn);
  std::uint64_t deadline_of(std::uint64_t sent_ns) const;
  bool is_mine_and_held(const Stored& stored) const;
  bool is_candidate() const;
  std::uint64_t silence_ns() const { return now_ns_ - silence_from_ns_; }

  void on(const event::Start& start, Turn& turn);
  void on(const event::Tick&, Turn&) {}
  void on(const event::Changed&, Turn& turn);
  void on(const event::RecordRead& read, Turn& turn);
  void on(const event::RecordPut& put, Turn& turn);
  void on(const event::TryPut& put, Turn& turn);
  void on(const event::ConfirmAsked& asked, Turn& turn);
  void on(const event::ConfirmAnswered& answer, Turn& turn);
  void on(const event::Position& position, Turn& turn);
  void on(const event::EpochHeard& heard, Turn& turn);
  void on(const event::Promoted& promoted, Turn& turn);
  void on(const event::PromoteFailed& failed, Turn& turn);
  void on(const event::Committed& committed, Turn& turn);
  void on(const event::Applied& applied, Turn& turn);
  void on(const event::PoolAnew&, Turn& turn);
  void on(const event::GaveUp&, Turn& turn);
  void on(const event::DiskFailed&, Turn& turn);
  void on(const event::Boot& boot, Turn& turn);
  void on(const event::Failover& failover, Turn& turn);
  void on(const event::Down&, Turn& turn);
  void on(const event::Release& release, Turn& turn);
  void on(const event::Migrate&, Turn& turn);
  void on(const event::Cancel&, Turn& turn);
  void on(const event::Pause& pause, Turn& turn);
  void on(const event::Resume&, Turn& turn);

  // follow.cc: Follow and Ripe
  void follow_due(Turn& turn);
  void poll(Turn& turn);
  void not_ripe();
  void follow_read(const event::RecordRead& read, Turn& turn);
  void follow_put(const SentPut& put, const event::RecordPut& answer, Turn& turn);
  void follow_holder(Turn& turn);
  void review_failover(Turn& turn);
  bool take_as_wished(Turn& turn);
  bool may_be_ripe(const Turn& turn) const;
  void become_ripe(bool released, Turn& turn);
  void ripe_due(Turn& turn);
  std::uint64_t ripe_from_ns() const;
  bool is_best(std::uint64_t seqno) const;
  bool loses_too_much(Turn& turn);
  bool may_confirm(std::uint64_t epoch) const;
  void report_lease_valid(Turn& turn) const;
  void report_no_candidate(Turn& turn) const;
  void follow_wake(std::uint64_t& wake) const;

  // take.cc: Start and Take
  void start_due(Turn& turn);
  void start_read(const event::RecordRead& read, Turn& turn);
  void resume_reign(Turn& turn);
  void begin_take(Turn& turn);
  void send_try(Turn& turn, bool other_endpoint);
  void send_take(const std::optional<TryMark>& mark, Turn& turn);
  void take_due(Turn& turn);
  void take_read(const event::RecordRead& read, Turn& turn);
  void take_done(std::uint64_t revision, std::string value, Turn& turn);
  void take_lost(Turn& turn);

  // reign.cc: Promote, the root kinds, and what Drain and Handover have in common with them
  void reign_due(Turn& turn);
  void send_renewal(Turn& turn, bool other_endpoint);
  void put_done(SentPut put, const event::RecordPut& answer, Turn& turn);
  void put_refused(const SentPut& put, Turn& turn);
  void reign_read(const event::RecordRead& read, Turn& turn);
  void unanswered(Turn& turn);
  void begin_round(Turn& turn);
  void round_done(Turn& turn);
  void tell_failsafe(const std::string& member, Turn& turn);
  void fence(Turn& turn);
  bool is_promotion(RequestId promotion) const { return state_ == State::Promote && reign_->promotion == promotion; }
  void promote(Turn& turn);
  void lost_to_record(Turn& turn);
  void end_reign();

  // release.cc: Drain, Handover, down
  void drain_due(Turn& turn);
  void switch_back(Turn& turn);
  void tell_switch_back(Turn& turn) const;
  void hand_over(Turn& turn);
  void close(RecordState state, std::vector<std::string> candidates, Turn& turn);

  Config config_;
  Rules rules_;
  State state_ = State::Start;
  std::uint64_t now_ns_ = 0;
  std::uint64_t run_ = 0;
  std::uint64_t next_number_ = 1;  ///< of requests, serials, rounds: rises in the order of sending
  RequestId fresh_from_ = 0;       ///< answers to requests below were overtaken by the one last noted

  std::uint64_t known_epoch_ = 0;
  std::uint64_t kept_epoch_ = 0;    ///< of it, on disk
  std::uint64_t keep_from_ns_ = 0;  ///< the disk failed: not tried again before
  bool note_over_ = false;          ///< the note goes at the end of this step
  std::uint64_t last_epoch_ = 0;    ///< of the last reign here
  std::optional<Stored> record_;
  bool record_gone_ = false;
  bool record_read_ = false;           ///< at least once since the start
  bool record_stale_ = false;          ///< a put of this member was refused, and the record not read since
  std::uint64_t silence_from_ns_ = 0;  ///< record seen to change, start, yes said
  std::uint64_t seen_ns_ = 0;          ///< record seen to change
  std::uint64_t deadline_ns_ = 0;      ///< as the pool was told
  std::uint64_t no_take_until_ns_ = 0;
  std::uint64_t paused_until_ns_ = 0;
  bool was_root_ = false;      ///< and has not begun to follow since
  bool take_unknown_ = false;  ///< the note stays: a take of this member is void, and may have been done before
  std::uint64_t followed_epoch_ = 0;
  std::uint64_t loss_told_epoch_ = 0;

  std::vector<SentPut> puts_;
  Reading reading_;
  std::uint64_t poll_ns_ = 0;
  Wishes wishes_;
  std::optional<Starting> starting_;
  std::optional<Asking> asking_;
  std::optional<Taking> taking_;
  std::optional<Reign> reign_;
  std::optional<Draining> draining_;
  std::optional<Closing> closing_;
};

}  // namespace hw::cluster::lease
