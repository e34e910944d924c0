/// cluster/plan/boot_plan.h -- what a boot starts, where and in which order.
///
/// Pure. Source: operations, section 4, table of boot; section 7, column `boot -g`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cluster/plan/commands.h"
#include "cluster/plan/domain_servers.h"

namespace hw::cluster {

struct PlannedStart {
  DomainServer server;
  std::uint32_t copy = 1;
  bool is_up = false;  ///< as the board has it
};

/// Step 1 alone: -t recov.
struct PlannedRecovery {
  std::string instance;
  std::string node;
  std::string group;
  bool with_rejoin = false;  ///< -k all: fetchresync and lost transactions, too
};

struct BootPlan {
  std::vector<PlannedStart> starts;  ///< nodes in file order, on each in boot's order
  std::vector<PlannedRecovery> recoveries;
  std::vector<Error> notes;      ///< HWSVRMAX, HWGRPMAX as information, HWELSEWHERE
  std::optional<Error> ends_by;  ///< HWSVRMAX: what comes before is started, then it stops (exit 3)
  bool elsewhere = false;        ///< nothing is placed at the nodes that are named

  std::vector<std::string> nodes() const;  ///< where something is to be done, in file order
};

/// Without a selection all servers of all groups, each up to its min, but those with backup = true. Nodes that pclean
/// took off the board are left out.
/// Errors: those of check_selection; HWCFGBAD for a server that does not exist, or has no place now; HWREFUSED for one
/// with backup = true that is named without -b; HWMOVING, HWNOTCLEAN as the state of a group, whose place takes part or
/// which -g names, has it.
Result<BootPlan> plan_boot(const Domain& domain, const Board& board, const std::vector<Placement>& placements,
                           const BootCommand& command);

}  // namespace hw::cluster
