/// cluster/jobs/boot_check.h -- `boot --check`, and what each boot looks at before it starts anything.
///
///     n1: agent ok, generation 3, programs ok, scripts ok, database ok, instance file ok
///
/// Source: operations, sections 2 "What runs keeps its generation" and 4.
#pragma once

#include <string>
#include <vector>

#include "cluster/jobs/asked_generation.h"
#include "cluster/plan/boot_plan.h"

namespace hw::cluster {

/// Of one node; not heard: `report` is none.
struct NodeCheck {
  std::string node;
  std::optional<CheckReport> report;
  std::vector<Error> faults;  ///< HWREMOTE, HWCFGSTALE, and those that the node found. Warnings are none

  std::string line(std::uint64_t generation) const;
};

/// Asks all nodes at the same time; of those that -n or -l names, these alone. A node that pclean took off the board is
/// left out. `running`: of what runs, see `stale`. Blocks: kSmallStep at most.
std::vector<NodeCheck> check_nodes(JobContext& context, const BootPlan& plan, const BootCommand& command,
                                   const StoredDomains& running);

/// Says the lines, without `all` only those that have a fault, and each fault. Returns whether there is none.
bool say_checks(JobContext& context, const std::vector<NodeCheck>& checks, bool all);

/// What --json has of it: a row a word.
Table table_of(const std::vector<NodeCheck>& checks);

}  // namespace hw::cluster
