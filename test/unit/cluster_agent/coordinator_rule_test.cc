#include "cluster/agent/coordinator_rule.h"

#include <gtest/gtest.h>

#include "test/unit/cluster_agent/domain_stage.h"

namespace hw::cluster {
namespace {

using test::two_nodes;
using test::two_nodes_up;

/// Nobody has ever been coordinator; `n1` and `n2` as given.
Board board_of(NodeState n1, NodeState n2, std::string_view own) {
  BoardParts parts = two_nodes_up();
  parts.orders.coordinator = {};
  parts.heard = {{"n1", 1, n1}, {"n2", 1, n2}};
  return join(parts, own, 2'000'000);
}

TEST(CoordinatorRule, TheFirstMasterThatRunsBecomesTheFirstCoordinator) {
  const Board both = board_of(NodeState::Running, NodeState::Running, "n1");
  EXPECT_TRUE(becomes_first(two_nodes(), both, "n1", true));
  EXPECT_FALSE(becomes_first(two_nodes(), both, "n1", false)) << "n2 may know of one";
  EXPECT_FALSE(becomes_first(two_nodes(), board_of(NodeState::Running, NodeState::Running, "n2"), "n2", true));
  EXPECT_TRUE(becomes_first(two_nodes(), board_of(NodeState::Silent, NodeState::Running, "n2"), "n2", true));
}

TEST(CoordinatorRule, WhereThereWasOneOnlyAnOperatorMakesAnother) {
  const Board board = join(two_nodes_up(), "n2", 1);
  EXPECT_FALSE(becomes_first(two_nodes(), board, "n2", true));
}

TEST(CoordinatorRule, WithEtcdTheFirstBackupThatIsHeardTakesASilentOnesPlace) {
  Domain domain = two_nodes();
  BoardParts parts = two_nodes_up();
  EXPECT_FALSE(takes_lost_seat(domain, join(parts, "n2", 1), "n2"));
  note_silence(parts, "n1");
  EXPECT_FALSE(takes_lost_seat(domain, join(parts, "n2", 1), "n2")) << "with dcs manual an operator does";
  domain.domain.dcs = Dcs::Etcd;
  EXPECT_TRUE(takes_lost_seat(domain, join(parts, "n2", 1), "n2"));
  EXPECT_FALSE(takes_lost_seat(domain, join(parts, "n1", 1), "n1")) << "it is the coordinator";
  domain.domain.master = {"n1"};
  EXPECT_FALSE(takes_lost_seat(domain, join(parts, "n2", 1), "n2")) << "it is no backup";
  domain.domain.master = {"n3", "n2"};
  EXPECT_TRUE(takes_lost_seat(domain, join(parts, "n2", 1), "n2")) << "n3 is not heard";
}

TEST(CoordinatorRule, ALostSeatWithEtcdIsTakenBySomeBackupThatIsHeard) {
  BoardParts parts = two_nodes_up();
  note_silence(parts, "n1");
  Domain domain = two_nodes();
  const auto is_taken = [&](const char* own_node) {
    return lost_seat_is_taken(domain, join(parts, own_node, 1), own_node);
  };
  EXPECT_FALSE(is_taken("n2")) << "with dcs manual an operator does";
  domain.domain.dcs = Dcs::Etcd;
  EXPECT_TRUE(is_taken("n2")) << "this one";
  EXPECT_TRUE(is_taken("n3")) << "another one";
  note_silence(parts, "n2");
  EXPECT_FALSE(is_taken("n3")) << "n2 is not heard";
  domain.domain.master = {"n1"};
  EXPECT_FALSE(is_taken("n2")) << "it is no backup";
}

TEST(CoordinatorRule, ATakeIsNewerThanAllThatIsKnown) {
  BoardParts parts = two_nodes_up();
  const PartStamp before = parts.orders.stamp;
  take_orders(parts.orders, two_nodes(), "n2", 5, false);
  EXPECT_EQ(parts.orders.coordinator, (CoordinatorOrder{"n2", 5, 2, true}));
  EXPECT_EQ(parts.orders.stamp, (PartStamp{2, 1, 1}));
  EXPECT_GT(parts.orders.stamp, before);
}

TEST(CoordinatorRule, OfTwoWithOneNumberTheFirstInMasterCounts) {
  BoardParts one = two_nodes_up();
  BoardParts other = two_nodes_up();
  take_orders(one.orders, two_nodes(), "n1", 5, false);
  take_orders(other.orders, two_nodes(), "n2", 6, false);
  EXPECT_GT(one.orders.stamp, other.orders.stamp);
}

TEST(CoordinatorRule, TheFirstMasterIsBackWhenAnotherNodeIsCoordinator) {
  BoardParts parts = two_nodes_up();
  EXPECT_FALSE(first_is_back(two_nodes(), join(parts, "n1", 1)));
  take_orders(parts.orders, two_nodes(), "n2", 5, false);
  EXPECT_TRUE(first_is_back(two_nodes(), join(parts, "n2", 1)));
  note_silence(parts, "n1");
  EXPECT_FALSE(first_is_back(two_nodes(), join(parts, "n2", 1)));
}

TEST(CoordinatorRule, TheFirstMasterIsBackOnlyAfterItWasLost) {
  struct Take {
    const char* node;
    bool handed_over;
  };
  struct Case {
    const char* what;
    std::vector<Take> takes;
    bool back;
  };
  const Case cases[] = {
      {"an operator chose n2", {{"n2", true}}, false},
      {"n2 after the loss of n1", {{"n2", false}}, true},
      {"and by choice n3 after it", {{"n2", false}, {"n3", true}}, true},
      {"by choice n2, whose loss n3 mends", {{"n2", true}, {"n3", false}}, false},
      {"n1 again", {{"n2", false}, {"n1", true}}, false},
      {"and then by choice n2", {{"n2", false}, {"n1", true}, {"n2", true}}, false},
  };
  const Domain domain = test::domain_of(
      test::replaced(test::replaced(test::kTwoNodes, "master = [\"n1\", \"n2\"]", "master = [\"n1\", \"n2\", \"n3\"]"),
                     "[node.n2]", "[node.n3]\nport = 7602\n[node.n2]"));
  for (const Case& one : cases) {
    BoardParts parts = two_nodes_up();
    for (const Take& take : one.takes) take_orders(parts.orders, domain, take.node, 5, take.handed_over);
    EXPECT_EQ(first_is_back(domain, join(parts, "n2", 1)), one.back) << one.what;
  }
}

TEST(CoordinatorRule, NobodyBeforeIsALossOfTheFirst) {
  Orders orders;
  take_orders(orders, two_nodes(), "n2", 5, false);
  EXPECT_TRUE(orders.coordinator.for_lost);
  Orders first;
  take_orders(first, two_nodes(), "n1", 5, false);
  EXPECT_FALSE(first.coordinator.for_lost);
}

TEST(CoordinatorRule, ACoordinatorIsNotOlderThanANode) {
  BoardParts parts = two_nodes_up();
  EXPECT_TRUE(check_release(join(parts, "n1", 1), "n1").has_value());
  parts.report("n2").release = "Headwater 0.10.0";
  const Status older = check_release(join(parts, "n1", 1), "n1");
  ASSERT_FALSE(older.has_value());
  EXPECT_EQ(older.error().text, "Release Headwater 0.1.0 of n1, Headwater 0.10.0 of n2");
  EXPECT_TRUE(check_release(join(parts, "n2", 1), "n2").has_value());
  note_silence(parts, "n2");
  EXPECT_TRUE(check_release(join(parts, "n1", 1), "n1").has_value()) << "who is away may have been upgraded since";
}

}  // namespace
}  // namespace hw::cluster
