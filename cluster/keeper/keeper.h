/// cluster/keeper/keeper.h -- starts, watches, starts again and stops the servers of a node; they outlive it.
///
/// Each server is a ServerMachine; this class has its process, its readiness, its row in the process table. It never
/// waits: what takes time is told by Events, from the loop's thread and never from inside a call. A thread of the agent
/// that wants something posts it:
///
///     loop.post([&keeper, spec] { keeper.start(spec); });
///
/// A server that makes itself a daemon (`mupip replicate -source -start`) is launched by the agent: Events::launch asks
/// for it, the agent runs the steps (StepRunner), finds the pid in the instance's status and calls launched(). From
/// then on it is like any other. After the agent's own death the next one reads found(), and adopts each by the
/// server's new ServerSpec.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cluster/keeper/environment.h"
#include "cluster/keeper/event_loop.h"
#include "cluster/keeper/process.h"
#include "cluster/keeper/process_table.h"
#include "cluster/keeper/readiness.h"
#include "cluster/keeper/run_as.h"
#include "cluster/keeper/server_key.h"
#include "cluster/keeper/server_machine.h"

namespace hw::cluster {

struct ServerSpec {
  ServerKey key;
  ServerMachine::Config rules;
  std::vector<std::string> port_addresses;  ///< ReadyRule::Port: numbers of this host's addresses
  std::uint16_t port = 0;
  bool agent_launches = false;  ///< by Events::launch; `what` is not read
  ProgramSpec what;
};

/// What the board shows.
struct ServerView {
  ServerKey key;
  ServerState state = ServerState::Down;
  std::uint32_t pid = 0;  ///< 0: no process
  std::uint32_t restarts = 0;
  std::uint64_t since_us = 0;  ///< since when it is in `state`, microseconds since 1970
  std::string failure;         ///< of the last start that failed, or how it last ended unasked; empty: none
};

/// Thread: the loop's.
class Keeper {
 public:
  struct Options {
    std::string run_folder;  ///< dir/run: the process table and what servers write when they are READY
    std::string log_folder;  ///< dir/log: what servers print, NAME.out and NAME.err
  };
  struct Events {
    std::function<void(const ServerView&)> changed;
    /// HWGAVEUP, HWKILLED, and what else went wrong.
    std::function<void(const ServerKey&, const Error&)> said;
    /// Of servers that the agent launches: do so, and call launched() or not_launched(); or break it off.
    std::function<void(const ServerKey&)> launch;
    std::function<void(const ServerKey&)> cancel_launch;
    /// Of servers that can be asked to end their work: do so, and call work_ended().
    std::function<void(const ServerKey&)> end_work;
  };

  /// The table and the loop outlive it.
  Keeper(EventLoop& loop, ProcessTable& table, Options options, Events events);
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;
  /// Servers live on, and their rows stay.
  ~Keeper();

  /// Starts it unless it is up, or on its way; one that stops starts again afterwards. The new spec counts from the
  /// next launch on. One that has Failed begins again.
  void start(const ServerSpec& spec);
  /// A process that runs already: `found` is what ProcessTable::load told, or a row that the caller makes. One that has
  /// died is treated as if it had died now: started again, if its rules say so.
  void adopt(const ServerSpec& spec, const ProcessRow& found);
  /// Nothing when there is no such server.
  void stop(const ServerKey& key, StopMode mode);
  /// Forgets a server that is Down or Failed; nothing when it is not.
  void forget(const ServerKey& key);

  /// Answers to Events. One that comes late, or for nothing, is ignored. identity_of makes the process's
  /// identity out of its pid.
  void launched(const ServerKey& key, const ProcessIdentity& identity);
  void not_launched(const ServerKey& key, const Error& why);
  void work_ended(const ServerKey& key);
  /// A server that the agent launches is READY, as it knows by other means than the server's rule.
  void is_ready(const ServerKey& key);

  /// None when it is not known.
  std::optional<ServerView> view(const ServerKey& key) const;
  std::vector<ServerView> views() const;

 private:
  struct Server;
  Server* find(const ServerKey& key) const;
  Server& server_of(const ServerSpec& spec);
  ServerView view_of(const Server& server) const;
  std::string ready_path(const ServerKey& key) const;
  Process::Events events_of(Server& server);

  void feed(Server& server, const ServerEvent& event);
  void perform(Server& server, const server_action::Launch&);
  void perform(Server& server, const server_action::CancelLaunch&);
  void perform(Server& server, const server_action::WatchReadiness&);
  void perform(Server& server, const server_action::EndWork&);
  void perform(Server& server, const server_action::Signal& action);
  void perform(Server& server, const server_action::ClearGroup& action);
  void perform(Server& server, const server_action::GaveUp& action);
  void perform(Server& server, const server_action::Killed& action);
  void enter_state(Server& server);
  void let_readiness_go(Server& server);
  Status start_process(Server& server);
  void write_row(Server& server);
  void not_started(Server& server, const Error& why);
  void tell(std::function<void()> what);
  void say(const Server& server, const Error& error);

  EventLoop& loop_;
  ProcessTable& table_;
  Options options_;
  Events events_;
  std::map<ServerKey, std::unique_ptr<Server>> servers_;
  std::vector<std::function<void()>> to_tell_;
  EventLoop::Handle telling_;
};

}  // namespace hw::cluster
