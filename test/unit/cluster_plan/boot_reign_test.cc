// When a booted root may take updates: the last but one paragraph of section 9, line by line.
#include "cluster/plan/boot_reign.h"

#include <gtest/gtest.h>

namespace hw::cluster {
namespace {

ReignFact fact(const char* name, std::uint64_t known) {
  ReignFact out;
  out.instance = name;
  out.priority = 100;
  out.heard = true;
  out.known_epoch = known;
  return out;
}

struct Situation {
  BoardRecord record{"A", BoardLease::Held, 41, 0, 0, {}};
  ReignFact a = fact("A", 41);
  ReignFact b = fact("B", 41);
  ReignFact c = fact("C", 41);
  BootReignDecision decide() const { return decide_boot_reign(record, "A", {a, b, c}); }
};

TEST(BootReign, TheFirstReignBeginsAnew) {
  Situation all;
  all.record = {};
  all.a.known_epoch = all.b.known_epoch = all.c.known_epoch = 0;
  EXPECT_EQ(all.decide().what, BootReign::Anew);
}

TEST(BootReign, AfterADownItBeginsAnewWhoeverIsAway) {
  Situation all;
  all.record.lease = BoardLease::Down;
  all.b.heard = false;
  EXPECT_EQ(all.decide().what, BootReign::Anew);
}

TEST(BootReign, AfterADownItWaitsForWhoMayHaveTheHigherEpochThatIsKnown) {
  for (const BoardLease lease : {BoardLease::Down, BoardLease::Released}) {
    Situation all;
    all.record.lease = lease;
    all.c.known_epoch = 42;
    all.b.heard = false;
    EXPECT_EQ(all.decide().what, BootReign::Waits);
    EXPECT_EQ(all.decide().waits_for, std::vector<std::string>{"B"});
    // All have answered, or cannot have begun it: it was given to somebody who never began.
    all.b.heard = true;
    EXPECT_EQ(all.decide().what, BootReign::Anew);
    all.b.heard = false;
    all.b.cleaned = true;
    EXPECT_EQ(all.decide().what, BootReign::Anew);
  }
}

TEST(BootReign, OneThatReignsIsLeftAlone) {
  Situation all;
  all.a.up = all.a.accepting = true;
  all.a.pool_epoch = 41;
  EXPECT_EQ(all.decide().what, BootReign::Reigns);
  EXPECT_EQ(all.decide().epoch, 41U);
}

TEST(BootReign, AFormerRootGoesOnWhenAllOthersHaveAnswered) {
  const Situation all;
  EXPECT_EQ(all.decide().what, BootReign::GoesOn);
  EXPECT_EQ(all.decide().epoch, 41U);
}

TEST(BootReign, AFormerRootWaitsForEachThatMayHaveTakenOver) {
  Situation all;
  all.b.heard = all.c.heard = false;
  EXPECT_EQ(all.decide().what, BootReign::Waits);
  EXPECT_EQ(all.decide().waits_for, (std::vector<std::string>{"B", "C"}));
  // One that may never be root, and one that an operator has said does not run.
  all.b.priority = 0;
  all.c.cleaned = true;
  EXPECT_EQ(all.decide().what, BootReign::GoesOn);
}

TEST(BootReign, AHigherEpochAnywhereEndsIt) {
  Situation all;
  all.c.known_epoch = 42;
  EXPECT_EQ(all.decide().what, BootReign::Over);
  EXPECT_EQ(all.decide().epoch, 42U);
  // It has heard of it itself: the record is an old copy.
  all.c.known_epoch = 41;
  all.a.known_epoch = 42;
  EXPECT_EQ(all.decide().what, BootReign::Over);
}

TEST(BootReign, AnotherThatTakesUpdatesEndsItEvenAfterADown) {
  Situation all;
  all.record.lease = BoardLease::Down;
  all.b.up = all.b.accepting = true;
  all.b.pool_epoch = 42;
  EXPECT_EQ(all.decide().what, BootReign::Over);
}

TEST(BootReign, AReignThatWasWrittenDownAndNotBegunGoesOn) {
  Situation all;
  all.a.known_epoch = all.b.known_epoch = all.c.known_epoch = 40;
  EXPECT_EQ(all.decide().what, BootReign::GoesOn);
  EXPECT_EQ(all.decide().epoch, 41U);
}

TEST(BootReign, UpdatesWithoutAnEpochAreSomebodyElses) {
  Situation all;
  all.a.up = all.a.accepting = true;
  EXPECT_EQ(all.decide().what, BootReign::ByHand);
  all.record = {};
  all.a.known_epoch = all.b.known_epoch = all.c.known_epoch = 0;
  EXPECT_EQ(all.decide().what, BootReign::ByHand);
}

TEST(BootReign, WithoutARecordOneThatKnowsAReignBeginsNone) {
  Situation all;
  all.record = {};
  EXPECT_EQ(all.decide().what, BootReign::Over);
}

}  // namespace
}  // namespace hw::cluster
