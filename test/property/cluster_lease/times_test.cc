// How long nobody accepts: what docs/operations/lease.md says of times.
#include <gtest/gtest.h>

#include "test/sim/lease/runner.h"

namespace hw::lease_sim {
namespace {

Plan fair_weather(std::uint64_t seed, std::vector<Fault> faults, double rate = 1.0) {
  Plan plan{
      .seed = seed, .nodes = 3, .rates = {rate, rate, rate}, .faults = std::move(faults), .weather = kFairWeather};
  plan.quiet_at = 25 * kSecond;
  return plan;
}

/// The longest of some schedules that differ in when, within a renewal, the fault comes.
Time longest_gap(const Fault& fault, double rate = 1.0) {
  Time longest = 0;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Fault at = fault;
    at.at = 8 * kSecond + static_cast<Time>(seed) * 37 * kMs;
    const Plan plan = fair_weather(seed, {at}, rate);
    const Outcome outcome = play(plan);
    EXPECT_EQ(outcome.violation, "") << replay(plan).schedule;
    longest = std::max(longest, outcome.longest_gap);
  }
  return longest;
}

TEST(LeaseTimes, WithoutFaultsNothingPauses) {
  EXPECT_LT(longest_gap({.kind = FaultKind::NotCandidate, .who = Who::Root, .length = 3 * kSecond}), 300 * kMs);
}

TEST(LeaseTimes, StoreThatStopsIsNoPause) {
  EXPECT_LT(longest_gap({.kind = FaultKind::StoreDown, .length = 10 * kSecond}), 300 * kMs);
  EXPECT_LT(longest_gap({.kind = FaultKind::StoreDown, .length = 10 * kSecond}, 0.915), 300 * kMs);
}

TEST(LeaseTimes, AgentThatComesBackInTimeIsNoPause) {
  EXPECT_LT(longest_gap({.kind = FaultKind::AgentKilled, .who = Who::Root, .length = 1'300 * kMs}), 300 * kMs);
}

TEST(LeaseTimes, RootThatDiesIsSucceededWithinFourSeconds) {
  const Fault death{.kind = FaultKind::NodeRebooted, .who = Who::Root, .length = 14 * kSecond};
  const Time gap = longest_gap(death);
  EXPECT_LT(gap, 4 * kSecond);
  EXPECT_GT(gap, 2'500 * kMs);  // Not before the lease is over.
}

TEST(LeaseTimes, SwitchoverPausesForLessThanASecond) {
  EXPECT_LT(longest_gap({.kind = FaultKind::Switchover, .who = Who::Candidate}), kSecond);
}

}  // namespace
}  // namespace hw::lease_sim
