// A thread holds a snapshot, and the same thread, or one it waits for, commits so much that the file must grow: nobody
// waits for a snapshot, nor for a lock that he has himself. Each case runs in a process that is ended when it takes too
// long, so that a thread that waits for itself fails the test instead of stopping it.
#include <gtest/gtest.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "engine/commit/domain.h"
#include "engine/region/region_reader.h"
#include "engine/session/scan.h"
#include "engine/session/session.h"
#include "test/support/child_process.h"
#include "test/support/scratch_database.h"

namespace hw::test {
namespace {

constexpr unsigned kPatienceS = 120;  // Under a sanitizer on a busy machine. Without the fault: a second.
constexpr int kNodes = 500;
const std::string kLarge(30'000, 'x');

/// A child waits for a condition of a thread of its own.
class Signal {
 public:
  void raise() {
    {
      std::lock_guard guard(mutex_);
      raised_ = true;
    }
    changed_.notify_all();
  }
  void wait() {
    std::unique_lock guard(mutex_);
    changed_.wait(guard, [this] { return raised_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool raised_ = false;
};

class HeldSnapshot : public testing::Test {
 protected:
  HeldSnapshot() { scratch_.enable_journaling(); }

  /// Runs `work` with the database open, in a process of its own; afterwards it opens cleanly.
  void ends(const std::function<void(Database&)>& work) {
    const int status = in_child({}, [&] {
      ::alarm(kPatienceS);
      const auto database = scratch_.open(true);
      work(*database);
      must(database->close());
    });
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) FAIL() << "no end within " << kPatienceS << " s";
    EXPECT_EQ(status, 0);
  }

  static std::uint64_t map_bytes(Database& database, std::size_t region) {
    return must(database.region(region))->environment.map_bytes();
  }
  static void fill(Session& session, const std::string& global, int nodes) {
    for (int i = 0; i < nodes; ++i) must(session.set(key(global, {std::to_string(i)}), std::to_string(i)));
  }
  /// Sets new nodes until the region's file has grown `times`.
  static void set_until_grown(Database& database, Session& session, const std::string& global, int times = 3) {
    const std::size_t region = database.directory().region_index_for(key(global));
    for (int grown = 0, i = 0; grown < times; ++i) {
      const std::uint64_t before = map_bytes(database, region);
      must(session.set(key(global, {"new", std::to_string(i)}), kLarge));
      if (map_bytes(database, region) != before) ++grown;
      ASSERT_LT(i, 5000) << "the file does not grow";
    }
  }

  ScratchDatabase scratch_{{"X"}};
};

TEST_F(HeldSnapshot, OneSessionReadsInATransactionAndAnotherSets) {
  ends([](Database& database) {
    Session one(database);
    Session two(database);
    must(two.set(key("a"), "1"));
    must(one.transact({}, [&]() -> Status {
      HW_TRY(const auto seen, one.get(key("a")));
      EXPECT_EQ(seen, "1");
      set_until_grown(database, two, "b");
      return one.set(key("c"), "done");
    }));
    EXPECT_EQ(one.restarts(), 0u);
    EXPECT_EQ(must(two.get(key("c"))), "done");
    EXPECT_EQ(must(two.get(key("b", {"new", "0"}))), kLarge);
  });
}

TEST_F(HeldSnapshot, ItShowsTheSameAfterTheMapHasMoved) {
  ends([](Database& database) {
    Session one(database);
    Session two(database);
    fill(two, "a", kNodes);
    must(one.begin({}));
    EXPECT_EQ(must(one.get(key("a", {"7"}))), "7");
    set_until_grown(database, two, "b");
    must(two.kill(key("a")));
    set_until_grown(database, two, "b2");
    EXPECT_EQ(must(one.get(key("a", {"8"}))), "8");
    EXPECT_FALSE(must(one.get(key("b", {"new", "0"}))).has_value());
    must(one.rollback());
    EXPECT_FALSE(must(one.get(key("a", {"8"}))).has_value());
  });
}

TEST_F(HeldSnapshot, LoopsOverNodesGoOnWhileTheFileGrowsBetweenTheirSteps) {
  ends([](Database& database) {
    Session one(database);
    Session two(database);
    fill(two, "a", kNodes);
    for (const char* neighbour : {"A", "a0"}) must(two.set(key(neighbour), ""));  // So that no other region is asked.
    for (const Direction direction : {Direction::Forward, Direction::Backward}) {
      must(one.begin({}));
      int seen = 0;
      auto at = must(one.order(key("a", {""}), direction));
      for (; at; at = must(one.order(*at, direction)), ++seen)
        if (seen % 100 == 50) set_until_grown(database, two, "a", 1);          // Into the global that is walked.
      EXPECT_EQ(seen, direction == Direction::Forward ? kNodes : kNodes + 1);  // ^a("new") is one more.
      must(one.rollback());
    }
  });
}

TEST_F(HeldSnapshot, AScanVisitsWhatWasThereWhenItBegan) {
  ends([](Database& database) {
    Session session(database);
    fill(session, "a", kNodes);
    fill(session, "x", kNodes);
    const KeyRange everything[] = {{}};
    const auto scan = must(Scan::open(database, everything));
    int visited = 0;
    std::string last;
    must(scan->for_each([&](const ScannedNode& node) -> Status {
      EXPECT_LT(last, node.key);
      last = node.key;
      if (++visited % 100 == 50) set_until_grown(database, session, visited < kNodes ? "a" : "x", 1);
      return {};
    }));
    EXPECT_EQ(visited, 2 * kNodes);
  });
}

TEST_F(HeldSnapshot, AWalkGoesOnBehindANodeThatIsNotThere) {
  ends([](Database& database) {
    Session session(database);
    fill(session, "a", 9);
    OpenRegion& region = *must(database.region(database.directory().region_index_for(key("a"))));
    RegionReader reader;
    must(reader.take(region));
    NodeCopy node;
    ASSERT_TRUE(must(reader.first(key("a", {"3"}), node)));
    set_until_grown(database, session, "b", 1);
    node.key = key("a", {"3", "none"});
    ASSERT_TRUE(must(reader.next(node)));
    EXPECT_EQ(node.key, key("a", {"4"}));
    set_until_grown(database, session, "b2", 1);
    ASSERT_TRUE(must(reader.next(node)));
    EXPECT_EQ(node.key, key("a", {"5"}));
  });
}

TEST_F(HeldSnapshot, TwoThreadsAndTwoRegions) {
  ends([](Database& database) {
    Session first(database);
    must(first.set(key("a"), "1"));
    must(first.set(key("x"), "1"));
    must(first.begin({}));
    EXPECT_EQ(must(first.get(key("a"))), "1");
    Signal grown;
    std::thread other([&] {
      Session second(database);
      set_until_grown(database, second, "b");
      fill(second, "x1", 100);  // In collation order: the region stays behind its journal.
      grown.raise();
    });
    grown.wait();  // The transaction waits for a thread whose commits need the file that it reads.
    EXPECT_EQ(must(first.get(key("x"))), "1");
    EXPECT_EQ(must(first.get(key("x1", {"99"}))), "99");
    must(first.set(key("c"), "done"));
    must(first.commit());
    other.join();
  });
}

TEST_F(HeldSnapshot, ManyThreadsReadAndSetWhileTheFilesGrow) {
  ends([](Database& database) {
    {
      Session session(database);
      fill(session, "a", kNodes);
      fill(session, "x", kNodes);
    }
    std::atomic<int> setting{2};
    std::vector<std::thread> threads;
    for (const char* global : {"b", "x1"}) {
      threads.emplace_back([&database, &setting, global] {
        Session session(database);
        set_until_grown(database, session, global, 5);
        --setting;
      });
    }
    for (int t = 0; t < 3; ++t) {
      threads.emplace_back([&database, &setting] {
        Session session(database);
        do {
          must(session.begin({}));
          for (int i = 0; i < kNodes; i += 37) {
            EXPECT_EQ(must(session.get(key("a", {std::to_string(i)}))), std::to_string(i));
            EXPECT_EQ(must(session.get(key("x", {std::to_string(i)}))), std::to_string(i));
          }
          must(session.rollback());
        } while (setting.load() != 0);
      });
    }
    for (std::thread& thread : threads) thread.join();
  });
}

// The last attempt of a transaction runs under the commit lock: the thread's other sessions work under it, too.
TEST_F(HeldSnapshot, OtherSessionsWorkWhileATransactionHasTheCommitLock) {
  ends([](Database& database) {
    Session one(database);
    Session two(database);
    must(two.set(key("a"), "0"));
    unsigned attempts = 0;
    must(one.transact({}, [&]() -> Status {
      HW_TRY_VOID(one.get(key("a")));
      if (++attempts <= 4) {
        HW_TRY_VOID(two.increment(key("a"), "1"));  // Each attempt finds it changed.
      } else {
        set_until_grown(database, two, "b");
        fill(two, "x", 100);
        EXPECT_EQ(must(two.get(key("x", {"99"}))), "99");
        EXPECT_EQ(must(two.increment(key("n"), "1")), "1");
        must(two.transact({}, [&]() -> Status {
          HW_TRY_VOID(two.get(key("x", {"1"})));
          return two.set(key("t"), "inner");
        }));
        must(two.sync());
      }
      return one.set(key("c"), std::to_string(attempts));
    }));
    EXPECT_EQ(attempts, 5u);
    EXPECT_EQ(must(two.get(key("c"))), "5");
    EXPECT_EQ(must(two.get(key("t"))), "inner");
    must(two.set(key("after"), "1"));  // The lock is free again.
  });
}

TEST_F(HeldSnapshot, ATransactionThatItsOwnThreadDisturbsEachTimeIsAnError) {
  ends([](Database& database) {
    Session one(database);
    Session two(database);
    must(two.set(key("a"), "0"));
    unsigned attempts = 0;
    const Status status = one.transact({}, [&]() -> Status {
      ++attempts;
      HW_TRY_VOID(one.get(key("a")));
      HW_TRY_VOID(two.increment(key("a"), "1"));
      return one.set(key("c"), "1");
    });
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().id, MsgId::HWTPOWNCHANGE);
    EXPECT_EQ(one.level(), 0u);
    EXPECT_EQ(must(two.get(key("a"))), std::to_string(attempts));
    EXPECT_FALSE(must(two.get(key("c"))).has_value());
    must(one.transact({}, [&] { return one.set(key("c"), "2"); }));
  });
}

}  // namespace
}  // namespace hw::test
