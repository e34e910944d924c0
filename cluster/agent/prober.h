/// cluster/agent/prober.h -- looks at this node's instances and servers each probe_s, and writes the node's report.
///
/// Source: operations, section 5.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "cluster/agent/board_keeper.h"
#include "cluster/agent/instance_facts.h"
#include "cluster/config/domain.h"
#include "cluster/keeper/keeper.h"
#include "engine/base/mutex.h"

namespace hw::cluster {

/// What a report has beside instances and servers.
struct AgentFacts {
  std::string release;
  std::uint64_t running_generation = 0;
  std::uint64_t requests = 0;
  std::optional<std::uint64_t> coordinator_requests;  ///< none: it is not the coordinator
  std::string coordinator_service;
  std::vector<BoardProblem> problems;
};

/// What a server of this node is, by its name as in the Server column.
ServerKind server_kind(const std::string& name, const Domain& domain);

class Prober {
 public:
  struct Sources {
    std::function<std::shared_ptr<const Domain>()> domain;  ///< of what runs here; null: none
    std::function<std::vector<ServerView>()> servers;       ///< blocks a turn of the loop
    std::function<Result<InstanceLook>(const std::string& instance)> look;
    std::function<AgentFacts()> agent;
    std::string receipts;  ///< folder losttn
    /// Adds what is known of the instance's lease. Empty: none is kept.
    std::function<void(InstanceReport&)> lease;
    /// A probe has ended, and found this. May be empty.
    std::function<void(const std::vector<InstanceFacts>&)> probed;
  };
  /// The board outlives it.
  Prober(BoardKeeper& board, Sources sources) : board_(board), sources_(std::move(sources)) {}

  /// What it tells was so after the call. Blocks: reads the instance files, looks at shared memory, and as long as a
  /// probe that is under way. Thread: any but the loop's.
  void probe();
  /// Of the last probe. Thread: any.
  std::vector<InstanceFacts> instances() const;

 private:
  /// Transactions of a server at a probe, and since when they are so many.
  struct Count {
    std::uint64_t transactions = 0;
    std::chrono::steady_clock::time_point since;
  };
  std::vector<InstanceFacts> look_at_instances(const Domain& domain, std::vector<BoardProblem>& problems) const;
  /// Whether one at which no look can be taken is none yet, and so down. Whatever else is wrong with its files, its
  /// processes may be at work.
  bool is_not_made(const Error& why, const Instance& instance, const Domain& domain) const;
  ServerReport report_of(const ServerView& view, const Domain& domain);
  bool is_idle(const ServerKey& key, std::uint64_t transactions) HW_REQUIRES(probing_);
  const std::vector<Receipt>& receipts() HW_REQUIRES(probing_);
  void add_server_problem(const ServerView& view, std::vector<BoardProblem>& problems) const;

  BoardKeeper& board_;
  const Sources sources_;
  mutable Mutex mutex_;
  std::vector<InstanceFacts> instances_ HW_GUARDED_BY(mutex_);
  Mutex probing_;  ///< taken before mutex_
  std::map<ServerKey, Count> counts_ HW_GUARDED_BY(probing_);
  std::filesystem::file_time_type receipts_of_ HW_GUARDED_BY(probing_);  ///< mtime of the folder that was read
  std::vector<Receipt> receipts_ HW_GUARDED_BY(probing_);
};

}  // namespace hw::cluster
