// Scripts that fail are made shorter.
#include "test/sim/shrink.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace hw::sim {
namespace {

Script numbered(unsigned steps) {
  Script script;
  for (unsigned i = 0; i < steps; ++i) script.push_back({"A", "step", {std::to_string(i)}, {}});
  return script;
}

bool has(const Script& script, const std::string& number) {
  return std::any_of(script.begin(), script.end(), [&](const Step& step) { return step.arguments[0] == number; });
}

TEST(Shrink, FindsTheStepsThatMatterWhereverTheyAre) {
  const auto fails = [](const Script& script) { return has(script, "3") && has(script, "40") && has(script, "41"); };
  const Script shorter = shrink(numbered(60), fails, [] { return true; });
  ASSERT_EQ(shorter.size(), 3u);
  EXPECT_EQ(shorter[0].arguments[0], "3");
  EXPECT_EQ(shorter[1].arguments[0], "40");
  EXPECT_EQ(shorter[2].arguments[0], "41");
}

TEST(Shrink, GivesTheShortestSoFarWhenThereIsNoMoreTime) {
  unsigned tries = 0;
  const auto fails = [](const Script& script) { return has(script, "59"); };
  const Script shorter = shrink(numbered(60), fails, [&] { return tries++ < 2; });
  EXPECT_LT(shorter.size(), 60u);
  EXPECT_TRUE(fails(shorter));
}

TEST(Shrink, LeavesAScriptThatFailsOnlyAsAWhole) {
  const Script whole = numbered(7);
  EXPECT_EQ(shrink(
                whole, [&](const Script& script) { return script == whole; }, [] { return true; }),
            whole);
}

TEST(FailureKind, IsTheFirstLineWithoutItsNumbers) {
  EXPECT_EQ(failure_kind("A is at seqno 17, and must have 203\nmore"),
            failure_kind("A is at seqno 3, and must have 4"));
  EXPECT_NE(failure_kind("A is at seqno 17"), failure_kind("B is at seqno 17"));
}

}  // namespace
}  // namespace hw::sim
