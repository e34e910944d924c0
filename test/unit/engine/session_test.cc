#include "engine/session/session.h"

#include <gtest/gtest.h>

#include "test/support/scratch_database.h"

namespace hw {
namespace {

using test::key;

TEST(Session, SetGetKillOutsideTransactions) {
  test::ScratchDatabase scratch;
  const auto database = scratch.open();
  Session session(*database);
  ASSERT_TRUE(session.set(key("a"), "root").has_value());
  ASSERT_TRUE(session.set(key("a", {"1"}), "one").has_value());
  ASSERT_TRUE(session.set(key("a", {"1", "x"}), "deep").has_value());
  EXPECT_EQ(session.get(key("a", {"1"})).value(), "one");
  EXPECT_EQ(session.data(key("a", {"1"})).value(), 11u);
  EXPECT_EQ(session.data(key("a", {"1", "x"})).value(), 1u);
  EXPECT_EQ(session.data(key("b")).value(), 0u);
  ASSERT_TRUE(session.kill(key("a", {"1"})).has_value());
  EXPECT_EQ(session.get(key("a", {"1", "x"})).value(), std::nullopt);
  EXPECT_EQ(session.data(key("a")).value(), 1u);
}

TEST(Session, OrderAndQueryWalkBothWays) {
  test::ScratchDatabase scratch({"X"});
  const auto database = scratch.open();
  Session session(*database);
  for (const char* subscript : {"-1", "0", "2", "10", "a", "b"})
    ASSERT_TRUE(session.set(key("g", {subscript, "leaf"}), subscript).has_value());
  ASSERT_TRUE(session.set(key("x", {"1"}), "other region").has_value());
  std::vector<std::string> forward, backward;
  for (auto at = session.order(key("g", {""}), Direction::Forward).value(); at;
       at = session.order(*at, Direction::Forward).value())
    forward.push_back(*at);
  for (auto at = session.order(key("g", {""}), Direction::Backward).value(); at;
       at = session.order(*at, Direction::Backward).value())
    backward.push_back(*at);
  std::vector<std::string> expected;
  for (const char* subscript : {"-1", "0", "2", "10", "a", "b"}) expected.push_back(key("g", {subscript}));
  EXPECT_EQ(forward, expected);
  std::reverse(expected.begin(), expected.end());
  EXPECT_EQ(backward, expected);
  EXPECT_EQ(session.order("", Direction::Forward).value(), key("g"));
  EXPECT_EQ(session.order(key("g"), Direction::Forward).value(), key("x"));
  EXPECT_EQ(session.order(key("x"), Direction::Forward).value(), std::nullopt);
  EXPECT_EQ(session.order("", Direction::Backward).value(), key("x"));
  EXPECT_EQ(session.order(key("x"), Direction::Backward).value(), key("g"));
  EXPECT_EQ(session.order(key("g"), Direction::Backward).value(), std::nullopt);
  EXPECT_EQ(session.query(key("g"), Direction::Forward).value()->key, key("g", {"-1", "leaf"}));
  EXPECT_FALSE(session.query(key("g", {"b", "leaf"}), Direction::Forward).value());
  EXPECT_EQ(session.query(key("g", {"0"}), Direction::Backward).value()->key, key("g", {"-1", "leaf"}));
}

TEST(Session, NestedLevelsRollBackToTheirStart) {
  test::ScratchDatabase scratch({"X"});
  const auto database = scratch.open();
  Session session(*database);
  ASSERT_TRUE(session.set(key("a", {"1"}), "before").has_value());
  ASSERT_TRUE(session.begin().has_value());
  ASSERT_TRUE(session.set(key("a", {"1"}), "outer").has_value());
  ASSERT_TRUE(session.begin().has_value());
  ASSERT_TRUE(session.kill(key("a")).has_value());
  ASSERT_TRUE(session.set(key("x", {"1"}), "inner").has_value());
  EXPECT_EQ(session.data(key("a")).value(), 0u);
  ASSERT_TRUE(session.rollback(1).has_value());
  EXPECT_EQ(session.get(key("a", {"1"})).value(), "outer");
  EXPECT_EQ(session.get(key("x", {"1"})).value(), std::nullopt);
  ASSERT_TRUE(session.commit().has_value());
  EXPECT_EQ(session.get(key("a", {"1"})).value(), "outer");
}

TEST(Session, ConflictRunsTheTransactionAgain) {
  test::ScratchDatabase scratch({"X"});
  const auto database = scratch.open();
  Session one(*database), two(*database);
  ASSERT_TRUE(one.set(key("a"), "1").has_value());
  int runs = 0;
  const Status status = one.transact({}, [&]() -> Status {
    HW_TRY(const auto seen, one.get(key("a")));
    if (runs++ == 0) HW_TRY_VOID(two.set(key("a"), "5"));  // Somebody else is faster.
    return one.set(key("x"), *seen + "!");
  });
  ASSERT_TRUE(status.has_value()) << status.error().render();
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(one.get(key("x")).value(), "5!");
}

TEST(Session, LimitsOfTheRegionAreErrorsThatChangeNothing) {
  test::ScratchDatabase scratch;
  const auto database = scratch.open();
  Session session(*database);
  const Status too_big = session.set(key("a"), std::string((1 << 20) + 1, 'x'));
  ASSERT_FALSE(too_big.has_value());
  EXPECT_EQ(too_big.error().id, MsgId::REC2BIG);
  const Status null = session.set(key("a", {""}), "x");
  ASSERT_FALSE(null.has_value());
  EXPECT_EQ(null.error().id, MsgId::NULSUBSC);
  EXPECT_EQ(session.data(key("a")).value(), 0u);
}

TEST(Session, ValuesSurviveCloseAndTheFileGrows) {
  test::ScratchDatabase scratch;
  {
    const auto database = scratch.open();
    Session session(*database);
    const std::string value(1000, 'v');
    for (int i = 0; i < 20'000; ++i) ASSERT_TRUE(session.set(key("a", {std::to_string(i)}), value).has_value());
  }
  const auto database = scratch.open();
  Session session(*database);
  EXPECT_EQ(session.get(key("a", {"19999"})).value()->size(), 1000u);
  EXPECT_EQ(session.increment(key("n"), "1.5").value(), "1.5");
  EXPECT_EQ(session.increment(key("n"), "-2").value(), "-.5");
}

}  // namespace
}  // namespace hw
