#include "engine/headwater.hpp"

#include <gtest/gtest.h>

#include "test/support/temporary_database.h"

namespace hw {
namespace {

TEST(Globals, SetGetAndNumbersAsSubscripts) {
  test::TemporaryDatabase database;
  Globals globals{database.database()};
  ASSERT_TRUE(globals.set(node("acct", 17, "balance"), 100));
  EXPECT_EQ(database.get("^acct(17,\"balance\")"), "100");
  EXPECT_EQ(globals.get(node("acct", "17")["balance"])->value(), "100");
  EXPECT_FALSE(globals.get(node("acct", "017", "balance"))->has_value());
  EXPECT_EQ(*globals.get(node("acct", 18, "balance"), "0"), "0");
  EXPECT_EQ(*globals.increment(node("acct", 17, "balance"), -30), "70");
  EXPECT_EQ(*globals.data(node("acct")), 10u);
  EXPECT_EQ(globals.set(node("1x"), 1).error().id, MsgId::NOTMNAME);
}

TEST(Globals, RangesInCollationOrder) {
  test::TemporaryDatabase database;
  Globals globals{database.database()};
  for (const auto* reference : {"^a", "^a(2)", "^a(10,1)", "^a(\"x\")", "^b"}) database.set(reference, "v");
  std::string seen;
  for (const auto& child : globals.children(node("a"))) seen += child->last_subscript() + " ";
  EXPECT_EQ(seen, "2 10 x ");
  seen.clear();
  for (const auto& child : globals.children(node("a"), Direction::Backward)) seen += child->last_subscript() + " ";
  EXPECT_EQ(seen, "x 10 2 ");
  seen.clear();
  for (const auto& entry : globals.nodes(node("a"))) seen += entry->node.text() + " ";
  EXPECT_EQ(seen, "^a ^a(2) ^a(10,1) ^a(\"x\") ");
  EXPECT_EQ((*globals.query(node("a", 2)))->node.text(), "^a(10,1)");
}

TEST(Globals, RangeEndsWithItsFailure) {
  test::TemporaryDatabase database;
  Globals globals{database.database()};
  int items = 0;
  for (const auto& child : globals.children(node("not a name"))) {
    ++items;
    EXPECT_EQ(child.error().id, MsgId::NOTMNAME);
  }
  EXPECT_EQ(items, 1);
}

TEST(Globals, DatabaseMayBeClosedBeforeItsSessionsEnd) {
  test::TemporaryDatabase database;
  {
    Globals reader{database.database()};
    Globals writer{database.database()};
    ASSERT_TRUE(writer.set(node("a", 1), 1).has_value());
    ASSERT_TRUE(reader.session().begin().has_value());
    ASSERT_TRUE(reader.get(node("a", 1)).has_value());  // Its snapshot is held.
    ASSERT_TRUE(database.database().close().has_value());
    EXPECT_EQ(reader.get(node("a", 1)).error().id, MsgId::DBOPNERR);
    EXPECT_EQ(writer.set(node("a", 1), 2).error().id, MsgId::DBOPNERR);
    EXPECT_EQ(writer.kill(node("a", 1)).error().id, MsgId::DBOPNERR);
    EXPECT_EQ(writer.increment(node("a", 1)).error().id, MsgId::DBOPNERR);
  }
  const auto again = Database::open({.global_directory = database.file("test.gld"), .instance_file = {}});
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(Globals{**again}.get(node("a", 1)).value(), "1");
}

TEST(Globals, TransactionIsAllOrNothing) {
  test::TemporaryDatabase database;
  Globals globals{database.database()};
  const auto status = globals.transact([&]() -> Status {
    HW_TRY_VOID(globals.set(node("a"), 1));
    return make_error<MsgId::MAXSTRLEN>();
  });
  EXPECT_EQ(status.error().id, MsgId::MAXSTRLEN);
  EXPECT_EQ(database.get("^a"), "(none)");
  ASSERT_TRUE(globals.transact([&] { return globals.set(node("a"), 2); }));
  EXPECT_EQ(database.get("^a"), "2");
}

}  // namespace
}  // namespace hw
