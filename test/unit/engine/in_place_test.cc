// Sets that overwrite a value where it stands in LMDB's file, while nobody reads: nobody can tell.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <random>
#include <thread>

#include "engine/commit/in_place.h"
#include "test/support/behind_database.h"

namespace hw::test {
namespace {

constexpr std::uint64_t kNodes = 1000;

class InPlace : public BehindDatabase {
 protected:
  InPlace() {
    EXPECT_EQ(in_session([&](Session& session) {
                for (std::uint64_t i = 0; i < kNodes; ++i) must(session.set(node(i), value(0)));
              }),
              0);
  }

  /// All as long as one another, and each of one digit repeated, so that a torn one is seen.
  static std::string value(std::uint64_t digit) { return std::string(37, static_cast<char>('0' + digit % 10)); }

  /// Keys all over the region.
  static std::uint64_t place(std::uint64_t i) { return i * 379 % kNodes; }

  static void overwrite_many(Session& session, std::uint64_t from, std::uint64_t count) {
    for (std::uint64_t i = from; i < from + count; ++i) must(session.set(node(place(i)), value(i)));
  }

  RegionTn lmdb_tn() const { return must(database_->writable_region(0))->last_tn(); }
  SetsBehind& facts() const { return must(database_->domain())->header().behind[0]; }
};

TEST_F(InPlace, LmdbCommitsOnceForMany) {
  ASSERT_EQ(in_session([&](Session& session) {
              overwrite_many(session, 0, 10);
              const RegionTn before = lmdb_tn();
              overwrite_many(session, 10, 500);
              EXPECT_EQ(lmdb_tn(), before);
              EXPECT_GE(facts().in_place, 500U);
              EXPECT_EQ(must(session.get(node(place(400)))), value(400));
              EXPECT_EQ(lmdb_tn().value, before.value + 1) << "the reader brings it up";
              EXPECT_EQ(facts().alone, 0U);
            }),
            0);
  ASSERT_EQ(in_session([&](Session& session) {
              for (std::uint64_t i = 0; i < 510; ++i) ASSERT_EQ(must(session.get(node(place(i)))), value(i));
            }),
            0);
  const auto values = journaled(node(place(400)));
  ASSERT_EQ(values.size(), 2U);
  EXPECT_EQ(values[1], (std::pair{value(0), value(400)}));
}

TEST_F(InPlace, ManyMoreThanLmdbCommitsAtOnce) {
  ASSERT_EQ(in_session([&](Session& session) {
              overwrite_many(session, 0, 10);
              const RegionTn before = lmdb_tn();
              overwrite_many(session, 10, 5 * kSetsInPlaceMax);
              EXPECT_LE(lmdb_tn().value, before.value + 5) << "one commit for each that are full";
              for (std::uint64_t i = 0; i < kNodes; ++i) {
                const std::uint64_t last = 10 + 5 * kSetsInPlaceMax - 1 - i;
                ASSERT_EQ(must(session.get(node(place(last)))), value(last));
              }
            }),
            0);
}

TEST_F(InPlace, TheNextReplacedValueIsTheOneInPlace) {
  ASSERT_EQ(in_session([&](Session& session) {
              overwrite_many(session, 0, 20);
              EXPECT_EQ(facts().alone, 1U);
              must(session.set(node(7), value(1)));
              must(session.set(node(7), value(2)));
              must(session.set(node(7), "short"));  // Goes to LMDB at once.
              EXPECT_EQ(behind(), 0U);
              must(session.set(node(7), "long again"));
              overwrite_many(session, 20, 20);
              EXPECT_EQ(facts().alone, 1U);
              must(session.kill(node(7)));
              EXPECT_EQ(behind(), 0U);
              EXPECT_FALSE(must(session.get(node(7))).has_value());
            }),
            0);
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  Pairs values = journaled(node(7));
  ASSERT_GE(values.size(), 5U);
  values.erase(values.begin(), values.end() - 5);
  EXPECT_EQ(values[0].second, value(1));
  values[0].first.clear();
  EXPECT_EQ(values,
            (Pairs{{"", value(1)}, {value(1), value(2)}, {value(2), "short"}, {"short", "long again"}, {"none", ""}}));
}

TEST_F(InPlace, ASnapshotThatIsOpenIsLeftAsItIs) {
  const pid_t writer = start_session([&](Session& session) {
    overwrite_many(session, 0, 20);
    EXPECT_EQ(facts().alone, 1U);
    stage_.reach(1);
    stage_.wait_for(2);
    for (int i = 1; i <= 2000; ++i) {
      for (std::uint64_t j = 1; j <= 5; ++j) must(session.set(node(j), value(3)));
      ASSERT_EQ(facts().alone, 0U) << "while a transaction reads";
    }
    stage_.reach(3);
    stage_.wait_for(4);
    overwrite_many(session, 0, 1000);
    EXPECT_EQ(facts().alone, 1U) << "when nobody reads any more";
  });
  const pid_t reader = start_session([&](Session& session) {
    stage_.wait_for(1);
    must(session.begin());
    const std::string seen = must(session.get(node(1))).value();
    stage_.reach(2);
    stage_.wait_for(3);
    EXPECT_EQ(must(session.get(node(1))).value(), seen);
    EXPECT_EQ(must(session.get(node(2))).value(), value(0)) << "of before";
    must(session.rollback());
    stage_.reach(4);
  });
  EXPECT_EQ(wait_for(writer), 0);
  EXPECT_EQ(wait_for(reader), 0);
}

TEST_F(InPlace, CountersOfTheSameLengthAreOverwritten) {
  ASSERT_EQ(in_session([&](Session& session) {
              must(session.set(node(1), "100000"));
              must(session.set(node(900), "200000"));
              const RegionTn before = lmdb_tn();
              for (int i = 0; i < 300; ++i) {
                must(session.increment(node(900), "1"));
                must(session.increment(node(1), "1"));
              }
              EXPECT_LE(lmdb_tn().value, before.value + 20);
              EXPECT_EQ(must(session.get(node(1))), "100300");
              EXPECT_EQ(must(session.get(node(900))), "200300");
            }),
            0);
}

// Two nodes are set in turn, to the same number each time. Who reads both in a transaction finds the numbers equal, or
// the first one ahead by one; and never half a value.
TEST_F(InPlace, ReadersInOtherProcessesSeeWholeMoments) {
  const auto numbered = [](std::uint64_t i) { return std::to_string(1'000'000 + i); };
  ASSERT_EQ(in_session([&](Session& session) {
              for (std::uint64_t i : {1U, 900U}) must(session.set(node(i), numbered(0)));
            }),
            0);
  const pid_t writer = start_session([&](Session& session) {
    std::uint64_t in_place = 0;
    for (std::uint64_t i = 1; i <= 60'000; ++i) {
      must(session.set(node(900), numbered(i)));
      must(session.set(node(1), numbered(i)));
      if (facts().alone != 0) ++in_place;
    }
    EXPECT_GT(in_place, 1000U) << "it has to be what is tested";
    stage_.reach(1);
  });
  std::vector<pid_t> readers;
  for (int reader = 0; reader < 2; ++reader) {
    readers.push_back(start_session([&, reader](Session& session) {
      std::mt19937 random(static_cast<unsigned>(reader));
      while (!stage_.has_reached(1)) {
        must(session.begin());
        const std::uint64_t first = std::stoull(must(session.get(node(900))).value());
        const std::uint64_t second = std::stoull(must(session.get(node(1))).value());
        must(session.rollback());
        ASSERT_TRUE(first == second || first == second + 1) << first << ' ' << second;
        std::this_thread::sleep_for(std::chrono::microseconds(random() % 2000));
      }
    }));
  }
  EXPECT_EQ(wait_for(writer), 0);
  for (const pid_t reader : readers) EXPECT_EQ(wait_for(reader), 0);
}

TEST_F(InPlace, ThreadsOfOneProcessSeeWholeValues) {
  ASSERT_EQ(in_session([&](Session& session) {
              std::atomic<bool> done{false};
              std::thread reader([&] {
                Session reads(*database_);
                for (std::uint64_t i = 0; !done.load(); ++i) {
                  const std::string seen = must(reads.get(node(place(i)))).value();
                  ASSERT_EQ(seen, std::string(37, seen.front()));
                  if (i % 16 == 0) std::this_thread::sleep_for(std::chrono::microseconds(300));
                }
              });
              overwrite_many(session, 0, 50'000);
              done.store(true);
              reader.join();
            }),
            0);
}

TEST_F(InPlace, AKilledReaderIsForgotten) {
  const pid_t reader = start_session([&](Session& session) {
    must(session.begin());
    must(session.get(node(1)));
    stage_.reach(1);
    stage_.wait_for(2);
    ::raise(SIGKILL);
  });
  const pid_t writer = start_session([&](Session& session) {
    stage_.wait_for(1);
    overwrite_many(session, 0, 100);
    EXPECT_EQ(facts().alone, 0U);
    stage_.reach(2);
    stage_.wait_for(3);
    overwrite_many(session, 100, 1000);
    EXPECT_EQ(facts().alone, 1U);
  });
  EXPECT_TRUE(WIFSIGNALED(wait_for(reader)));
  stage_.reach(3);
  EXPECT_EQ(wait_for(writer), 0);
}

TEST_F(InPlace, WhoMayNotWriteSeesWholeValues) {
  if (::getuid() != 0) GTEST_SKIP() << "needs another user to read as";
  const pid_t writer = start_session(
      [&](Session& session) {
        overwrite_many(session, 0, 100);
        EXPECT_EQ(facts().alone, 1U);
        stage_.reach(1);
        for (std::uint64_t i = 0; !stage_.has_reached(2); ++i) overwrite_many(session, i, 1);
        overwrite_many(session, 0, 1000);
        EXPECT_EQ(behind(), 0U) << "while somebody reads who cannot bring a region up";
      },
      {}, true);
  const pid_t reader = start_child({}, [&] {
    stage_.wait_for(1);
    become_reader();
    auto database = scratch_.open();
    Session session(*database);
    for (std::uint64_t i = 0; i < 3000; ++i) {
      const std::string seen = must(session.get(node(i % kNodes))).value();
      ASSERT_EQ(seen, std::string(37, seen.front()));
    }
    stage_.reach(2);
  });
  EXPECT_EQ(wait_for(writer), 0);
  EXPECT_EQ(wait_for(reader), 0);
}

// The half written value is nobody's: neither what a reader gets, nor what the next set says it replaced.
TEST_F(InPlace, KilledInTheMiddleOfAValue) {
  for (const bool survivor : {false, true}) {
    const auto survive = [&](Session& session) {
      must(session.set(node(0), value(0)));
      stage_.reach(1);
      stage_.wait_for(2);
      must(session.set(node(place(30)), value(4)));  // The lock's next holder is who sets that node.
      EXPECT_EQ(must(session.get(node(place(30)))), value(4));
    };
    const pid_t other = survivor ? start_session(survive) : 0;
    if (survivor) stage_.wait_for(1);
    const auto set_two_in_turn = [&](Session& session) {  // One node again and again stays behind instead.
      for (std::uint64_t i = 0; i < 40; ++i) {
        must(session.set(node(0), value(i)));
        must(session.set(node(place(30)), value(i)));
      }
    };
    const char* const fail = survivor ? "SetInPlaceHalfWritten:kill:21" : "SetInPlaceHalfWritten:kill:20";
    const int status = in_session(set_two_in_turn, {{"HW_FAIL", fail}});
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    if (survivor) {
      stage_.reach(2);
      ASSERT_EQ(wait_for(other), 0);
    }
    ASSERT_EQ(in_session([&](Session& session) {
                const std::string seen = must(session.get(node(place(30)))).value();
                EXPECT_EQ(seen, std::string(37, seen.front()));
              }),
              0);
    const auto values = journaled(node(place(30)));
    for (std::size_t i = 1; i < values.size(); ++i) ASSERT_EQ(values[i].first, values[i - 1].second) << i;
  }
}

}  // namespace
}  // namespace hw::test
