#include "cluster/plan/reign.h"

#include <gtest/gtest.h>

namespace hw::test {
namespace {

using namespace hw::cluster;
using Names = std::vector<std::string>;

ReignFact secondary(const char* instance, std::uint64_t known = 41) {
  ReignFact fact;
  fact.instance = instance;
  fact.priority = 100;
  fact.heard = true;
  fact.up = true;
  fact.known_epoch = known;
  return fact;
}
ReignFact root(const char* instance, std::uint64_t epoch = 41) {
  ReignFact fact = secondary(instance, epoch);
  fact.pool_epoch = epoch;
  fact.accepting = true;
  return fact;
}
ReignFact silent(const char* instance, std::int64_t priority = 100) {
  ReignFact fact;
  fact.instance = instance;
  fact.priority = priority;
  return fact;
}
BoardRecord held(const char* holder, std::uint64_t epoch, BoardLease lease = BoardLease::Held) {
  BoardRecord record;
  record.holder = holder;
  record.lease = lease;
  record.epoch = epoch;
  return record;
}

TEST(Reign, TheRootIsWhoAcceptsUpdates) {
  const Reign reign = find_reign(held("A", 41), {root("A"), secondary("B")});
  EXPECT_EQ(reign.root, "A");
  EXPECT_EQ(reign.holder, "A");
  EXPECT_EQ(reign.epoch, 41U);
  EXPECT_EQ(reign.next_epoch(), 42U);
  EXPECT_TRUE(reign.unproven.empty());
}

TEST(Reign, InAGroupThatNeverHadOneTheFirstEpochIsOne) {
  const Reign reign = find_reign({}, {secondary("A", 0), secondary("B", 0)});
  EXPECT_TRUE(reign.holder.empty());
  EXPECT_EQ(reign.next_epoch(), 1U);
}

TEST(Reign, AHolderThatIsNotHeardMayTakeUpdates) {
  const Reign reign = find_reign(held("A", 41), {silent("A"), secondary("B"), silent("C")});
  EXPECT_TRUE(reign.root.empty());
  EXPECT_EQ(reign.holder, "A");
  EXPECT_EQ(reign.unproven, Names{"A"});
}

TEST(Reign, AHolderThatHasGivenUpTakesNone) {
  for (const BoardLease lease : {BoardLease::Released, BoardLease::Down})
    EXPECT_TRUE(find_reign(held("A", 41, lease), {silent("A"), secondary("B")}).unproven.empty());
}

TEST(Reign, ANodeThatIsCleanedDoesNotRun) {
  ReignFact gone = silent("A");
  gone.cleaned = true;
  EXPECT_TRUE(find_reign(held("A", 41), {gone, secondary("B")}).unproven.empty());
}

/// A coordinator that was made anew has a record of before the last change.
TEST(Reign, WhatInstancesKnowCountsMoreThanAnOldRecord) {
  const Reign seen = find_reign(held("A", 41), {secondary("A"), root("B", 42)});
  EXPECT_EQ(seen.root, "B");
  EXPECT_EQ(seen.epoch, 42U);

  const Reign unseen = find_reign(held("A", 41), {secondary("A"), silent("B"), secondary("C", 42), silent("D", 0)});
  EXPECT_TRUE(unseen.root.empty());
  EXPECT_EQ(unseen.unproven, Names{"B"});
  EXPECT_EQ(unseen.next_epoch(), 43U);

  // Even when the record says that its holder has given up.
  EXPECT_EQ(find_reign(held("A", 41, BoardLease::Released), {silent("A"), silent("B"), secondary("C", 42)}).unproven,
            (Names{"A", "B"}));
}

TEST(Reign, AReignThatWasBegunAndIsStoppedHasAHolder) {
  ReignFact stopped = root("B", 42);
  stopped.accepting = false;
  const Reign reign = find_reign(held("A", 41), {secondary("A"), stopped});
  EXPECT_TRUE(reign.root.empty());
  EXPECT_EQ(reign.holder, "B");
  EXPECT_EQ(reign.epoch, 42U);
}

TEST(Reign, OfTwoThatAcceptTheHigherEpochIsRight) {
  const Reign reign = find_reign(held("A", 41), {root("A"), root("B", 42)});
  EXPECT_EQ(reign.root, "B");
  EXPECT_EQ(reign.accepting, (Names{"A", "B"}));
}

TEST(FormerRoot, WaitsForEveryPossibleRoot) {
  ReignFact gone = silent("D");
  gone.cleaned = true;
  const ReignFact own = secondary("A");
  EXPECT_TRUE(may_go_on(own, {own, secondary("B"), silent("C", 0), gone}).yes);
  const MayGoOn waits = may_go_on(own, {secondary("B"), silent("C")});
  EXPECT_FALSE(waits.yes);
  EXPECT_EQ(waits.waits_for, Names{"C"});
}

TEST(FormerRoot, IsOverWhenAnybodyKnowsALaterReign) {
  const MayGoOn over = may_go_on(secondary("A"), {secondary("B", 43), secondary("C", 42)});
  EXPECT_FALSE(over.yes);
  EXPECT_EQ(over.over_by, "B");
  EXPECT_EQ(over.over_epoch, 43U);
}

}  // namespace
}  // namespace hw::test
