// Each letter of down: what it stops, in which order, and what it asks.
#include "cluster/plan/down_plan.h"

#include "test/unit/cluster_plan/plan_sample.h"

namespace hw::cluster::test {
namespace {

using Names = std::vector<std::string>;

Result<DownPlan> planned(const PlanSample& sample, const DownCommand& command) {
  return plan_down(sample.domain, sample.board(), sample.placements(), command);
}

Names stops(const PlanSample& sample, const DownCommand& command) {
  const Result<DownPlan> plan = planned(sample, command);
  Names names;
  if (!plan) return {std::string(message_row(plan.error().id).name)};
  for (const PlannedStop& stop : plan->stops)
    names.push_back(stop.server.node + " " + stop.server.name +
                    (stop.copy == 1 ? "" : " " + std::to_string(stop.copy)) + (stop.is_up ? "" : " down"));
  return names;
}

Names closes(const PlanSample& sample, const DownCommand& command) {
  Names names;
  const Result<DownPlan> plan = planned(sample, command);
  if (!plan) return {"refused"};
  for (const PlannedClose& close : plan->closes) names.push_back(close.instance + (close.is_root ? " root" : ""));
  return names;
}

std::string question(const PlanSample& sample, const DownCommand& command) {
  const Result<DownPlan> plan = planned(sample, command);
  return plan ? down_question(sample.domain, sample.board(), *plan, command) : "refused";
}

DownCommand down_of(const Selection& selection) {
  DownCommand command;
  command.selection = selection;
  return command;
}

PlanSample all_up(const std::string& text = kSmall) {
  PlanSample sample(text);
  sample.all_up();
  return sample;
}

TEST(DownPlan, EverythingFromBehind) {
  const PlanSample sample = all_up();
  EXPECT_EQ(stops(sample, {}),
            (Names{"n1 vip", "n1 report", "n1 handler:gwA", "n1 gateway:gwA", "n1 source:B", "n2 handler:gwB",
                   "n2 gateway:gwB", "n2 receiver:B", "n2 source:C", "n3 receiver:C", "n3 source:B"}));
  EXPECT_EQ(closes(sample, {}), (Names{"A root", "B", "C"}));
  EXPECT_EQ(question(sample, {}),
            "Stops 11 servers on n1, n2, n3. Stops root A of acct. What is queued at gwB gets HWCLOSED.");
}

TEST(DownPlan, WhatIsDownAlreadyIsSaidAndNotAskedAbout) {
  PlanSample sample;
  EXPECT_EQ(stops(sample, down_of({.nodes = {"n3"}})), (Names{"n3 receiver:C down", "n3 source:B down"}));
  EXPECT_EQ(question(sample, {}), "");
}

TEST(DownPlan, ServersThatTheConfigurationHasNoPlaceForAreStoppedToo) {
  PlanSample sample = all_up();
  // Left behind by a change of root.
  sample.up("n2", ServerKind::Source, "source:A");
  EXPECT_EQ(stops(sample, down_of({.nodes = {"n2"}, .servers = {{"source:A", 1}}})), Names{"n2 source:A"});
  EXPECT_EQ(stops(sample, down_of({.nodes = {"n2"}})).size(), 5U);
}

TEST(DownPlan, LettersSelectAsInBoot) {
  const PlanSample sample = all_up(kTwoGroups);
  EXPECT_EQ(stops(sample, down_of({.applications_only = true})),
            (Names{"n1 vip", "n1 watch", "n1 report", "n2 batch 2", "n2 batch", "n2 watch", "n2 spare"}));
  EXPECT_TRUE(closes(sample, down_of({.applications_only = true})).empty());
  EXPECT_EQ(stops(sample, down_of({.engine_only = true, .group = "stock"})),
            (Names{"n1 receiver:Y", "n1 source:X", "n2 source:Y"}));
  EXPECT_EQ(closes(sample, down_of({.engine_only = true, .group = "stock"})), (Names{"X root", "Y"}));
  EXPECT_EQ(stops(sample, down_of({.gateway_of = "acct"})), (Names{"n1 gateway:gwA", "n2 gateway:gwB"}));
  EXPECT_EQ(stops(sample, down_of({.relays_of = "n3"})), (Names{"n3 receiver:C", "n3 source:B"}));
  EXPECT_EQ(closes(sample, down_of({.relays_of = "n3"})), Names{"C"});
}

TEST(DownPlan, LetterSStopsSoManyFromBehind) {
  PlanSample sample = all_up(kTwoGroups);
  const auto some = [](std::uint32_t count) { return down_of({.servers = {{"batch", count}}}); };
  EXPECT_EQ(stops(sample, some(1)), Names{"n2 batch 2"});
  EXPECT_EQ(stops(sample, some(9)), (Names{"n2 batch 2", "n2 batch"}));
  EXPECT_EQ(stops(sample, down_of({.all_of = {"batch"}})), (Names{"n2 batch 2", "n2 batch"}));
  EXPECT_TRUE(closes(sample, some(1)).empty());
  EXPECT_EQ(question(sample, some(1)), "Stops 1 server on n2.");
  EXPECT_EQ(stops(PlanSample(kTwoGroups), some(1)), Names{"n2 batch 2 down"});
  EXPECT_EQ(stops(sample, down_of({.servers = {{"none", 1}}})), Names{"CLIERR"});
}

TEST(DownPlan, LetterPIsOneProcess) {
  PlanSample sample = all_up(kTwoGroups);
  const auto board = sample.board();
  const auto batch = std::ranges::find_if(
      board.servers, [](const BoardServer& server) { return server.name == "batch" && server.copy == 2; });
  ASSERT_NE(batch, board.servers.end());
  DownCommand command;
  command.process = batch->id;
  EXPECT_EQ(stops(sample, command), Names{"n2 batch 2"});
  command.process = 999;
  EXPECT_EQ(stops(sample, command), Names{"CLIERR"});
}

TEST(DownPlan, LetterBHoldsWhatIsNamed) {
  const PlanSample sample = all_up();
  DownCommand command;
  command.hold = true;
  EXPECT_EQ(stops(sample, command), Names{"CLIERR"});
  command.selection.nodes = {"n1"};
  EXPECT_EQ(stops(sample, command), Names{"CLIERR"});
  for (const Selection& selection :
       {Selection{.applications_only = true}, Selection{.group = "acct"}, Selection{.all_of = {"report"}}}) {
    command.selection = selection;
    EXPECT_TRUE(planned(sample, command).has_value());
  }
}

TEST(DownPlan, TheQuestionSaysWhatCallersNotice) {
  const PlanSample sample = all_up();
  DownCommand command = down_of({.nodes = {"n1"}});
  EXPECT_EQ(question(sample, command), "Stops 5 servers on n1. Stops root A of acct.");
  command.at_once = true;
  command.begin_after_s = 30;
  EXPECT_EQ(question(sample, command),
            "In 30 s: Stops 5 servers on n1. Stops root A of acct. What they are doing is cut off.");
  EXPECT_EQ(question(sample, down_of({.nodes = {"n3"}})), "Stops 2 servers on n3.");
}

TEST(DownPlan, ARootsLastSourceServerTakesItsReignAlong) {
  const PlanSample sample = all_up();
  const DownCommand last = down_of({.nodes = {"n1"}, .servers = {{"source:B", 1}}});
  const Result<DownPlan> plan = planned(sample, last);
  ASSERT_TRUE(plan.has_value());
  ASSERT_EQ(plan->closes.size(), 1U);
  EXPECT_TRUE(plan->closes.front().reign_alone);
  EXPECT_EQ(question(sample, last), "Stops 1 server on n1. Stops root A of acct.");
  EXPECT_EQ(closes(sample, down_of({.servers = {{"source:C", 1}}})), Names{});
  EXPECT_EQ(closes(sample, down_of({.servers = {{"report", 1}}})), Names{});
}

TEST(DownPlan, ANodeIsEmptyWhenNothingIsLeft) {
  const PlanSample sample = all_up();
  const auto empties = [&](const DownCommand& command, const char* node) {
    return planned(sample, command)->empties(sample.board(), node);
  };
  EXPECT_TRUE(empties({}, "n1"));
  EXPECT_TRUE(empties(down_of({.nodes = {"n3"}}), "n3"));
  EXPECT_FALSE(empties(down_of({.applications_only = true}), "n1"));
}

TEST(DownPlan, LetterTIsRecoveryWorkers) {
  PlanSample sample(kTwoGroups);
  DownCommand command;
  command.recovery_only = true;
  EXPECT_EQ(planned(sample, command)->recoveries, (Names{"A", "B", "C"}));
  command.recover_all = true;
  EXPECT_EQ(planned(sample, command)->recoveries, (Names{"A", "B", "C", "X", "Y"}));
}

}  // namespace
}  // namespace hw::cluster::test
