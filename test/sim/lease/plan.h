/// test/sim/lease/plan.h -- one schedule: how many nodes, how their clocks run, what goes wrong when.
///
/// A seed makes a plan, and decides every delay in its run. A test may also write a plan by hand.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cluster/lease/machine.h"

namespace hw::lease_sim {

/// True time since the schedule began, in nanoseconds.
using Time = std::int64_t;
inline constexpr Time kMs = 1'000'000;
inline constexpr Time kSecond = 1'000 * kMs;

enum class FaultKind : std::uint8_t {
  // The store and the way to it
  StoreDown,   ///< answers nobody for `length`
  StoreWiped,  ///< has forgotten everything, and counts revisions from 1 again
  StoreCut,    ///< `who` does not reach it; variant 1: requests do not arrive, 2: answers do not, 3: both
  StoreSlow,   ///< `who` waits many seconds; variant 1: its puts of the record arrive late, 2: their answers, else: all
  StoreBack,   ///< an older copy of the store is put back: the record is what it was `length` ago
  // The network between agents
  LinkCut,   ///< `who` and `other`; variant 1: from who to other, 2: from other to who, 3: both
  Isolated,  ///< `who` from all other agents, not from the store
  // Processes and machines
  AgentKilled,      ///< and back after `length`
  AgentStopped,     ///< SIGSTOP for `length`
  NodeStopped,      ///< agent and all programs; the clock goes on
  NodeRebooted,     ///< off for `length`: no pool, and another clock, afterwards
  InstanceCrashed,  ///< its pool is gone, and made anew after `length`
  DiskFull,
  PromoteSlow,   ///< the next promotion of `who` takes `length`
  PromoteFails,  ///< the next promotion of `who` is told to have failed, and ends well after `length`
  // What is decided elsewhere
  NotCandidate,  ///< `who` does not name `other` as candidate for `length`
  Switchover,    ///< root to `who`
  Move,          ///< the same by down -R; migg (variant 0) or -cancel after `length`
  CallOff,       ///< the planned change is cancelled
  Down,          ///< of the root; booted again after `length`
  Failover,      ///< to `who`; variant 1: forced
  Pause
};
const char* name_of(FaultKind kind);

/// Whom a fault hits, looked up when it comes.
enum class Who : std::uint8_t {
  Node,      ///< number `index`
  Root,      ///< who has the highest reign
  Candidate  ///< the `index`th of the others
};

struct Fault {
  Time at = 0;
  FaultKind kind = FaultKind::StoreDown;
  Who who = Who::Node;
  int index = 0;
  int other = 0;  ///< a further node: the `other`th of those that are not `who`
  Time length = 0;
  int variant = 0;
};

/// Chances of small things, in a ten-thousandth.
struct Weather {
  unsigned slow = 150;          ///< a message takes up to 1.5 s
  unsigned very_slow = 30;      ///< up to 15 s
  unsigned lost = 100;          ///< it never comes
  unsigned stalls = 30;         ///< the agent stands still amid its actions
  unsigned dies = 4;            ///< the agent dies amid its actions
  unsigned late_reads = 50;     ///< a program stands still between publishing and reading clock or deadline
  unsigned unseen = 300;        ///< a watch does not tell of a change
  unsigned long_scripts = 500;  ///< the scripts of a promotion take up to 4 s
};
/// Nothing happens by chance but the milliseconds.
inline constexpr Weather kFairWeather{
    .slow = 0, .very_slow = 0, .lost = 0, .stalls = 0, .dies = 0, .late_reads = 0, .unseen = 0, .long_scripts = 0};

struct Plan {
  std::uint64_t seed = 0;
  int nodes = 3;
  double clock_error = 0.09;  ///< what the arithmetic allows for
  std::vector<double> rates;  ///< of each node's clock
  std::vector<Fault> faults;
  Weather weather;
  Time quiet_at = 0;       ///< from then on nothing more goes wrong
  unsigned dead_mask = 0;  ///< nodes that are off from then on, a minority
};

/// What random plans are made of: how often each fault is drawn.
struct Profile {
  int nodes_min = 2;
  int nodes_max = 5;
  int faults_min = 3;
  int faults_max = 14;
  Time chaos_min = 8 * kSecond;
  Time chaos_max = 40 * kSecond;
  Weather weather;
  bool extreme_clocks = false;  ///< always the fastest and the slowest
  bool waits_for_quiet = true;  ///< false: ends with the faults, says nothing of liveness
  std::vector<std::pair<FaultKind, unsigned>> weights;
};
/// Everything, as often as it is likely to hurt.
const Profile& every_fault();

Plan random_plan(std::uint64_t seed, const Profile& profile);
/// The plan in words, a line a fault.
std::string describe(const Plan& plan);

}  // namespace hw::lease_sim
