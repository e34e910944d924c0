/// cluster/jobs/site.h -- what the coordinator's jobs ask of one node: the seam between deciding and doing.
///
/// A job (boot, down, switchover …) runs in a thread of its own on the coordinator and knows no process, file or
/// socket: it asks Sites. A node does what it is asked, once at a time for each instance, and says how it ended.
/// LocalSite does it on this node; RemoteSite asks another agent by the verb `site.NAME` and the codec of site_calls.h.
///
/// Every call can be repeated: what is done already is success, and says so where the caller prints it.
/// Blocks: until `deadline`. Errors: HWREMOTE when the node does not answer; those of the engine as they are.
/// Thread: any. Source: operations, sections 4, 9 and 10.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/board/receipt.h"
#include "engine/base/result.h"

namespace hw::cluster {

using Deadline = std::chrono::steady_clock::time_point;

/// What is to be examined before anything starts: `boot --check`.
struct CheckRequest {
  std::uint64_t generation = 0;        ///< that is to run
  std::vector<std::string> instances;  ///< of this node
  std::vector<std::string> servers;    ///< application servers and resources that would start here
};
/// One word of the line `n1: agent ok, generation 3, programs ok, …`.
struct CheckFinding {
  std::string what;            ///< agent, programs, scripts, database, instance file
  std::optional<Error> fault;  ///< none: ok
};
struct CheckReport {
  std::uint64_t running_generation = 0;  ///< 0: nothing runs here
  std::string release;                   ///< of agent and engine programs
  std::vector<CheckFinding> findings;
};

/// How far an instance is, and what it knows of reigns. It is read without a lock; `next_seqno` of an instance that is
/// down is that of its instance file.
struct Position {
  BoardRole role = BoardRole::Down;  ///< Root: its updates are on, be they stopped. A root before its reign: Secondary
  bool up = false;                   ///< it has a journal pool
  bool clean = false;                ///< down, and closed cleanly
  bool accepting = false;            ///< updates are on and not stopped
  bool fence_required = false;
  std::uint64_t known_epoch = 0;  ///< highest in the instance file
  std::uint64_t pool_epoch = 0;   ///< of the reign here; 0: none
  std::uint64_t next_seqno = 0;
  std::uint64_t received_seqno = 0;
  std::uint64_t last_commit_us = 0;
  bool has_history = false;  ///< false: -updateresync is needed at its first connection
  bool frozen = false;
  std::uint64_t bytes_free = 0;  ///< where its databases are
  std::string last_root;         ///< of the last history record; empty: none
  std::uint64_t last_epoch = 0;  ///< of that record's reign; 0: none, or not known
};

/// One server to start or to stop, by its name on the board.
struct ServerRef {
  ServerKind kind = ServerKind::Application;
  std::string name;  ///< source:B, receiver:A, gateway:gwA, report
  std::string group;
  std::uint32_t copy = 1;
};
struct StartRequest {
  ServerRef server;
  std::string instance;        ///< whose server it is
  bool as_root = false;        ///< source servers: of a root (updates allowed once it reigns) or of a propagating one
  bool passive = false;        ///< source servers: makes the pool, waits to be activated
  bool update_resync = false;  ///< receiver: of an instance that has no history
  std::string options;         ///< boot -o
  bool wait_ready = true;      ///< false: started is enough (boot -d 0)
};
struct StartOutcome {
  std::uint32_t pid = 0;
  bool already_up = false;
};
enum class StopHow : std::uint8_t { WorkFirst, AtOnce };
struct StopOutcome {
  std::uint32_t pid = 0;
  bool already_down = false;
  bool killed = false;  ///< HWKILLED
};

/// Takes back what the new root may not have, and becomes its secondary.
struct RejoinRequest {
  std::string instance;
  std::string new_root;
  std::string receipt;  ///< id, under which the lost transactions are kept; empty: none is expected
};
struct RejoinOutcome {
  std::uint64_t count = 0;  ///< lost transactions
  std::uint64_t first = 0;  ///< seqnos; 0: none
  std::uint64_t last = 0;
  std::string lost_text;  ///< the lost-transaction file, when it was made: receipts are kept at the new root's node
};

struct RefreshRequest {
  std::string instance;
  std::string from;  ///< instance that sends
  bool discard = false;
};

/// What an instance's lease machine is asked for, with dcs etcd (cluster/lease/machine.h).
enum class LeaseWish : std::uint8_t {
  Boot,      ///< it is booted, and to be root if the record lets it
  Failover,  ///< it is to take the lease
  Await,     ///< it is about to become root: the lease was released to it
  Release,   ///< its reign is to end when `to` has everything, and `to` to take
  Down       ///< the group is to have no root
};
struct LeaseRequest {
  LeaseWish wish = LeaseWish::Boot;
  std::string instance;
  std::string to;           ///< Release: whom
  bool none_known = false;  ///< Boot: all instances have answered, and none knows a reign
  bool force = false;       ///< Failover: the record is taken back first, and the lease's end waited for
  bool confirmed = false;   ///< Failover, of one that is no candidate: an operator says that the old root does not run
};
struct LeaseOutcome {
  std::uint64_t epoch = 0;  ///< of the reign that has begun, or has ended
};

class Site {
 public:
  virtual ~Site() = default;
  virtual const std::string& node() const = 0;

  /// What would keep the request's servers from starting here. Nothing is changed.
  virtual Result<CheckReport> check(const CheckRequest& request, Deadline deadline) = 0;
  /// Errors: HWUNSEEN when it cannot be told whether it is up; it is not down then.
  virtual Result<Position> position(const std::string& instance, Deadline deadline) = 0;

  /// Boot's step 1: rundown, and rollback where it was not closed cleanly. The instance is down on return, and
  /// Fence Required is set. At the deadline it goes on all the same: asked again, it is waited for.
  /// Errors: HWINUSE when it is up.
  virtual Status recover(const std::string& instance, Deadline deadline) = 0;
  /// Returns when it is READY: a source server lives in its mode, a receiver server listens and its update process
  /// runs. A source server makes the instance's memory, so one comes before the receiver. Where the instance
  /// is up as a root its source servers are a root's, whatever `as_root` says. A passive one that runs and is to be
  /// active is activated. Of an instance that crashed it is recovered first. Errors: HWGAVEUP when it failed
  /// as often as it may, with the reason; HWREMOTE at the deadline, and it goes on; HWREFUSED for gateways, handlers
  /// and resources, which this release cannot start.
  virtual Result<StartOutcome> start(const StartRequest& request, Deadline deadline) = 0;
  /// WorkFirst: a source server whose secondary is connected sends what is there, for at most stop_s.
  virtual Result<StopOutcome> stop(const ServerRef& server, StopHow how, Deadline deadline) = 0;
  /// Down's last step: rundown, proof that no shared memory is left: HWIPCLEFT (a warning) names the processes that
  /// have it. The instance's servers are down.
  virtual Status close(const std::string& instance, Deadline deadline) = 0;
  /// Configuration that runs from now on is that of `generation`; 0: nothing runs any more.
  virtual Status note_generation(std::uint64_t generation, Deadline deadline) = 0;

  /// The instance, which is up, begins the reign `epoch` and accepts updates: epoch and history record are on disk
  /// first. Done already: success. Its deadline is without end (dcs manual). Its receiver server, if one runs, is
  /// stopped first; source servers and readers stay. Errors: NOJNLPOOL, REPLREQROLLBACK when it is down; HWEPOCHOLD
  /// when it knows a higher epoch, HWEPOCHCLASH when that epoch was another's; HWINUSE when its updates are on in
  /// another reign: stop them first.
  virtual Status reign(const std::string& instance, std::uint64_t epoch, Deadline deadline) = 0;
  /// Root: no transaction takes a seqno any more; returns the next one.
  virtual Result<std::uint64_t> stop_updates(const std::string& instance, Deadline deadline) = 0;
  /// Takes the stop flag off. Errors: HWFENCED when its reign was given up, or there is none: then `reign`.
  virtual Status allow_updates(const std::string& instance, Deadline deadline) = 0;
  /// Former root: updates are stopped, and what it may still acknowledge ends here (deadline 0). Of one that is down:
  /// success.
  virtual Status give_up(const std::string& instance, Deadline deadline) = 0;
  /// Durable on return. A lower one changes nothing.
  virtual Status learn_epoch(const std::string& instance, std::uint64_t epoch, Deadline deadline) = 0;
  virtual Status fence_off(const std::string& instance, Deadline deadline) = 0;
  /// With dcs etcd: who is root, only the lease machine of an instance changes; `reign` and `allow_updates` are refused
  /// then. Returns when it is so: the instance takes updates; it has ended its reign. Errors: what the machine says
  /// why not (HWLEASEVALID, HWNOCAND, HWFAILSAFE, HWSWITCHBACK, HWEPOCHBACK …); HWFENCED at the deadline: it has not
  /// become root, and may yet; HWREMOTE at the deadline: the store did not confirm the end; HWREFUSED: no lease is kept
  /// here.
  virtual Result<LeaseOutcome> lease(const LeaseRequest& request, Deadline /*deadline*/) {
    return make_error<MsgId::HWREFUSED>("lease of " + request.instance, "none is kept at this node");
  }
  /// `config epoch-base`, at the coordinator's own node: the group's record, which the store does not have, is put anew
  /// from what all agents of the group say. Returns its epoch. Errors: HWREFUSED: there is one, or none is kept here;
  /// HWREMOTE: an agent did not answer, or a take of its instance is of unknown end; nothing is put then.
  virtual Result<LeaseOutcome> rebuild_lease(const std::string& group, Deadline /*deadline*/) {
    return make_error<MsgId::HWREFUSED>("record of " + group, "no leases are kept at this node");
  }
  /// Secondary: has applied everything below `next_seqno`. Error at the deadline: HWREMOTE says how far it is.
  virtual Status wait_applied(const std::string& instance, std::uint64_t next_seqno, Deadline deadline) = 0;

  /// The instance is down before (HWINUSE) and after. The new root's active source server for it must run: it is waited
  /// for until the deadline. Asked again before the instance is fed again, it gives the same. Errors: HWNEEDREFRESH
  /// when its journals do not reach back to where the two part.
  virtual Result<RejoinOutcome> rejoin(const RejoinRequest& request, Deadline deadline) = 0;
  /// From the refresh_port of `from`, which one of its source servers has open. The instance is down before (HWINUSE)
  /// and after; it has a history then, so that its receiver needs no update_resync.
  virtual Status refresh(const RefreshRequest& request, Deadline deadline) = 0;

  // Receipts of lost transactions, in losttn/ of the new root's node (receipt_file.h).
  /// A receipt, new or changed. With a text: that is kept, and says which transactions there are; without: they stay.
  virtual Status put_receipt(const Receipt& receipt, const std::string& lost_text, Deadline deadline) = 0;
  /// The bytes of losttn/ID.json, for decode_receipt. Errors, of the next ones too: HWREFUSED when there is none.
  virtual Result<std::string> receipt_text(const std::string& id, Deadline deadline) = 0;
  /// `losttn apply`, at the root. The count of transactions applied, now or before, and of conflicts; the receipt's
  /// state is changed. Errors: HWREFUSED when the instance that lost them has not talked to this one since it took
  /// over.
  struct Applied {
    std::uint64_t applied = 0;
    std::uint64_t conflicts = 0;
  };
  virtual Result<Applied> apply_receipt(const std::string& id, Deadline deadline) = 0;
  /// -losttncomplete at the root, and the receipt's state. Whether all are applied is for the caller to know.
  virtual Status complete_receipt(const std::string& id, Deadline deadline) = 0;
  /// The lost-transaction file of a receipt, to be put at another node. Empty: nothing was lost, or it is not
  /// collected.
  virtual Result<std::string> lost_text(const std::string& id, Deadline /*deadline*/) {
    return make_error<MsgId::HWREFUSED>("The lost-transaction file of " + id, "this node does not send it");
  }
  /// `losttn diff`: what was lost beside what the root here has.
  virtual Result<std::vector<LostNode>> compare_lost(const std::string& id, Deadline /*deadline*/) {
    return make_error<MsgId::HWREFUSED>("losttn diff " + id, "this node does not compare");
  }
};

class Sites {
 public:
  virtual ~Sites() = default;
  /// Of that node; it stays while the job runs. Errors: HWREMOTE when it is not heard; HWCFGBAD: no such node.
  virtual Result<Site*> at(std::string_view node) = 0;
};

}  // namespace hw::cluster
