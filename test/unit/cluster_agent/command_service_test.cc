// A command asked of an agent that is not the coordinator: its time runs from here.
#include "cluster/agent/command_service.h"

#include "cluster/agent/access.h"
#include "cluster/jobs/job_end.h"
#include "test/support/test_folder.h"
#include "test/unit/cluster_agent/domain_stage.h"
#include "test/unit/cluster_agent/noted_answer.h"

namespace hw::cluster {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

/// n2, of two nodes of which n1 is coordinator.
struct Commands : testing::Test {
  Commands() {
    HW_CHECK(board.load(1).has_value());
    HW_CHECK(loop.open().has_value());
  }
  Outcome outcome() const {
    const auto decoded = decode_command_answer(answer->wait(), "n2");
    return decoded.has_value() ? decoded->outcome : Outcome::Unreached;
  }

  hw::test::TestFolder folder;
  BoardKeeper board{folder.file("board.json"), "n2"};
  std::unique_ptr<NodeConfig> config =
      NodeConfig::open(folder.path(), folder.file("home"), std::nullopt, false).value();
  CoordinatorSeat seat{board, *config, [] {}};
  EventLoop loop;
  JobRunner runner{loop};
  LinkThread link = LinkThread::start("link").value();
  NodeLinks links{link.loop()};
  std::chrono::milliseconds limit = 10s;
  CommandService commands{seat, runner, links, [](const Asked&, const CommandDeadline&, Say&) { return JobEnd(); },
                          [this](const Asked&) { return steady_clock::now() + limit; }};
  std::shared_ptr<test::NotedAnswer> answer = std::make_shared<test::NotedAnswer>();
  Asked asked{"boot", {}, {}, answer};
};

TEST_F(Commands, WhoIsCoordinatorIsWaitedForNoLongerThanTheCommandHasTime) {
  BoardParts parts = test::two_nodes_up();
  parts.heard.clear();
  (void)board.merge(parts);
  ASSERT_EQ(seat.standing().where, CoordinatorSeat::Where::Pending);
  limit = 0ms;
  commands.command(asked);
  EXPECT_FALSE(answer->is_ended());
  commands.look_again();
  EXPECT_EQ(outcome(), Outcome::Limited);
}

/// n1 is coordinator as far as is known, and has just died: there is no link to it.
TEST_F(Commands, OneThatCannotLeaveWaitsForTheNextCoordinator) {
  ASSERT_TRUE(runner.start().has_value());
  BoardParts parts = test::two_nodes_up();
  (void)board.merge(parts);
  board.hear("n1");
  ASSERT_EQ(seat.standing().where, CoordinatorSeat::Where::There);
  commands.command(asked);
  commands.look_again();
  EXPECT_FALSE(answer->is_ended());
  parts.orders.coordinator = {"n2", 2, 2};
  parts.orders.stamp = {2, 1, 1};
  (void)board.merge(parts);
  seat.note_settled(true);
  ASSERT_EQ(seat.standing().where, CoordinatorSeat::Where::Here);
  commands.look_again();
  EXPECT_EQ(outcome(), Outcome::Done);
}

TEST_F(Commands, OneThatCannotLeaveIsRefusedWhenItsTimeIsOver) {
  (void)board.merge(test::two_nodes_up());
  board.hear("n1");
  limit = 0ms;
  commands.command(asked);
  EXPECT_FALSE(answer->is_ended());
  commands.look_again();
  EXPECT_EQ(outcome(), Outcome::Refused);
}

}  // namespace
}  // namespace hw::cluster
