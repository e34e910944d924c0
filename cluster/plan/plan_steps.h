/// cluster/plan/plan_steps.h -- what `plan COMMAND …` prints: who would be chosen and why, what would be lost, the
/// steps, and what would be refused.
///
///     chosen   B: candidate, next 918230, priority 100
///     not      C: lag 14.0 s, max_lag_s 10
///     resync   918230
///     lost     4 (918230..918233)
///     pause    0.8 s
///     step     F2 B, HWLOSSLIMIT no
///     asks     Makes B root of acct in place of A; transactions lost: 4.
///     refused  HWLEASEVALID Lease of A may last 2.1 s more
///
/// Pure. Source: operations, section 10 `plan`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cluster/board/command_result.h"

namespace hw::cluster {

/// What is empty, or not set, has no line.
struct PlanSteps {
  std::string chosen;                   ///< `B: candidate, …`
  std::vector<std::string> not_chosen;  ///< one a line
  std::optional<std::uint64_t> resync;  ///< seqno
  std::string lost;
  std::optional<double> pause_s;  ///< that callers would wait
  std::vector<std::string> steps;
  std::vector<std::string> questions;  ///< one a line
  std::vector<Error> refusals;
};

std::vector<std::string> lines_of(const PlanSteps& plan);

/// The words as keys: `chosen`, `not[]`, `resync`, `lost`, `pause`, `steps[]`, `asks[]`, `refused[]`. Refused, when the
/// command would be.
CommandResult result_of(const PlanSteps& plan);

}  // namespace hw::cluster
