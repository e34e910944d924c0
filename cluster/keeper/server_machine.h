/// cluster/keeper/server_machine.h -- the life of one server as a machine: events and the time in, actions out. No
/// process, no clock.
///
///   Down --Start--> Launching --Launched--> Starting --ready--> Ready
///                      ^                        |                 |
///                      |                      Ended             Ended
///                      |                        v                 v
///                   BackOff <---failed---- Clearing <-------------+         max_fail failures: Failed
///
///   Starting, Ready --Stop--> EndingWork --> Terminating --> Killing --> Down, each by its deadline at the latest
///   Launching       --Stop--> Cancelling --> Down, or --Launched--> as from Starting
///
/// A server is a process (the leader) and what it starts in its process group. It is Down, or is started again, only
/// when the leader has ended and the group is empty: two of them never run side by side. What a leader that died leaves
/// in the group is killed; what one leaves that was asked to end has until the deadline.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "cluster/keeper/restart_policy.h"

namespace hw::cluster {

enum class ServerState : std::uint8_t {
  Down,
  Launching,  ///< its program does not run yet
  Starting,   ///< runs, not READY
  Ready,
  Clearing,     ///< the leader has died; what it left is being killed
  BackOff,      ///< will be started again
  Failed,       ///< given up
  Cancelling,   ///< was to stop before its program ran
  EndingWork,   ///< asked to end its work
  Terminating,  ///< has got SIGTERM
  Killing       ///< has got SIGKILL
};
std::string_view name_of(ServerState state);

/// When a server is READY.
enum class ReadyRule : std::uint8_t {
  Alive,   ///< it has run for one second
  Notify,  ///< it has written READY=1 to the descriptor $HW_READY_FD
  Port,    ///< it accepts connections
  Exit0    ///< it has ended with status 0: it only sets something up, and is READY without a process
};

enum class StopMode : std::uint8_t {
  WorkFirst,  ///< work ends, then SIGTERM, then SIGKILL
  AtOnce,     ///< SIGTERM, then SIGKILL
  Kill
};

namespace server_event {
struct Start {};
struct Stop {
  StopMode mode;
};
/// Its program runs.
struct Launched {};
/// It does not, and there is no process of it.
struct NotLaunched {};
/// A process of an earlier agent. Only in Down.
struct Adopted {
  bool ready;
  bool has_leader;         ///< false: of Exit0, and has ended well
  std::uint32_t restarts;  ///< until then
};
struct IsReady {};
/// The leader has.
struct Ended {
  bool well;  ///< with status 0
};
/// The group is empty: the answer to ClearGroup.
struct Cleared {};
/// The answer to EndWork.
struct WorkEnded {};
/// The deadline may be there.
struct Time {};
}  // namespace server_event

using ServerEvent =
    std::variant<server_event::Start, server_event::Stop, server_event::Launched, server_event::NotLaunched,
                 server_event::Adopted, server_event::IsReady, server_event::Ended, server_event::Cleared,
                 server_event::WorkEnded, server_event::Time>;

namespace server_action {
/// Start it; answered by Launched or NotLaunched.
struct Launch {};
/// Break the start off; it is answered as before.
struct CancelLaunch {};
/// Say IsReady when the rule, Notify or Port, holds.
struct WatchReadiness {};
/// Ask it to end its work; answered by WorkEnded, or by Ended.
struct EndWork {};
/// To leader and group.
struct Signal {
  int number;
};
/// The leader has ended. Say Cleared when nothing is left of the group; `kill`: and end what is. A second one replaces
/// the first.
struct ClearGroup {
  bool kill;
};
/// HWGAVEUP.
struct GaveUp {
  unsigned failures;
};
/// HWKILLED.
struct Killed {
  std::chrono::milliseconds after;
};
}  // namespace server_action

using ServerAction = std::variant<server_action::Launch, server_action::CancelLaunch, server_action::WatchReadiness,
                                  server_action::EndWork, server_action::Signal, server_action::ClearGroup,
                                  server_action::GaveUp, server_action::Killed>;

class ServerMachine {
 public:
  using Time = RestartPolicy::Time;
  struct Config {
    ReadyRule ready = ReadyRule::Alive;
    bool restart = true;
    unsigned failures_max = 10;
    std::chrono::milliseconds stop{30'000};  ///< for work to end, and again until SIGKILL
    bool ends_work = false;                  ///< it can be asked to end its work before SIGTERM
  };

  explicit ServerMachine(const Config& config) : config_(config), policy_(config.failures_max) {}

  /// Consumes one event, returns what is to be done, in order. An event that says nothing to the state changes nothing.
  /// `now` never goes back.
  std::vector<ServerAction> step(const ServerEvent& event, Time now);

  /// Other rules from now on; only while Launching, before anything is known of the new process.
  void set_rules(const Config& config);

  ServerState state() const { return state_; }
  /// When server_event::Time is due.
  std::optional<Time> deadline() const { return deadline_; }
  /// Starts that nobody asked for, since the last one that was asked for.
  std::uint32_t restarts() const { return restarts_; }

 private:
  using Actions = std::vector<ServerAction>;
  void on(const server_event::Start&, Time now, Actions& out);
  void on(const server_event::Stop& event, Time now, Actions& out);
  void on(const server_event::Launched&, Time now, Actions& out);
  void on(const server_event::NotLaunched&, Time now, Actions& out);
  void on(const server_event::Adopted& event, Time now, Actions& out);
  void on(const server_event::IsReady&, Time now, Actions& out);
  void on(const server_event::Ended& event, Time now, Actions& out);
  void on(const server_event::Cleared&, Time now, Actions& out);
  void on(const server_event::WorkEnded&, Time now, Actions& out);
  void on(const server_event::Time&, Time now, Actions& out);

  void enter(ServerState state) {
    state_ = state;
    deadline_.reset();
  }
  void launch(Actions& out);
  void relaunch(Actions& out);
  void starting(Time now, Actions& out);
  void fail(Time now, Actions& out);
  void down(Actions& out);
  void begin_stop(StopMode mode, Time now, Actions& out);
  void terminate(Time now, Actions& out);
  void kill(Time now, Actions& out);
  void check() const;

  Config config_;
  RestartPolicy policy_;
  ServerState state_ = ServerState::Down;
  std::optional<Time> deadline_;
  bool has_leader_ = false;
  bool start_again_ = false;  ///< asked for while it ends
  StopMode stop_mode_ = StopMode::WorkFirst;
  Time stop_began_{};
  std::uint32_t restarts_ = 0;
};

}  // namespace hw::cluster
