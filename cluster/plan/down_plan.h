/// cluster/plan/down_plan.h -- what a down stops, where and in which order, and what it asks first.
///
/// What runs is what the board has, not what the configuration would start: a server that a change of root left behind
/// is stopped, too. What should run by the configuration and does not is said as already down.
///
/// Pure. Source: operations, section 4, table of down.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cluster/plan/commands.h"
#include "cluster/plan/domain_servers.h"

namespace hw::cluster {

struct PlannedStop {
  DomainServer server;
  std::uint32_t copy = 1;
  bool is_up = false;  ///< as the board has it
};

/// An instance that goes down as a whole: its servers are among the stops of its node.
struct PlannedClose {
  std::string instance;
  std::string node;
  std::string group;
  bool is_root = false;
  /// Only its reign ends: the last of its source servers goes, and with it its pool.
  bool reign_alone = false;
};

struct DownPlan {
  std::vector<PlannedStop> stops;       ///< nodes in file order, on each in down's order
  std::vector<PlannedClose> closes;     ///< in file order; of single servers, roots whose reign ends with them
  std::vector<std::string> recoveries;  ///< -t recov: instances

  std::vector<std::string> nodes() const;  ///< where something is to be done, in file order
  /// Whether nothing of a node would be left.
  bool empties(const Board& board, std::string_view node) const;
};

/// Errors: those of check_selection; CLIERR for -b without -S, -g or -A, for -p with a number that no process has, for
/// a server that does not exist.
Result<DownPlan> plan_down(const Domain& domain, const Board& board, const std::vector<Placement>& placements,
                           const DownCommand& command);

/// The line above `Are you sure?`: how much is stopped where, which roots are among it, what callers notice. Empty:
/// nothing runs that would be stopped.
std::string down_question(const Domain& domain, const Board& board, const DownPlan& plan, const DownCommand& command);

}  // namespace hw::cluster
