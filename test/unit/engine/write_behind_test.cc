// Sets that are journaled and not yet in LMDB: nobody can tell.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <functional>

#include "engine/commit/write_behind.h"
#include "test/support/behind_database.h"

namespace hw::test {
namespace {

class WriteBehind : public BehindDatabase {
 protected:
  static void set_in_order(Session& session, std::uint64_t from, std::uint64_t count) {
    for (std::uint64_t i = from; i < from + count; ++i) must(session.set(node(i), std::to_string(i)));
  }
};

TEST_F(WriteBehind, SetsInOrderStayBehindUntilSomebodyElseReads) {
  const pid_t writer = start_session([&](Session& session) {
    set_in_order(session, 1, 20);
    EXPECT_EQ(behind(), 1U);
    stage_.reach(1);
    stage_.wait_for(2);
    EXPECT_EQ(behind(), 0U);
    // Somebody reads: the next ones go to LMDB at once.
    set_in_order(session, 21, 20);
    EXPECT_EQ(behind(), 0U);
  });
  const pid_t reader = start_session([&](Session& session) {
    must(session.get(node(1)));  // Open, and with a place among LMDB's readers, before the rest is set.
    stage_.wait_for(1);
    EXPECT_EQ(must(session.get(node(20))), "20");
    stage_.reach(2);
  });
  EXPECT_EQ(wait_for(writer), 0);
  EXPECT_EQ(wait_for(reader), 0);
}

TEST_F(WriteBehind, WhoMayNotWriteSeesTheLastSetToo) {
  if (::getuid() != 0) GTEST_SKIP() << "needs another user to read as";
  const pid_t writer = start_session(
      [&](Session& session) {
        set_in_order(session, 1, 20);
        stage_.reach(1);
        stage_.wait_for(2);
        set_in_order(session, 21, 20);
        EXPECT_EQ(behind(), 0U) << "while somebody reads who cannot bring a region up";
      },
      {}, true);
  const pid_t reader = start_child({}, [&] {
    stage_.wait_for(1);
    become_reader();
    auto database = scratch_.open();
    Session session(*database);
    EXPECT_EQ(must(session.get(node(20))), "20");
    stage_.reach(2);
  });
  EXPECT_EQ(wait_for(writer), 0);
  EXPECT_EQ(wait_for(reader), 0);
}

TEST_F(WriteBehind, TheNextReplacedValueIsThatOfTheSetBehind) {
  ASSERT_EQ(in_session([&](Session& session) {
              set_in_order(session, 1, 10);
              for (const char* value : {"a", "b", "c"}) must(session.set(node(10), value));
              EXPECT_EQ(behind(), 1U);
              EXPECT_EQ(must(session.increment(node(11), "5")), "5");
              EXPECT_EQ(must(session.increment(node(11), "5")), "10");
              EXPECT_EQ(behind(), 1U);
              must(session.kill(node(10)));
              EXPECT_EQ(behind(), 0U);
            }),
            0);
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(journaled(node(10)), (Pairs{{"none", "10"}, {"10", "a"}, {"a", "b"}, {"b", "c"}, {"none", ""}}));
  EXPECT_EQ(journaled(node(11)), (Pairs{{"none", "5"}, {"5", "10"}}));
}

TEST_F(WriteBehind, MoreThanAGroupAndAJournalSwitch) {
  ASSERT_EQ(in_child({}, [&] { scratch_.enable_journaling(false, 128 << 10); }), 0);
  constexpr std::uint64_t kCount = 3000;
  ASSERT_EQ(in_session([&](Session& session) {
              set_in_order(session, 1, kCount);
              EXPECT_GT(must(database_->domain())->header().regions[0].generation, 2U);
              for (std::uint64_t i = 1; i <= kCount; ++i) ASSERT_EQ(must(session.get(node(i))), std::to_string(i));
            }),
            0);
}

TEST_F(WriteBehind, ATransactionSeesThatItsReadsWereOvertaken) {
  ASSERT_EQ(in_session([&](Session& sets) {
              Session transaction(*database_);
              set_in_order(sets, 1, 10);
              must(sets.kill(node(5)));  // Brings the region up without a reader.
              must(transaction.begin());
              EXPECT_EQ(must(transaction.get(node(10))), "10");
              for (int i = 0; i < 10; ++i) must(sets.set(node(10), "overtaken"));
              EXPECT_EQ(behind(), 1U);
              must(transaction.set(node(12), "x"));
              const Status status = transaction.commit();
              ASSERT_FALSE(status.has_value());
              EXPECT_TRUE(is_restart(status.error()));
            }),
            0);
}

TEST_F(WriteBehind, TwoProcessesCountTogether) {
  constexpr std::uint64_t kEach = 4000;
  const auto count = [&](Session& session) {
    for (std::uint64_t i = 0; i < kEach; ++i) must(session.increment(node(1), "1"));
  };
  const pid_t one = start_session(count);
  const pid_t other = start_session(count);
  ASSERT_EQ(wait_for(one), 0);
  ASSERT_EQ(wait_for(other), 0);
  const auto values = journaled(node(1));
  ASSERT_EQ(values.size(), 2 * kEach);
  for (std::size_t i = 0; i < values.size(); ++i) {
    ASSERT_EQ(values[i].first, i == 0 ? "none" : std::to_string(i)) << "what the set replaced";
    ASSERT_EQ(values[i].second, std::to_string(i + 1));
  }
  ASSERT_EQ(in_session([&](Session& session) { EXPECT_EQ(must(session.get(node(1))), std::to_string(2 * kEach)); }), 0);
}

TEST_F(WriteBehind, AKilledProcessLeavesNothingUndone) {
  const pid_t writer = start_session([&](Session& session) {
    set_in_order(session, 1, 50);
    EXPECT_EQ(behind(), 1U);
    ::raise(SIGKILL);
  });
  EXPECT_TRUE(WIFSIGNALED(wait_for(writer)));
  ASSERT_EQ(in_session([&](Session& session) {
              EXPECT_EQ(must(session.get(node(50))), "50") << "read by a process that updates nothing";
              must(session.set(node(51), "51"));
              EXPECT_EQ(must(session.get(node(50))), "50");
            }),
            0);
}

}  // namespace
}  // namespace hw::test
