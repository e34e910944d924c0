// Each rule that keeps two members from being root at once, left out: the simulation must find what it prevents, and
// find nothing when it is there.
#include <gtest/gtest.h>

#include <cstdio>

#include "test/sim/lease/rule_names.h"
#include "test/sim/lease/runner.h"
#include "test/sim/lease/stories.h"

namespace hw::lease_sim {

/// For GoogleTest.
void PrintTo(const Story& story, std::ostream* out);
void PrintTo(const Story& story, std::ostream* out) { *out << story.rule; }

namespace {

using cluster::lease::Rules;

/// Rules without which no schedule has two roots; docs/operations/lease.md argues about each.
constexpr const char* kNotForSafety[] = {"no_after_given_up", "deadline_stops", "other_holder_stops"};

class LeaseRule : public testing::TestWithParam<Story> {};

TEST_P(LeaseRule, LeftOutIsFoundOut) {
  Rules rules;
  OuterRules outer;
  ASSERT_TRUE(leave_out(GetParam().rule, rules, outer));
  constexpr std::uint64_t kSeeds = 3'000;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const Plan plan = plan_of(GetParam(), seed);
    const Outcome outcome = play(plan, rules, outer);
    if (outcome.violation.empty()) continue;
    std::printf("%s: %s.\nSeed %llu:\n%s\n", GetParam().rule, GetParam().idea, static_cast<unsigned long long>(seed),
                replay(plan, rules, outer).schedule.c_str());
    return;
  }
  FAIL() << GetParam().rule << " is not missed in " << kSeeds << " schedules";
}

TEST_P(LeaseRule, InForceNothingIsFound) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    const Plan plan = plan_of(GetParam(), seed);
    const Outcome outcome = play(plan);
    ASSERT_EQ(outcome.violation, "") << replay(plan).schedule;
  }
}

INSTANTIATE_TEST_SUITE_P(Each, LeaseRule, testing::ValuesIn(stories().begin(), stories().end()),
                         [](const testing::TestParamInfo<Story>& story) { return std::string(story.param.rule); });

TEST(LeaseRules, EachHasAStoryOrAReason) {
  for (const RuleName& rule : rule_names()) {
    const auto named = [&](const auto& other) { return std::string_view(other) == rule.name; };
    const bool argued = std::ranges::any_of(kNotForSafety, named);
    const bool told = std::ranges::any_of(stories(), [&](const Story& story) { return named(story.rule); });
    EXPECT_TRUE(argued != told) << rule.name;
  }
}

/// Without it a root that a candidate goes on confirming never ends, and a forced failover never comes to its end.
TEST(LeaseRules, NoAfterGivenUpEndsAForcedFailover) {
  const auto reigns = [](bool in_force) {
    Rules rules;
    rules.no_after_given_up = in_force;
    Plan plan = plan_of(stories().front(), 1);
    plan.faults = {{.at = 5 * kSecond, .kind = FaultKind::StoreCut, .length = 40 * kSecond, .variant = 3},
                   {.at = 6 * kSecond, .kind = FaultKind::Failover, .index = 1, .variant = 1}};
    const Outcome outcome = play(plan, rules);
    EXPECT_EQ(outcome.violation, "");
    return outcome.counts.reigns;
  };
  EXPECT_EQ(reigns(true), 2U);
  EXPECT_EQ(reigns(false), 1U);
}

}  // namespace
}  // namespace hw::lease_sim
