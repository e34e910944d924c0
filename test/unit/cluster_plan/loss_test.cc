#include "cluster/plan/loss.h"

#include <gtest/gtest.h>

namespace hw::test {
namespace {

using namespace hw::cluster;

TEST(Loss, IsWhatTheNewRootHasNot) {
  const Loss loss = loss_of(918'234, 918'230);
  EXPECT_EQ(loss.resync, 918'230U);
  EXPECT_EQ(loss.count, 4U);
  EXPECT_EQ(loss.text(), "4 (918230..918233)");
}

TEST(Loss, NothingIsLostWhenTheNewRootHasAll) {
  EXPECT_EQ(loss_of(918'230, 918'230).text(), "0");
  // Reports are of different moments.
  EXPECT_EQ(loss_of(918'229, 918'230).text(), "0");
}

TEST(Loss, IsNotKnownWithoutTheOldRootsSeqno) {
  const Loss loss = loss_of(0, 918'230);
  EXPECT_FALSE(loss.count.has_value());
  EXPECT_EQ(loss.text(), "-");
  EXPECT_FALSE(is_above(loss, 0));
}

TEST(Loss, TheLimitItselfMayBeLost) {
  EXPECT_FALSE(is_above(loss_of(14, 10), 4));
  EXPECT_TRUE(is_above(loss_of(15, 10), 4));
  EXPECT_FALSE(is_above(loss_of(1'000'000, 10), -1));
  EXPECT_TRUE(is_above(loss_of(11, 10), 0));
}

TEST(Loss, AReceiptNamesBothReigns) {
  const Receipt receipt = opened_receipt("acct", "n2", "A", 41, "B", 42, loss_of(918'234, 918'230));
  EXPECT_EQ(receipt.id, "acct-42");
  EXPECT_EQ(receipt.state, ReceiptState::Open);
  EXPECT_EQ(receipt.last_known, 918'233U);
  EXPECT_EQ(receipt.first_own, 918'230U);
  EXPECT_FALSE(receipt.count.has_value());
  EXPECT_FALSE(is_settled(receipt));

  const Receipt collected = collected_receipt(receipt, 4, 918'230, 918'233);
  EXPECT_EQ(collected.state, ReceiptState::Collected);
  EXPECT_EQ(collected.last, 918'233U);
  EXPECT_FALSE(is_settled(collected));

  // Without a transaction there is nothing to apply.
  const Receipt empty = collected_receipt(receipt, 0, 0, 0);
  EXPECT_EQ(empty.state, ReceiptState::Applied);
  EXPECT_TRUE(is_settled(empty));
}

}  // namespace
}  // namespace hw::test
