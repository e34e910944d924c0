/// cluster/jobs/rejoin_step.h -- a former root, which is down, gives up what the new root does not have.
///
/// Boot's step 3, S7 of a switchover, `rejoin`. Afterwards the instance is down, and starts as any secondary.
/// Source: operations, sections 4 and 10.
#pragma once

#include <string>

#include "cluster/jobs/job.h"

namespace hw::cluster {

/// Whether a failover has opened a receipt for it that nobody has collected.
bool is_waited_for(const Board& board, const std::string& instance);

/// Whether the instance's last reign was its own and another is root of its group now.
bool is_former_root(const Position& position, const std::string& instance, const std::string& root);

/// The same, or it is waited for: be it that it was rolled back, the coordinator may have died before what it lost was
/// kept.
bool must_rejoin(const Board& board, const Position& position, const std::string& instance, const std::string& root);

/// What is expected to be lost.
enum class Expected : std::uint8_t {
  Nothing,  ///< it gave up when the new root had all
  Unknown   ///< without a receipt that waits for it one is opened first: nothing is taken out that nobody waits for
};

/// Rolls `instance` back against the root itself, which must be up and feed it. What is lost is kept with the receipt
/// that a failover has opened, else with a new one of the root's reign; nothing expected and nothing lost: none is
/// made. Repeatable: what was kept before a break is found again, as the rollback's file stays where it is. Errors:
/// HWREJOIN as an error, with the reason; the same when the receipt could not be put at the root's node.
Status rejoin_former_root(JobContext& context, const std::string& group, const std::string& instance,
                          const std::string& root, Site& site, Deadline deadline,
                          Expected expected = Expected::Unknown);

}  // namespace hw::cluster
