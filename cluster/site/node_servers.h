/// cluster/site/node_servers.h -- the servers of a node, for threads that start and stop them and wait for it.
///
/// The keeper lives in the loop; this class keeps what it tells beside it, so that any thread can wait for a change. A
/// launch of an engine server takes long (a recovery may come first), so each is made by a thread of its own.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "cluster/keeper/keeper.h"
#include "cluster/site/engine_launch.h"
#include "cluster/site/server_launch.h"
#include "cluster/site/site_parts.h"

namespace hw::cluster {

/// Thread: any but the loop's, where nothing else is said.
class NodeServers {
 public:
  /// All outlive it. Before the loop runs, or in its thread.
  NodeServers(SiteParts& parts, ProcessTable& table);
  NodeServers(const NodeServers&) = delete;
  NodeServers& operator=(const NodeServers&) = delete;
  /// Servers live on. The loop does not run any more.
  ~NodeServers();

  /// A server that an earlier agent has left. One that does not live any more is not started again: what it left of its
  /// process group is ended. Before the loop runs, or in its thread.
  void adopt(const ProcessRow& row, bool lives);

  /// Starts it and waits until it is READY, or runs. Errors: HWGAVEUP with how it failed last; HWREMOTE at the
  /// deadline; HWREFUSED for a kind that this release cannot start; those of engine_spec, application_spec.
  Result<StartOutcome> start(const StartRequest& request, Deadline deadline);
  /// Stops it and waits until it is down. One that was started by hand is stopped, too. Errors: HWREMOTE at the
  /// deadline.
  Result<StopOutcome> stop(const ServerRef& server, const std::string& instance, StopHow how, Deadline deadline);

  /// The instance has become root in place: what has to be started again is started as a root's.
  void note_root(const std::string& instance);
  /// All that are known.
  std::vector<ServerView> views() const;

 private:
  /// What is known of one server.
  struct Known {
    StartRequest request;
    ServerView view;
    std::uint64_t changes = 0;     ///< of the view
    std::string said;              ///< the last error of the keeper's
    bool killed = false;           ///< since it was asked to stop
    std::shared_ptr<bool> cancel;  ///< of the launch under way
  };
  struct Worker {
    std::thread thread;
    bool ended = false;
  };

  Keeper::Events events();
  void on_changed(const ServerView& view);
  void on_said(const ServerKey& key, const Error& error);
  void on_launch(const ServerKey& key);
  void launch(const ServerKey& key, const StartRequest& request, const std::shared_ptr<bool>& cancel);
  void watch_ready(const StartRequest& request, const ProcessIdentity& process);
  void work(const std::string& what, std::function<void()> run);

  Result<ServerSpec> spec_of(const StartRequest& request);
  /// Takes over a server that runs and that nobody here has started.
  void take_over(const StartRequest& request, const ServerSpec& spec, const EngineSeen& seen);
  Result<StartOutcome> wait_started(const StartRequest& request, std::uint64_t changes, Deadline deadline);
  /// Of those that are not down. Empty: it is not known.
  std::optional<Known> known(const ServerKey& key) const;
  /// What was started by hand is known from here on.
  Status find_by_hand(const StartRequest& request);
  Status end_work(const ServerRef& server, const std::string& instance, Deadline deadline);

  SiteParts& parts_;
  std::map<ServerKey, Known> known_;  ///< changed by waits->change, as are the workers
  std::list<Worker> workers_;
  Keeper keeper_;
};

}  // namespace hw::cluster
