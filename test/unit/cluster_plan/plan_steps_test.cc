// The words of a plan.
#include "cluster/plan/plan_steps.h"

#include <gtest/gtest.h>

namespace hw::cluster {
namespace {

TEST(PlanSteps, TheExampleOfTheSpecification) {
  PlanSteps plan;
  plan.chosen = "B: candidate, next 918230, priority 100";
  plan.not_chosen = {"C: lag 14.0 s, max_lag_s 10"};
  plan.resync = 918'230;
  plan.lost = "4 (918230..918233)";
  plan.pause_s = 0.8;
  plan.steps = {"F2 B, HWLOSSLIMIT no"};
  plan.refusals = {make_error<MsgId::HWLEASEVALID>("A", "2.1")};
  EXPECT_EQ(lines_of(plan), (std::vector<std::string>{
                                "chosen   B: candidate, next 918230, priority 100",
                                "not      C: lag 14.0 s, max_lag_s 10",
                                "resync   918230",
                                "lost     4 (918230..918233)",
                                "pause    0.8 s",
                                "step     F2 B, HWLOSSLIMIT no",
                                "refused  HWLEASEVALID Lease of A may last 2.1 s more",
                            }));
  EXPECT_EQ(result_of(plan).outcome, Outcome::Refused);
  const std::string json = json_of(result_of(plan));
  EXPECT_NE(json.find(R"("steps":["F2 B, HWLOSSLIMIT no"])"), std::string::npos) << json;
  EXPECT_NE(json.find(R"("resync":918230)"), std::string::npos) << json;
}

TEST(PlanSteps, WhatIsNotThereHasNoLine) {
  EXPECT_TRUE(lines_of(PlanSteps{}).empty());
  EXPECT_EQ(result_of(PlanSteps{}).outcome, Outcome::Done);
}

}  // namespace
}  // namespace hw::cluster
