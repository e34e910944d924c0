// The record that is put when the store has lost its memory.
#include "cluster/lease/epoch_base.h"

#include <gtest/gtest.h>

namespace hw::cluster::lease {
namespace {

EpochAnswer member(std::string name, std::uint64_t known, std::uint64_t own = 0, std::uint64_t last = 0) {
  EpochAnswer answer;
  answer.member = std::move(name);
  answer.known_epoch = known;
  answer.own_epoch = own;
  answer.last_epoch = last;
  answer.seqno = 500 + known;
  return answer;
}

TEST(LeaseEpochBase, RootOfTheHighestReignHoldsItWithAllItsLists) {
  std::vector<EpochAnswer> answers{member("A", 41), member("B", 42, 42, 42), member("C", 42)};
  answers[1].lists = {"A", "C"};
  const Result<Record> record = rebuilt_record(answers, {.run = 1, .number = 2});
  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(record->holder, "B");
  EXPECT_EQ(record->state, RecordState::Held);
  EXPECT_EQ(record->epoch, 42U);
  EXPECT_EQ(record->base, 42U);
  EXPECT_EQ(record->seqno, 542U);
  EXPECT_EQ(record->candidates, (std::vector<std::string>{"A", "C"}));
}

TEST(LeaseEpochBase, RootOfALowerReignHasBeenSucceeded) {
  const Result<Record> record =
      rebuilt_record({member("A", 41, 41, 41), member("B", 42, 0, 42), member("C", 42)}, {.run = 1, .number = 2});
  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(record->holder, "B");
  EXPECT_EQ(record->state, RecordState::Down);
  EXPECT_EQ(record->epoch, 42U);
  EXPECT_EQ(record->candidates, (std::vector<std::string>{"A", "C"}));
}

TEST(LeaseEpochBase, TakeOfUnknownEndForbidsIt) {
  std::vector<EpochAnswer> answers{member("A", 41, 41), member("B", 41)};
  answers[1].undecided = true;
  const Result<Record> record = rebuilt_record(answers, {});
  ASSERT_FALSE(record.has_value());
  EXPECT_EQ(record.error().id, MsgId::HWREMOTE);
  EXPECT_EQ(record.error().text, "B: a take of unknown end");
}

TEST(LeaseEpochBase, GroupThatNeverHadARootHasNothingToPut) {
  EXPECT_FALSE(rebuilt_record({member("A", 0), member("B", 0)}, {}).has_value());
  EXPECT_FALSE(rebuilt_record({}, {}).has_value());
}

}  // namespace
}  // namespace hw::cluster::lease
