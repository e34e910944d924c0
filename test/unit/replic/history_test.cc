#include "replic/history/history.h"

#include <gtest/gtest.h>

namespace hw {
namespace {

HistoryRecord reign(std::string root, std::uint32_t cycle, std::uint64_t start) {
  HistoryRecord record;
  record.root_name = std::move(root);
  record.cycle = cycle;
  record.start = Seqno{start};
  record.creator_pid = 100 + cycle;
  record.created_s = 1'000'000 + cycle;
  return record;
}

History history(std::vector<HistoryRecord> records) {
  History out;
  for (auto& record : records) EXPECT_NE(out.append(std::move(record)), History::Append::OutOfOrder);
  return out;
}

TEST(History, AppendNumbersRecordsAndReplacesAnEmptyReign) {
  History h = history({reign("A", 1, 1), reign("A", 2, 8)});
  EXPECT_EQ(h.append(reign("B", 1, 8)), History::Append::Replaced);
  ASSERT_EQ(h.records().size(), 2u);
  EXPECT_EQ(h.last().root_name, "B");
  EXPECT_EQ(h.last().number, 1u);
  EXPECT_EQ(h.last().previous, 0u);
  EXPECT_EQ(h.records()[0].previous, kNoRecord);
  EXPECT_EQ(h.append(reign("B", 2, 7)), History::Append::OutOfOrder);
  EXPECT_EQ(h.last().cycle, 1u);
}

TEST(History, CoveringTakesTheLargestStartNotAbove) {
  const History h = history({reign("A", 1, 3), reign("B", 1, 8)});
  EXPECT_EQ(h.covering(Seqno{2}), nullptr);
  EXPECT_EQ(h.covering(Seqno{3})->root_name, "A");
  EXPECT_EQ(h.covering(Seqno{7})->root_name, "A");
  EXPECT_EQ(h.covering(Seqno{8})->root_name, "B");
  EXPECT_EQ(h.after(Seqno{7})->root_name, "B");
  EXPECT_EQ(h.after(Seqno{8}), nullptr);
}

TEST(History, TruncateDropsRecordsFromTheCutOn) {
  History h = history({reign("A", 1, 1), reign("B", 1, 8), reign("B", 2, 12)});
  EXPECT_EQ(h.truncate(Seqno{8}), 2u);
  EXPECT_EQ(h.last().root_name, "A");
}

TEST(Resync, OldRootGoesBackToWhereTheNewRootBegan) {
  // A reached 15; B took over at 8 and reached 11: what GT.M answered was 8.
  const History b = history({reign("A", 1, 1), reign("B", 1, 8)});
  const History a = history({reign("A", 1, 1)});
  EXPECT_EQ(find_resync_seqno(b, a, Seqno{11}), Seqno{8});
}

TEST(Resync, SameReignToTheEndNeedsNoRollback) {
  const History a = history({reign("A", 1, 1), reign("A", 2, 5)});
  const History joined_later = history({reign("A", 2, 9)});
  EXPECT_EQ(find_resync_seqno(a, joined_later, Seqno{20}), Seqno{20});
}

TEST(Resync, SameNameInAnotherCycleIsAnotherReign) {
  const History a = history({reign("A", 1, 1), reign("A", 3, 5)});
  const History b = history({reign("A", 1, 1), reign("A", 2, 5)});
  EXPECT_EQ(find_resync_seqno(a, b, Seqno{9}), Seqno{5});
}

TEST(Resync, BelowTheFirstRecordThereIsNoAnswer) {
  const History a = history({reign("A", 1, 1)});
  const History b = history({reign("B", 1, 6)});
  EXPECT_EQ(find_resync_seqno(a, b, Seqno{9}), std::nullopt);
  EXPECT_EQ(find_resync_seqno(a, History{}, Seqno{2}), std::nullopt);
  EXPECT_EQ(find_resync_seqno(History{}, History{}, Seqno{1}), Seqno{1});
}

TEST(Resync, RecordThatDoesNotCoverWhatWasAskedEndsTheWalk) {
  const History a = history({reign("A", 1, 1)});
  ResyncWalk walk(a, Seqno{5});
  EXPECT_EQ(walk.answer(reign("B", 1, 5)), ResyncWalk::Outcome::BadAnswer);
}

TEST(HistoryRecord, DescriptionIsThatOfGtmsLogs) {
  HistoryRecord record = reign("INSTA", 1, 26);
  record.creator_pid = 8749;
  record.created_s = 1795312144;
  record.number = 0;
  EXPECT_EQ(
      describe_history(record),
      "Start Seqno = 26 [0x1a] : Stream Seqno = 0 [0x0] : Root Primary = [INSTA] : Cycle = [1] : Creator pid = "
      "8749 : Created time = 1795312144 [0x6b024a10] : History number = 0 : Prev History number = -1 : Stream # = "
      "0 : History type = 1");
}

}  // namespace
}  // namespace hw
