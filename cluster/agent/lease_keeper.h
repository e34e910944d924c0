/// cluster/agent/lease_keeper.h -- the leases of this node's instances, with dcs etcd: the store's client, its watch, a
/// machine for each instance that may be root.
///
/// Without dcs etcd there is none, and every call says so or does nothing.
///
/// Source: operations, section 9; docs/operations/etcd.md.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cluster/agent/dispatcher.h"
#include "cluster/agent/instance_lease.h"
#include "cluster/store/compaction.h"
#include "cluster/store/node_liveness.h"
#include "cluster/store/watch.h"
#include "engine/base/mutex.h"

namespace hw::cluster {

/// Thread: any, where nothing else is said.
class LeaseKeeper {
 public:
  struct Parts {
    std::shared_ptr<LinkLoop> loop;
    LocalSite& site;
    BoardKeeper& board;
    NodeLinks& links;
    Workers& workers;
    HistoryLog& history;
    ServerLog& log;
    std::string notes;
  };
  explicit LeaseKeeper(Parts parts) : parts_(std::move(parts)) {}
  LeaseKeeper(const LeaseKeeper&) = delete;
  LeaseKeeper& operator=(const LeaseKeeper&) = delete;
  /// Not in the link's thread. Nobody asks any more.
  ~LeaseKeeper();

  /// From now on the leases are those of this domain's instances here; what it does not name any more stays until the
  /// agent ends. Null: none yet.
  void follow(const std::shared_ptr<const Domain>& domain);
  /// Each second, and after a probe.
  void look(const std::vector<InstanceFacts>& facts, bool is_coordinator);
  /// Site::lease. Blocks: until it is done, or the deadline. Not in the link's thread.
  Result<LeaseOutcome> ask(const LeaseRequest& request, Deadline deadline);
  /// Site::rebuild_lease. Blocks, likewise.
  Result<LeaseOutcome> rebuild(const std::string& group, Deadline deadline);
  /// Thread: the link's.
  void confirm(const Asked& asked);
  void epochs(const Asked& asked);

  /// Adds what is known of the lease of that instance.
  void fill(InstanceReport& report) const;
  /// The store has answered within the last seconds.
  bool store_answers() const;
  /// What status says: HWEPOCHBACK of a record that has gone, HWLEASEOVER of a root whose updates have stopped.
  std::vector<BoardProblem> problems() const;

 private:
  void follow_in_loop(const std::shared_ptr<const Domain>& domain);
  void add_leases(const std::shared_ptr<const Domain>& domain);
  void key_changed(const std::string& key);
  InstanceLease* find(const std::string& instance);
  void read_nodes();
  Result<lease::EpochAnswer> epochs_of(const Instance& instance, const std::string& group, Deadline deadline);

  const Parts parts_;
  std::atomic<std::uint64_t> answered_ns_ = 0;  ///< by the boot clock
  mutable Mutex mutex_;
  std::map<std::string, LeaseView> views_ HW_GUARDED_BY(mutex_);
  std::shared_ptr<const Domain> domain_ HW_GUARDED_BY(mutex_);  ///< whose leases are kept

  // Of the loop's thread.
  std::shared_ptr<store::StoreClient> client_;
  std::optional<store::StoreKeys> keys_;
  std::vector<std::unique_ptr<InstanceLease>> leases_;
  std::unique_ptr<store::StoreWatch> watch_;
  std::unique_ptr<store::NodeLiveness> liveness_;
  std::unique_ptr<store::LiveNodes> nodes_;
  std::unique_ptr<store::Compaction> compaction_;
  std::string told_;
};

}  // namespace hw::cluster
