/// cluster/site/local_site.h -- the Site of this node: what jobs ask is done here, with the engine's calls and
/// programs.
///
/// What GT.M's commands do is done by `home/bin/mupip`, run by a StepRunner as the owner of the instance's folder:
/// rundown, rollback, starting servers, refresh, gbl apply-lost. What an agent alone does (epoch, stop flag, deadline)
/// is done in this process, with replic/control/fence.h. Positions are read in this process without a lock.
///
/// Servers belong to a Keeper, which this class has: source and receiver servers are daemons that mupip makes, so their
/// starts are steps, and their pids are read from the instance's shared memory.
///
/// Thread: the calls of Site, and `servers`, any thread but the loop's; one at a time for each instance, later ones
/// wait until their deadline. The loop runs meanwhile in a thread of the agent's. Source: operations, sections 3, 4, 9
/// and 10; docs/operations/processes.md.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cluster/config/domain.h"
#include "cluster/jobs/site.h"
#include "cluster/keeper/event_loop.h"
#include "cluster/keeper/keeper.h"
#include "cluster/keeper/process_table.h"
#include "cluster/site/instance_look.h"

namespace hw::cluster {

struct LocalSiteSettings {
  std::string node;
  std::string dir;      ///< the node's folder: run, log, losttn, config are below it
  std::string home;     ///< programs are in home/bin
  std::string release;  ///< the agent's own
  /// The configuration of a generation; 0: of the one that runs, else of the current one. Null when there is none.
  /// Called by any thread.
  std::function<std::shared_ptr<const Domain>(std::uint64_t generation)> domain;
  /// hwd -P, octal digits; empty: as the configuration says.
  std::string umask;
  // Of the keeper, in the loop's thread. They may be empty.
  std::function<void(const ServerView&)> changed;
  std::function<void(const ServerKey&, const Error&)> said;  ///< for the operator log: HWGAVEUP, HWKILLED …
  /// What runs is from now on of that generation; 0: nothing runs. Called by note_generation, after dir/run/generation
  /// is written.
  std::function<void(std::uint64_t)> generation_noted;
  /// The lease of an instance here, with dcs etcd: Site::lease. Empty: none is kept.
  std::function<Result<LeaseOutcome>(const LeaseRequest&, Deadline)> lease;
  std::function<Result<LeaseOutcome>(const std::string& group, Deadline)> rebuild_lease;  ///< likewise
};

class LocalSite final : public Site {
 public:
  /// The loop and the table outlive it. Before the loop runs, or in its thread.
  LocalSite(EventLoop& loop, ProcessTable& table, LocalSiteSettings settings);
  LocalSite(const LocalSite&) = delete;
  LocalSite& operator=(const LocalSite&) = delete;
  /// Servers live on. No call is under way (break_off ends them), and the loop does not run any more.
  ~LocalSite() override;

  /// Takes over what an earlier agent has left in the table: servers are watched again, steps waited for. What has died
  /// meanwhile is down: whether it starts again the board says, where another instance may be root by now. Once, before
  /// the loop runs or in its thread. Errors: those of ProcessTable::load; what could be read is taken over all the
  /// same.
  Status adopt();

  /// Calls that wait return HWREMOTE at once, and so do later ones: the agent ends. What they wait for goes on.
  void break_off();

  // ---- for the lease of an instance (cluster/agent/instance_lease.h) ----

  /// The instance begins the reign `epoch`: its receiver server ends, epoch and history record are on disk. Updates are
  /// left as they are. Done already: success. Errors: those of Site::reign.
  Status promote(const std::string& instance, std::uint64_t epoch, Deadline deadline);
  /// In the pool on return. Without a pool, or while its memory is being removed: nothing. Errors: those of Fence::open
  /// but that it is down. Thread: any; does not wait.
  Status set_lease_deadline(const std::string& instance, std::uint64_t boottime_ns);
  /// Fence's calls of these names; they do not wait for what else is being done to the instance. Errors: those of
  /// Fence; NOJNLPOOL while the memory is being removed.
  Status stop_leased_updates(const std::string& instance, Deadline deadline);
  Status allow_leased_updates(const std::string& instance, Deadline deadline);
  Status leased_updates_on(const std::string& instance, Deadline deadline);
  /// Where the instance is; for its fence. Errors: those of place_of.
  Result<std::string> instance_file(const std::string& instance) const;

  /// All servers that are known, for the board. Takes no look at them.
  std::vector<ServerView> servers() const;
  /// One instance with its source servers and its receiver, for the board. Errors: HWUNSEEN, when it cannot be told
  /// whether it is up; those of place_of and InstanceFile::open.
  Result<InstanceLook> look(const std::string& instance);
  /// An update process that has died while its receiver server lives is started again; else nothing is done. Errors:
  /// those of place_of; what the command says; HWREMOTE at the deadline.
  Status start_update_process(const std::string& instance, Deadline deadline);
  /// The receipts that are kept here, for the board; what is wrong with one that cannot be read is added to `faults`.
  /// Errors: SYSCALL.
  Result<std::vector<Receipt>> receipts(std::vector<Error>& faults) const;

  const std::string& node() const override;
  Result<CheckReport> check(const CheckRequest& request, Deadline deadline) override;
  Result<Position> position(const std::string& instance, Deadline deadline) override;
  Status recover(const std::string& instance, Deadline deadline) override;
  Result<StartOutcome> start(const StartRequest& request, Deadline deadline) override;
  Result<StopOutcome> stop(const ServerRef& server, StopHow how, Deadline deadline) override;
  Status close(const std::string& instance, Deadline deadline) override;
  Status note_generation(std::uint64_t generation, Deadline deadline) override;
  Status reign(const std::string& instance, std::uint64_t epoch, Deadline deadline) override;
  Result<std::uint64_t> stop_updates(const std::string& instance, Deadline deadline) override;
  Status allow_updates(const std::string& instance, Deadline deadline) override;
  Status give_up(const std::string& instance, Deadline deadline) override;
  Status learn_epoch(const std::string& instance, std::uint64_t epoch, Deadline deadline) override;
  Status fence_off(const std::string& instance, Deadline deadline) override;
  Result<LeaseOutcome> lease(const LeaseRequest& request, Deadline deadline) override;
  Result<LeaseOutcome> rebuild_lease(const std::string& group, Deadline deadline) override;
  Status wait_applied(const std::string& instance, std::uint64_t next_seqno, Deadline deadline) override;
  Result<RejoinOutcome> rejoin(const RejoinRequest& request, Deadline deadline) override;
  Status refresh(const RefreshRequest& request, Deadline deadline) override;
  Status put_receipt(const Receipt& receipt, const std::string& lost_text, Deadline deadline) override;
  Result<std::string> receipt_text(const std::string& id, Deadline deadline) override;
  Result<Applied> apply_receipt(const std::string& id, Deadline deadline) override;
  Status complete_receipt(const std::string& id, Deadline deadline) override;
  Result<std::string> lost_text(const std::string& id, Deadline deadline) override;
  Result<std::vector<LostNode>> compare_lost(const std::string& id, Deadline deadline) override;

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace hw::cluster
