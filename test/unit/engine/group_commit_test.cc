// One sync for all that wait: who is about to sync waits for those who may come along, and for nobody else.
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "engine/commit/domain.h"
#include "engine/session/session.h"
#include "test/support/child_process.h"
#include "test/support/scratch_database.h"

namespace hw::test {
namespace {

class GroupCommitTest : public testing::Test {
 protected:
  GroupCommitTest() { scratch_.enable_journaling(); }

  static void commit_durably(Session& session, std::uint64_t from, int count) {
    for (int i = 0; i < count; ++i) {
      must(session.begin({}));
      must(session.set(key("a", {std::to_string(from + static_cast<std::uint64_t>(i))}), "value"));
      must(session.commit());
    }
  }

  ScratchDatabase scratch_;
};

TEST_F(GroupCommitTest, OneAloneWaitsForNobody) {
  auto database = scratch_.open();
  Session session(*database);
  commit_durably(session, 0, 5);
  const PoolHeader& pool = must(database->domain())->header();
  EXPECT_EQ(pool.group.asked.load(), 5u);
  EXPECT_EQ(pool.group.members.load(), 1u);
  EXPECT_GE(pool.durable_commits.load(), 5u);
  must(database->close());
}

TEST_F(GroupCommitTest, AllThatAskedAreServed) {
  constexpr int kThreads = 6;
  constexpr int kCommits = 40;
  auto database = scratch_.open();
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&database, t] {
      Session session(*database);
      commit_durably(session, static_cast<std::uint64_t>(t) * kCommits, kCommits);
    });
  }
  for (auto& thread : threads) thread.join();
  const PoolHeader& pool = must(database->domain())->header();
  EXPECT_EQ(pool.durable_commits.load(), pool.commit_done.load());
  EXPECT_LE(pool.group.members.load(), static_cast<std::uint64_t>(kThreads));
  must(database->close());
}

// Processes that asked and died, and a disk that once took a minute: the group is waited for once, and not for long.
TEST_F(GroupCommitTest, MembersThatDoNotComeAreForgotten) {
  auto database = scratch_.open();
  Session session(*database);
  commit_durably(session, 0, 1);
  PoolHeader& pool = must(database->domain())->header();
  pool.group.members.store(1000);
  pool.group.sync_us = 60'000'000;
  commit_durably(session, 1, 2);
  EXPECT_EQ(pool.group.members.load(), 1u);
  EXPECT_LT(pool.group.sync_us, 60'000'000u);
  must(database->close());
}

}  // namespace
}  // namespace hw::test
