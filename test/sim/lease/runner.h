/// test/sim/lease/runner.h -- many schedules, and what is said of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "test/sim/lease/world.h"

namespace hw::lease_sim {

struct Found {
  std::uint64_t seed = 0;
  std::string violation;
  std::string schedule;  ///< the plan, and all that happened up to the violation
};

/// Plays the schedules of seeds `first` to `first + count - 1`, until something does not hold. `counts` grows.
std::optional<Found> search(std::uint64_t first, std::uint64_t count, const Profile& profile, Counts& counts,
                            const cluster::lease::Rules& rules = {}, const OuterRules& outer = {});
/// One plan, with its schedule in words.
Found replay(const Plan& plan, const cluster::lease::Rules& rules = {}, const OuterRules& outer = {});

std::string describe(const Counts& counts);

int run_program(int argc, char** argv);

}  // namespace hw::lease_sim
