// The lease machine among failing stores, networks, clocks and agents: never two roots. The long form is the program
// lease-sim (docs/operations/lease.md).
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "test/sim/lease/runner.h"

namespace hw::lease_sim {
namespace {

constexpr std::uint64_t kSchedules = 3'000;

void expect_none(std::uint64_t first, Counts& counts) {
  const std::optional<Found> found = search(first, kSchedules, every_fault(), counts);
  ASSERT_FALSE(found.has_value()) << "lease-sim --replay " << found->seed << "\n" << found->schedule;
}

TEST(LeaseSchedules, FixedSeedsNeverHaveTwoRootsAndEndWithOne) {
  Counts counts;
  expect_none(1, counts);
  // They must come to what they are for.
  for (std::size_t i = 0; i < counts.states.size(); ++i) {
    const auto state = static_cast<cluster::lease::State>(i);
    if (state == cluster::lease::State::Start) continue;  // Where an agent begins, it does not enter.
    EXPECT_GT(counts.states[i], 20U) << cluster::lease::name_of(state);
  }
  EXPECT_GT(counts.reigns, kSchedules);
  EXPECT_GT(counts.rounds, kSchedules);
  EXPECT_GT(counts.handovers, 20U);
  EXPECT_GT(counts.rebuilt, 20U);
  EXPECT_GT(counts.restarts_with_note, 5U);
  EXPECT_GT(counts.late_commits, 20U);
  RecordProperty("counts", describe(counts));
}

TEST(LeaseSchedules, FreshSeedsToo) {
  const char* given = std::getenv("HW_SEED");
  const std::uint64_t first = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  SCOPED_TRACE("HW_SEED=" + std::to_string(first));
  Counts counts;
  expect_none(first, counts);
}

// The same plan and seed give the same schedule, event by event.
TEST(LeaseSchedules, SeedDecidesEverything) {
  const Plan plan = random_plan(17, every_fault());
  const Found once = replay(plan);
  EXPECT_EQ(once.schedule, replay(plan).schedule);
  EXPECT_GT(once.schedule.size(), 1'000U);
}

}  // namespace
}  // namespace hw::lease_sim
