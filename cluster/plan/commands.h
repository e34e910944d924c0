/// cluster/plan/commands.h -- what hwadm asks of the coordinator, as structs: one a command that changes something.
///
/// hwadm fills them from a command line, the coordinator reads them from the request's `arguments`: one JSON object
/// whose keys are the members' names; a member that has its default is left out. `from_json` checks types and ranges,
/// so that what arrives over the link is as good as what a person typed; whether names exist, the plan says. Source:
/// operations, sections 2, 4, 6, 7 and 10.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace hw::cluster {

/// -s SRV [-k N]: so many of a server.
struct ServerCount {
  std::string name;
  std::uint32_t count = 1;
  friend bool operator==(const ServerCount&, const ServerCount&) = default;
};

/// Which servers a boot or down is about. Nothing given: all.
struct Selection {
  bool applications_only = false;         ///< -A: application servers and resources
  bool engine_only = false;               ///< -T
  std::string group = {};                 ///< -g
  std::vector<std::string> nodes = {};    ///< -n, -l: servers placed there now
  std::vector<ServerCount> servers = {};  ///< -s
  std::vector<std::string> all_of = {};   ///< -S: up to min; down: all of it
  std::string gateway_of = {};            ///< -q GROUP: its gateway alone
  std::string relays_of = {};             ///< -B NODE: its relay instances
  friend bool operator==(const Selection&, const Selection&) = default;
};

/// How long boot waits after each process: -w, -d, -D, -W.
enum class Pace : std::uint8_t {
  Registered,  ///< one at a time, not waiting for READY (default)
  Wait,        ///< -d below 0: one at a time, READY waited for `pace_us`
  AtOnce,      ///< -d 0
  Delay,       ///< -d above 0: only waiting
  FullWait,    ///< -D: as -d, always the full time
  Ready        ///< -W: each READY, however long
};

struct BootCommand {
  Selection selection;
  bool check_only = false;                  ///< --check
  bool with_backup = false;                 ///< -b; releases a hold
  bool one_more_handler = false;            ///< -c
  std::optional<std::uint64_t> generation;  ///< -f
  bool go_on_at_max = false;                ///< -i
  std::string options;                      ///< -o
  bool recovery_only = false;               ///< -t recov
  bool recover_all = false;                 ///< -t recov -k all
  std::string engine_kind;                  ///< -e: gw, src, rcv
  Pace pace = Pace::Registered;
  std::uint64_t pace_us = 0;
  friend bool operator==(const BootCommand&, const BootCommand&) = default;
};

struct DownCommand {
  Selection selection;
  bool at_once = false;                     ///< -i
  bool hold = false;                        ///< -b
  std::uint32_t process = 0;                ///< -p N; 0: not given
  bool recovery_only = false;               ///< -t recov
  bool recover_all = false;                 ///< -t recov -k all
  std::uint64_t begin_after_s = 0;          ///< -w
  bool move = false;                        ///< -R -g G, -R -l NODE: stop for a move
  bool rolling = false;                     ///< -R -n NODE
  std::optional<std::uint64_t> generation;  ///< -f
  friend bool operator==(const DownCommand&, const DownCommand&) = default;
};

/// switchover [TO] [-g G], failover [TO] [-g G] [-force].
struct SwitchoverCommand {
  std::string to;
  std::string group;
  bool unfinished = false;  ///< agents ask for it: only to end one whose coordinator has died
  friend bool operator==(const SwitchoverCommand&, const SwitchoverCommand&) = default;
};
struct FailoverCommand {
  std::string to;
  std::string group;
  bool force = false;
  friend bool operator==(const FailoverCommand&, const FailoverCommand&) = default;
};
struct RejoinCommand {
  std::string instance;
  friend bool operator==(const RejoinCommand&, const RejoinCommand&) = default;
};
struct ReparentCommand {
  std::string instance;
  std::string to;
  friend bool operator==(const ReparentCommand&, const ReparentCommand&) = default;
};
struct RefreshCommand {
  std::string instance;
  std::string from;
  bool discard = false;
  bool force = false;
  friend bool operator==(const RefreshCommand&, const RefreshCommand&) = default;
};
/// migrategroup|migg [-cancel [-restart]] G; migratemach|migm … NODE.
struct MigrateCommand {
  std::string group;  ///< or `node`
  std::string node;
  bool cancel = false;
  bool restart = false;
  friend bool operator==(const MigrateCommand&, const MigrateCommand&) = default;
};
/// losttn apply|complete|move; list, show and diff are reads.
struct LosttnCommand {
  std::string action;
  std::string id;
  std::string group;
  std::string node;
  bool force = false;
  friend bool operator==(const LosttnCommand&, const LosttnCommand&) = default;
};
/// pause [S], resume [I -force].
struct PauseCommand {
  std::optional<std::uint64_t> seconds;
  friend bool operator==(const PauseCommand&, const PauseCommand&) = default;
};
struct ResumeCommand {
  std::string instance;
  bool force = false;
  friend bool operator==(const ResumeCommand&, const ResumeCommand&) = default;
};
/// fence off I.
struct FenceCommand {
  std::string instance;
  friend bool operator==(const FenceCommand&, const FenceCommand&) = default;
};
struct DrillCommand {
  std::string fault;  ///< kill, pause, partition, etcd, full
  std::string node;
  friend bool operator==(const DrillCommand&, const DrillCommand&) = default;
};
struct MasterCommand {
  std::string node;  ///< empty: that of the agent that is asked
  friend bool operator==(const MasterCommand&, const MasterCommand&) = default;
};
struct PcleanCommand {
  std::string node;
  friend bool operator==(const PcleanCommand&, const PcleanCommand&) = default;
};

/// As JSON, and back: the `arguments` of a request. Errors: CLIERR names the member and what is wrong with it; so is
/// one that the command does not have.
template <class Command>
Result<Command> command_of(std::string_view json);
template <class Command>
std::string json_of_command(const Command& command);

}  // namespace hw::cluster
