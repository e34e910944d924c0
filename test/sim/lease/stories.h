/// test/sim/lease/stories.h -- for each rule a story in which its absence shows: faults by hand, with times that a seed
/// spreads a little.
///
/// n0 is root from the first second on; n1 and n2 are its candidates. With all rules on no seed of any story may fail.
#pragma once

#include <cstdint>
#include <span>

#include "test/sim/lease/plan.h"
#include "test/sim/random.h"

namespace hw::lease_sim {

struct Story {
  const char* rule;
  const char* idea;
  Plan (*plan)(sim::Random& random);
};

std::span<const Story> stories();
Plan plan_of(const Story& story, std::uint64_t seed);

}  // namespace hw::lease_sim
