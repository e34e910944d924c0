#include "cluster/agent/board_keeper.h"

#include <gtest/gtest.h>

#include "cluster/agent/coordinator_rule.h"
#include "cluster/board/board_codec.h"
#include "engine/base/file.h"
#include "test/support/test_folder.h"
#include "test/unit/cluster_agent/domain_stage.h"

namespace hw::cluster {
namespace {

using test::two_nodes;
using test::two_nodes_up;

/// The board of n1, which is coordinator.
class Kept : public testing::Test {
 protected:
  Kept() : board_(folder_.file("board.json"), "n1") {
    EXPECT_TRUE(board_.load(10).has_value());
    board_.merge(two_nodes_up());
  }
  BoardParts on_disk() const { return read_board(folder_.file("board.json")).value_or(BoardParts{}); }

  const hw::test::TestFolder folder_;
  BoardKeeper board_;
};

TEST_F(Kept, OrdersAreOnDiskBeforeTheyAreSeen) {
  const PartStamp before = board_.orders().stamp;
  const Status changed = board_.change([&](BoardParts& parts) {
    EXPECT_EQ(board_.orders().stamp, before);
    parts.orders.paused_until_us = kUntilResume_us;
    return true;
  });
  ASSERT_TRUE(changed.has_value()) << changed.error().text;
  EXPECT_EQ(board_.orders().paused_until_us, kUntilResume_us);
  EXPECT_GT(board_.orders().stamp, before);
  EXPECT_EQ(on_disk().orders, board_.orders());
}

TEST_F(Kept, WhatChangesNothingIsNotWritten) {
  ASSERT_TRUE(board_.change([](BoardParts&) { return false; }).has_value());
  EXPECT_FALSE(file_exists(folder_.file("board.json")));
}

TEST_F(Kept, OnlyTheCoordinatorChangesOrders) {
  BoardParts newer = two_nodes_up();
  take_orders(newer.orders, two_nodes(), "n2", 5, true);
  board_.merge(newer);
  const Status changed = board_.change([](BoardParts&) { return true; });
  ASSERT_FALSE(changed.has_value());
  EXPECT_EQ(changed.error().id, MsgId::HWMASTERDIFF);
}

TEST_F(Kept, ANewCoordinatorThatIsHeardOfMeanwhileWins) {
  const Status changed = board_.change([&](BoardParts& parts) {
    BoardParts newer = two_nodes_up();
    take_orders(newer.orders, two_nodes(), "n2", 5, true);
    board_.merge(newer);
    parts.orders.paused_until_us = 7;
    return true;
  });
  ASSERT_FALSE(changed.has_value());
  EXPECT_EQ(board_.orders().coordinator.node, "n2");
  EXPECT_EQ(board_.orders().paused_until_us, 0u);
  ASSERT_TRUE(board_.save().has_value());
  EXPECT_EQ(on_disk().orders.coordinator.node, "n2");
}

TEST_F(Kept, ReportsThatComeWhileOrdersAreWrittenStay) {
  ASSERT_TRUE(board_
                  .change([&](BoardParts& parts) {
                    board_.change_report([](NodeReport& report) { report.service = "busy"; });
                    BoardParts told;
                    told.report("n2").stamp = {9, 0, 9};
                    told.report("n2").service = "told meanwhile";
                    board_.merge(told);
                    board_.note_silence("n2");
                    parts.orders.paused_until_us = 7;
                    return true;
                  })
                  .has_value());
  EXPECT_EQ(board_.parts().find_report("n1")->service, "busy");
  EXPECT_EQ(board_.parts().find_report("n2")->service, "told meanwhile");
  EXPECT_FALSE(is_heard(board_.board(), "n2"));
}

TEST_F(Kept, AReportThatStandsHasTheSameStamp) {
  board_.change_report([](NodeReport& report) { report.service = "busy"; });
  const PartStamp stamp = board_.parts().find_report("n1")->stamp;
  board_.change_report([](NodeReport& report) { report.service = "busy"; });
  EXPECT_EQ(board_.parts().find_report("n1")->stamp, stamp);
  board_.change_report([](NodeReport& report) { report.service = "IDLE"; });
  EXPECT_GT(board_.parts().find_report("n1")->stamp, stamp);
}

TEST_F(Kept, TheNextAgentBeginsWithWhatThisOneLeft) {
  ASSERT_TRUE(board_.save().has_value());
  BoardKeeper next(folder_.file("board.json"), "n1");
  ASSERT_TRUE(next.load(20).has_value());
  EXPECT_EQ(next.orders(), board_.orders());
  EXPECT_GT(next.parts().find_report("n1")->stamp, board_.parts().find_report("n1")->stamp);
  EXPECT_EQ(next.board().node("n2")->state, NodeState::Unheard);
}

TEST_F(Kept, ADamagedFileIsAnEmptyBoard) {
  hw::test::write_file(folder_.file("board.json"), "{}");
  BoardKeeper next(folder_.file("board.json"), "n1");
  EXPECT_FALSE(next.load(20).has_value());
  EXPECT_EQ(next.orders().coordinator.node, "");
  EXPECT_EQ(next.board().node("n1")->state, NodeState::Running);
}

}  // namespace
}  // namespace hw::cluster
