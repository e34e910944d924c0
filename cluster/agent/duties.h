/// cluster/agent/duties.h -- what an agent does by itself, second by second: heartbeats, the coordinator's care for the
/// board, generations for nodes that lack them, its own start, a root that may go on, looking at what is.
///
/// Source: operations, sections 2, 3, 6 and 9.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cluster/agent/command_service.h"
#include "cluster/agent/config_nodes.h"
#include "cluster/agent/coordinator_seat.h"
#include "cluster/agent/former_root.h"
#include "cluster/agent/heartbeat.h"
#include "cluster/agent/history_log.h"
#include "cluster/agent/master_service.h"
#include "cluster/agent/node_config.h"
#include "cluster/agent/own_start.h"
#include "cluster/agent/prober.h"
#include "cluster/agent/workers.h"
#include "cluster/jobs/site.h"
#include "engine/base/mutex.h"
#include "replic/process/server_log.h"

namespace hw::cluster {

/// Thread: the loop's, unless it says otherwise. What waits is given to workers, each kind once at a time.
class Duties {
 public:
  struct Parts {
    BoardKeeper& board;
    NodeConfig& config;
    CoordinatorSeat& coordinator;
    Heartbeat& heartbeat;
    CommandService& commands;
    MasterService& masters;
    ConfigNodes& config_nodes;
    Prober& prober;
    Site& site;
    HistoryLog& history;
    Workers& workers;
    ServerLog& log;
    std::function<std::vector<ServerView>()> servers;  ///< of this node; blocks a turn of the loop
    std::function<Status(const std::string& instance)> ask_rejoin;
    std::function<Status(const std::string& group)> end_change;  ///< of the coordinator's own
    /// With dcs etcd: the lease store has answered lately.
    std::function<bool()> store_answers;
    /// Of an instance at another node, asked now.
    std::function<Result<Position>(const std::string& node, const std::string& instance)> ask_position;
    bool passive = false;
  };
  explicit Duties(Parts parts);

  /// Each second.
  void beat(std::chrono::steady_clock::time_point now);
  /// Another agent's message; its parts are merged.
  void heard(const HeartbeatMessage& message, const BoardChange& change);
  void silent(const std::string& node);
  /// Looks at the node, when the last look has ended.
  void probe();
  /// The same, here and now. Thread: any but the loop's.
  void probe_now();

  /// What status says beside the servers. Thread: any.
  std::vector<BoardProblem> problems() const;

 private:
  /// Once at a time: no second one is begun while one is under way.
  struct Once {
    std::atomic<bool> under_way = false;
  };
  bool may_probe() const;
  void in_worker(Once& once, std::function<void()> work);
  void report(const Status& status);
  void tend_orders();
  void prefer_first(std::chrono::steady_clock::time_point now);
  void bring_up(const std::string& node, std::uint64_t has);
  void own_start();
  void run_own_start();
  OwnStartDoing doing();
  void look_at_roots();
  void look_at_former_roots(const Domain& domain, const Board& board, std::vector<BoardProblem>& found);
  void look_at_overtaken(const Domain& domain, const Board& board);
  void make_step_down(const Overtaken& overtaken);
  void take_lost_seat();
  void look_at_changes(const Domain& domain, const Board& board);
  void let_go_on(const Domain& domain, const Board& board, FormerRoot former, std::vector<BoardProblem>& found);
  void tell_once(const std::string& about, const Error& error);

  const Parts parts_;
  Once tending_, probing_, saving_, starting_, bringing_, taking_back_, rejoining_, ending_change_;
  unsigned beats_ = 0;
  std::atomic<bool> started_ = false;  ///< its own start is done
  std::atomic<bool> looked_ = false;   ///< what is not wanted has ended: from here on what runs is told
  std::atomic<bool> waits_for_root_ = false;
  std::vector<OwnStartPlan::OwnServer> after_root_;  ///< of who holds starting_
  std::uint64_t newest_generation_ = 0;              ///< that was heard of
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::optional<std::chrono::steady_clock::time_point> may_take_back_since_;
  std::map<std::string, std::string> differs_;  ///< node, and whom it takes for coordinator, as was said
  std::map<std::string, std::string> told_;     ///< of who holds tending_: what was said last of what
  std::map<std::string, std::chrono::steady_clock::time_point> rejoin_at_;  ///< of who holds tending_
  std::map<std::string, std::chrono::steady_clock::time_point> end_at_;     ///< of who holds tending_
  mutable Mutex mutex_;
  std::vector<BoardProblem> problems_ HW_GUARDED_BY(mutex_);
};

}  // namespace hw::cluster
