// Scripts as text, both ways.
#include "test/sim/script.h"

#include <gtest/gtest.h>

#include "test/sim/action.h"
#include "test/sim/plan.h"

namespace hw::sim {
namespace {

TEST(Script, WhatIsPrintedIsReadAgain) {
  const Script script = {{"A", "instance", {}, {{"regions", "2"}}},
                         {"", "power", {"A", "B"}, {{"mode", "random"}, {"seed", "7"}}},
                         {"A", "update", {"20"}, {{"procs", "3"}}}};
  const auto again = parse_script(print(script));
  ASSERT_TRUE(again.has_value()) << again.error();
  EXPECT_EQ(*again, script);
}

TEST(Script, CommentsAndEmptyLinesAreNoSteps) {
  const auto script = parse_script("# a comment\n\n  \nsync\n# A stop\n");
  ASSERT_TRUE(script.has_value());
  ASSERT_EQ(script->size(), 1u);
  EXPECT_EQ(script->front().verb, "sync");
}

TEST(Script, ALineThatIsNoneIsNamed) {
  for (const char* const text : {"sync\nA\n", "sync\n17 x\n", "sync\nA update =3\n", "sync\nA update n=1 n=2\n"}) {
    const auto script = parse_script(text);
    ASSERT_FALSE(script.has_value()) << text;
    EXPECT_NE(script.error().find("line 2"), std::string::npos) << script.error();
  }
}

TEST(Script, OptionsThatAreNoNumbersAreNotGiven) {
  const Step step{"A", "update", {}, {{"procs", "x3"}, {"seed", "5"}}};
  EXPECT_EQ(step.number("procs", 1), 1u);
  EXPECT_EQ(step.number("seed", 1), 5u);
  EXPECT_EQ(step.number("none", 9), 9u);
}

TEST(Plan, ATreeFollowsFromItsSeedAndBeginsWithItsRoot) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Random one(seed), other(seed);
    const Script script = plan_tree(one);
    EXPECT_EQ(script, plan_tree(other));
    EXPECT_EQ(script.front().text("below"), "") << "the first instance is the root";
    const auto again = parse_script(print(script));
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(*again, script);
  }
}

TEST(Actions, EachVerbIsThereOnceAndCanBeChosenOrGiven) {
  for (const Action* const action : all_actions()) {
    EXPECT_EQ(find_action(action->verb), action) << action->verb << " is there twice";
    EXPECT_NE(action->run, nullptr) << action->verb;
    EXPECT_EQ(action->weight == 0, action->propose == nullptr) << action->verb;
  }
}

}  // namespace
}  // namespace hw::sim
