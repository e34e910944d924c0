// Reigns, epochs and marks in the instance file.
#include "test/unit/replic/instance_file_fixture.h"

namespace hw {
namespace {

TEST_F(InstanceFileTest, AFileOfFormat1TakesAnEpoch) {
  InstanceFile file = create();
  EXPECT_EQ(get_le<std::uint32_t>(as_bytes(bytes()), 16), 1U);
  ASSERT_TRUE(file.learn_epoch(41).has_value());
  EXPECT_EQ(reopen().header().fencing_epoch, 41U);
  ASSERT_TRUE(file.learn_epoch(7).has_value());
  EXPECT_EQ(reopen().header().fencing_epoch, 41U) << "it only rises";
  // The copy that is newer is of format 2; the older one is as it was.
  const std::string both = bytes();
  EXPECT_EQ(get_le<std::uint32_t>(as_bytes(both), 16) + get_le<std::uint32_t>(as_bytes(both), 1024 + 16), 3U);
}

TEST_F(InstanceFileTest, AReignBeginsWithItsEpoch) {
  InstanceFile file = create();
  ASSERT_TRUE(file.begin_reign(Seqno{1}, 10, 100).has_value());
  EXPECT_EQ(file.history().last().fence, 0U) << "where nobody gives numbers there are none";
  ASSERT_TRUE(file.begin_reign(Seqno{5}, 11, 101, 41).has_value());
  EXPECT_EQ(reopen().history().last().fence, 41U);
  EXPECT_EQ(reopen().header().fencing_epoch, 41U);
  ASSERT_TRUE(file.learn_epoch(50).has_value());
  ASSERT_TRUE(file.begin_reign(Seqno{9}, 12, 102).has_value());
  EXPECT_EQ(file.history().last().fence, 51U) << "by hand: after the highest that is known";
  EXPECT_EQ(file.header().fencing_epoch, 51U);
  ASSERT_TRUE(file.cut_history(Seqno{5}).has_value());
  EXPECT_EQ(reopen().header().fencing_epoch, 51U) << "a rollback does not unlearn it";
}

TEST_F(InstanceFileTest, AReignThatComesWithTheDataIsKnownWithItsRecord) {
  InstanceFile file = create();
  HistoryRecord record = reign("INSTB", 5, 1);
  record.fence = 42;
  ASSERT_TRUE(file.receive_history(record).has_value());
  EXPECT_EQ(reopen().header().fencing_epoch, 42U);
  record = reign("INSTC", 9, 1);
  record.fence = 41;
  ASSERT_TRUE(file.receive_history(record).has_value());
  EXPECT_EQ(reopen().header().fencing_epoch, 42U);
}

TEST_F(InstanceFileTest, AReignThatFollowsAnotherRootsLeavesAMark) {
  InstanceFile file = create();
  const auto mark = [&] { return reopen().header().zqgblmod_seqno; };
  ASSERT_TRUE(file.begin_reign(Seqno{1}, 10, 100).has_value());
  ASSERT_TRUE(file.begin_reign(Seqno{5}, 11, 101).has_value());
  EXPECT_EQ(mark(), Seqno{0}) << "its own";
  ASSERT_TRUE(file.receive_history(reign("INSTB", 9, 1)).has_value());
  EXPECT_EQ(mark(), Seqno{9});
  ASSERT_TRUE(file.begin_reign(Seqno{20}, 12, 102).has_value());
  EXPECT_EQ(mark(), Seqno{9}) << "the earlier one stays";
  ASSERT_TRUE(file.update_header([](InstanceHeader& header) { header.zqgblmod_seqno = Seqno{0}; }).has_value());
  ASSERT_TRUE(file.receive_history(reign("INSTB", 30, 2)).has_value());
  EXPECT_EQ(mark(), Seqno{30});
  ASSERT_TRUE(file.begin_reign(Seqno{30}, 13, 103).has_value()) << "in place of a reign without updates";
  EXPECT_EQ(mark(), Seqno{30});
}

TEST_F(InstanceFileTest, AReignThatIsSettledLeavesNone) {
  InstanceFile file = create();
  ASSERT_TRUE(file.receive_history(reign("INSTB", 1, 1)).has_value());
  ASSERT_TRUE(file.receive_history(reign("INSTC", 9, 1), HistoryKind::Normal, Seqno{10}).has_value());
  EXPECT_EQ(reopen().header().zqgblmod_seqno, Seqno{0});
  ASSERT_TRUE(file.receive_history(reign("INSTD", 10, 1), HistoryKind::Normal, Seqno{10}).has_value());
  EXPECT_EQ(reopen().header().zqgblmod_seqno, Seqno{10});
}

TEST_F(InstanceFileTest, AMarkIsLoweredAndNotRaised) {
  InstanceFile file = create();
  for (const auto& [told, kept] : {std::pair{9, 9}, {12, 9}, {4, 4}}) {
    ASSERT_TRUE(file.mark(Seqno{static_cast<std::uint64_t>(told)}).has_value());
    EXPECT_EQ(reopen().header().zqgblmod_seqno, Seqno{static_cast<std::uint64_t>(kept)});
  }
  ASSERT_TRUE(file.cut_history(Seqno{7}).has_value());
  EXPECT_EQ(reopen().header().zqgblmod_seqno, Seqno{4});
  ASSERT_TRUE(file.cut_history(Seqno{3}).has_value());
  EXPECT_EQ(reopen().header().zqgblmod_seqno, Seqno{3}) << "what comes next has seqnos below the former mark";
}

TEST_F(InstanceFileTest, ReignsAppendAndAnEmptyOneIsOverwritten) {
  InstanceFile file = create();
  ASSERT_TRUE(file.begin_reign(Seqno{1}, 10, 100).has_value());
  ASSERT_TRUE(file.begin_reign(Seqno{1}, 11, 101).has_value());
  ASSERT_TRUE(file.begin_reign(Seqno{3}, 12, 102).has_value());
  const InstanceFile again = reopen();
  ASSERT_EQ(again.history().records().size(), 2u);
  EXPECT_EQ(again.history().records()[0].cycle, 2u);
  EXPECT_EQ(again.history().records()[1].cycle, 3u);
  EXPECT_EQ(again.history().records()[1].previous, 0u);
  EXPECT_EQ(again.header().root_cycle, 3u);
  EXPECT_TRUE(again.header().root_primary);

  const Status backwards = file.begin_reign(Seqno{2}, 13, 103);
  ASSERT_FALSE(backwards.has_value());
  EXPECT_EQ(backwards.error().id, MsgId::REPLINSTSEQORD);
  EXPECT_EQ(reopen().header().root_cycle, 3u);
}

TEST_F(InstanceFileTest, HistoryGrowsPastTheRoomMadeAtCreation) {
  InstanceFile file = create();
  for (std::uint32_t i = 1; i <= 100; ++i) ASSERT_TRUE(file.append_history(reign("B", i, i)).has_value());
  EXPECT_EQ(reopen().history().records().size(), 100u);
}

TEST_F(InstanceFileTest, ReceivedRecordOfTheSameReignIsNotStoredAgain) {
  InstanceFile file = create();
  ASSERT_TRUE(file.receive_history(reign("A", 26, 2), HistoryKind::UpdateResync).has_value());
  ASSERT_TRUE(file.receive_history(reign("A", 40, 2)).has_value());
  ASSERT_TRUE(file.receive_history(reign("B", 50, 1)).has_value());
  const InstanceFile again = reopen();
  ASSERT_EQ(again.history().records().size(), 2u);
  EXPECT_EQ(again.history().records()[0].kind, HistoryKind::UpdateResync);
  EXPECT_EQ(again.history().records()[1].start, Seqno{50});
}

TEST_F(InstanceFileTest, CutHistoryThenAppendLeavesNoTraceOfTheCutRecords) {
  InstanceFile file = create();
  for (std::uint32_t i = 0; i < 5; ++i) ASSERT_TRUE(file.append_history(reign("A", 1 + 10 * i, i)).has_value());
  ASSERT_TRUE(file.cut_history(Seqno{21}).has_value());
  ASSERT_TRUE(file.append_history(reign("B", 21, 9)).has_value());
  const InstanceFile again = reopen();
  ASSERT_EQ(again.history().records().size(), 3u);
  EXPECT_EQ(again.history().last().root_name, "B");
  EXPECT_EQ(again.header().seqno, Seqno{21});
}

TEST_F(InstanceFileTest, LookUpOutsideTheHistoryIsNoHistory) {
  InstanceFile file = create();
  ASSERT_TRUE(file.append_history(reign("A", 5, 1)).has_value());
  EXPECT_EQ(file.find_history(Seqno{4}, Seqno{9}).error().id, MsgId::REPLINSTNOHIST);
  EXPECT_EQ(file.find_history(Seqno{9}, Seqno{9}).error().id, MsgId::REPLINSTNOHIST);
  EXPECT_EQ(file.find_history(Seqno{8}, Seqno{9})->root_name, "A");
}

}  // namespace
}  // namespace hw
