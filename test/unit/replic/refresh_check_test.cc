// What keeps an instance from being replaced by a copy of another one.
#include "replic/refresh/refresh_check.h"

#include <gtest/gtest.h>

namespace hw {
namespace {

HistoryRecord reign(std::string root, std::uint64_t start, std::uint32_t cycle = 1) {
  HistoryRecord record;
  record.root_name = std::move(root);
  record.start = Seqno{start};
  record.cycle = cycle;
  record.creator_pid = 100 + cycle;
  return record;
}

/// A was root from 1 on, and is at 111.
RefreshSelf former_root() {
  RefreshSelf self;
  self.name = self.reigned_as = "A";
  self.regions = self.created = {"DEFAULT", "XREG"};
  self.root_primary = true;
  self.next_seqno = Seqno{111};
  self.history = History({reign("A", 1)});
  return self;
}

refresh::Offer offer_of_b() {
  refresh::Offer offer;
  offer.instance = "B";
  offer.next_seqno = Seqno{111};
  offer.regions = {"XREG", "DEFAULT"};
  return offer;
}

TEST(RefreshCheck, TheSameRegionsInAnyOrderAreGood) {
  EXPECT_TRUE(check_offer(former_root(), offer_of_b()).has_value());
}

TEST(RefreshCheck, OwnNameIsRefused) {
  refresh::Offer offer = offer_of_b();
  offer.instance = "A";
  EXPECT_EQ(check_offer(former_root(), offer).error().id, MsgId::REPLINSTNMSAME);
}

TEST(RefreshCheck, ARegionOfOnlyOneSideIsNamed) {
  refresh::Offer offer = offer_of_b();
  offer.regions.push_back("NEWREG");
  EXPECT_EQ(check_offer(former_root(), offer).error().text,
            "Instance B cannot be copied here: region NEWREG is not in this instance's global directory");
  offer.regions = {"DEFAULT"};
  EXPECT_EQ(check_offer(former_root(), offer).error().text,
            "Instance B cannot be copied here: region XREG is not in that instance's global directory");
}

TEST(RefreshCheck, CopiesMustBeOfTheRegionsOffered) {
  refresh::Contents contents{Seqno{111}, 100, {{"DEFAULT", true, 5}, {"XREG", true, 5}}};
  EXPECT_TRUE(check_contents(former_root(), offer_of_b(), contents).has_value());
  contents.regions[1].name = "DEFAULT";
  EXPECT_EQ(check_contents(former_root(), offer_of_b(), contents).error().id, MsgId::HWREPLPROTO);
  contents.regions[1].name = "OTHER";
  EXPECT_EQ(check_contents(former_root(), offer_of_b(), contents).error().id, MsgId::HWREPLPROTO);
  contents.regions.pop_back();
  EXPECT_EQ(check_contents(former_root(), offer_of_b(), contents).error().id, MsgId::HWREFRESHREGIONS);
}

TEST(RefreshCheck, ATransactionOfItsOwnReignThatTheOtherHasIsNotLost) {
  const History same({reign("A", 1), reign("B", 111)});
  EXPECT_FALSE(only_here(former_root(), &same, Seqno{500}).has_value());
}

TEST(RefreshCheck, TransactionsBeyondTheOthersSeqnoAreItsOwn) {
  EXPECT_EQ(only_here(former_root(), nullptr, Seqno{100}), "of seqnos 100 [0x64] to 110 [0x6E]");
  EXPECT_FALSE(only_here(former_root(), nullptr, Seqno{111}).has_value());
}

// The other one is ahead by number, and still lacks the last ten.
TEST(RefreshCheck, TransactionsThatANewRootNeverGotAreItsOwn) {
  const History taken_over({reign("A", 1), reign("B", 101)});
  EXPECT_EQ(only_here(former_root(), &taken_over, Seqno{500}), "of seqnos 101 [0x65] to 110 [0x6E]");
}

TEST(RefreshCheck, AnInstanceWithNothingInCommonLosesAllOfItsReigns) {
  const History other({reign("Z", 1)});
  EXPECT_EQ(only_here(former_root(), &other, Seqno{500}), "of seqnos 1 [0x1] to 110 [0x6E]");
}

TEST(RefreshCheck, WhatASecondaryHasBeyondTheOtherIsNotItsToKeep) {
  RefreshSelf self = former_root();
  self.root_primary = false;
  self.history = History({reign("R", 1)});
  const History other({reign("R", 1)});
  EXPECT_FALSE(only_here(self, &other, Seqno{50}).has_value());
}

TEST(RefreshCheck, ANewNameGivesNothingUp) {
  RefreshSelf self = former_root();
  self.name = "A2";
  EXPECT_EQ(only_here(self, nullptr, Seqno{100}), "of seqnos 100 [0x64] to 110 [0x6E]");
}

TEST(RefreshCheck, TransactionsWithoutAnInstanceFileMayBeNowhereElse) {
  RefreshSelf self;
  self.unknown_past = true;
  EXPECT_TRUE(only_here(self, nullptr, Seqno{500}).has_value());
}

TEST(RefreshCheck, AReignWithoutUpdatesHoldsNothing) {
  RefreshSelf self = former_root();
  self.history = History({reign("R", 1), reign("A", 111)});
  const History other({reign("R", 1)});
  EXPECT_FALSE(only_here(self, &other, Seqno{111}).has_value());
}

TEST(RefreshCheck, LostTransactionsAndACrashedRootAreKept) {
  RefreshSelf self = former_root();
  self.crash = true;
  EXPECT_EQ(only_here(self, nullptr, Seqno{500}), "it was not shut down, and what it last did is not known");
  self.root_primary = false;
  EXPECT_FALSE(only_here(self, nullptr, Seqno{500}).has_value()) << "a secondary that crashed is what this is for";
  self.lost_transactions = true;
  EXPECT_EQ(only_here(self, nullptr, Seqno{500}), "its lost transactions are not complete");
}

TEST(RefreshCheck, AnInstanceWithoutAFileHasNothingOfItsOwn) {
  EXPECT_FALSE(only_here(RefreshSelf{}, nullptr, Seqno{1}).has_value());
}

TEST(RefreshCheck, RoomIsForCopiesBesideWhatTheyReplaceAndForImages) {
  const RefreshRoom fresh[] = {{100, 0}};
  EXPECT_EQ(room_needed(fresh), 200U) << "the copy and its image";
  const RefreshRoom again[] = {{100, 200}};
  EXPECT_EQ(room_needed(again), 100U) << "the image finds the room of the former database and image";
  const RefreshRoom grown[] = {{100, 40}, {50, 0}};
  EXPECT_EQ(room_needed(grown), 260U);
}

}  // namespace
}  // namespace hw
