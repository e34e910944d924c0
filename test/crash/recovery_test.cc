// Recoveries that are killed, at each named point and at random moments: nobody opens a database in between, and done
// again they end where they should.
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <functional>
#include <random>
#include <sstream>

#include "engine/base/failpoint.h"
#include "engine/extract/load.h"
#include "test/support/journal_history.h"
#include "test/support/recover_back_to.h"

namespace hw::test {
namespace {

using namespace std::chrono_literals;

using ForwardRecovery = ForwardRecoveryProperty;

/// Kills children at random moments of what they do. Those that end before make the moments of the next ones earlier.
struct RandomKills {
  explicit RandomKills(std::chrono::nanoseconds latest) : bound_ns(latest.count()) {}

  void run(std::mt19937_64& random, const std::function<void()>& work) {
    const auto begun = std::chrono::steady_clock::now();
    const pid_t pid = start_child({}, work);
    struct timespec pause {
      0, static_cast<long>(random() % static_cast<std::uint64_t>(bound_ns))
    };
    ::nanosleep(&pause, nullptr);  // The moment is what is random here.
    ::kill(pid, SIGKILL);
    if (WIFSIGNALED(wait_for(pid)))
      ++killed;
    else
      bound_ns = std::min(bound_ns, static_cast<long>((std::chrono::steady_clock::now() - begun).count()));
  }

  long bound_ns;  ///< below a second
  int killed = 0;
};

// Shows: journal.forward
TEST_F(ForwardRecovery, KilledAtRandomMomentsItIsRightWhenDoneAgain) {
  fill();
  const auto paths = journal_files();
  const ScratchDatabase restored(kRegions);
  std::mt19937_64 random(seed_);
  RandomKills kills(60ms);
  for (int round = 0; round < 50; ++round) {
    restore(restored);
    kills.run(random, [&] { must(recover_forward(request(restored, paths))); });
    ASSERT_EQ(in_child({}, [&] { must(recover_forward(request(restored, paths))); }), 0);
    ASSERT_EQ(in_child({}, [&] { EXPECT_TRUE(contents_of(restored) == done_) << "round " << round; }), 0);
  }
  EXPECT_GE(kills.killed, 10) << "the others had come to their end";
}

struct ForwardPoint {
  FailPoint point;
  int passings;
};
class ForwardRecoveryAtFailPoint : public ForwardRecovery, public testing::WithParamInterface<ForwardPoint> {};

// Shows: journal.forward breaks.20
TEST_P(ForwardRecoveryAtFailPoint, NobodyOpensItInBetweenAndDoneAgainItIsRight) {
  fill();
  const auto paths = journal_files();
  const ScratchDatabase restored(kRegions);
  for (int passing = 1; passing <= GetParam().passings; ++passing) {
    restore(restored);
    const std::string fail = fmt::format("{}:kill:{}", failpoint_name(GetParam().point), passing);
    const int status = in_child({{"HW_FAIL", fail}}, [&] { must(recover_forward(request(restored, paths))); });
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << fail << " was not reached";
    ASSERT_EQ(in_child({},
                       [&] {
                         auto database = restored.open();
                         Session session(*database);
                         int refused = 0;
                         for (const char* global : {"adata", "xdata", "ydata", "zdata"}) {
                           const auto read = session.get(key(global));
                           if (read.has_value()) continue;
                           EXPECT_EQ(read.error().id, MsgId::MUPJNLINTERRUPT) << read.error().render();
                           ++refused;
                         }
                         // The last database's mark is gone only when all others' are.
                         const bool all_done = GetParam().point == FailPoint::ForwardNotSettled && passing == 4;
                         EXPECT_EQ(refused == 0, all_done) << fail;
                       }),
              0);
    ASSERT_EQ(in_child({}, [&] { must(recover_forward(request(restored, paths))); }), 0) << fail;
    ASSERT_EQ(in_child({}, [&] { EXPECT_TRUE(contents_of(restored) == done_) << fail; }), 0);
  }
}
INSTANTIATE_TEST_SUITE_P(EveryPoint, ForwardRecoveryAtFailPoint,
                         testing::Values(ForwardPoint{FailPoint::ForwardMarked, 4},
                                         ForwardPoint{FailPoint::ForwardBatchHalf, 4},
                                         ForwardPoint{FailPoint::ForwardNotSettled, 4}),
                         [](const auto& param) { return std::string(failpoint_name(param.param.point)); });

class BackwardRecovery : public ForwardRecoveryProperty {
 protected:
  Result<BackwardResult> back_to(std::uint64_t time_us) { return test::recover_back_to(scratch_, time_us); }
};

// Shows: journal.backward breaks.25
TEST_F(BackwardRecovery, BackToAnyTimeAndTheLostTransactionsBringItForwardAgain) {
  fill();
  std::vector<Model> states(1);
  for (std::uint64_t number = 1; number <= kTransactions; ++number) {
    states.push_back(states.back());
    random_transaction(seed_, number, nullptr, states.back());
  }
  std::vector<std::uint64_t> all_times;
  all_times = times();
  ASSERT_EQ(all_times.size(), kTransactions);
  std::mt19937_64 random(seed_);
  std::uint64_t now = kTransactions;
  RandomKills kills(40ms);
  for (int round = 0; round < 50; ++round) {
    const std::uint64_t to = now - 1 - random() % 6;
    kills.run(random, [&] { must(back_to(all_times[to - 1])); });
    ASSERT_EQ(in_child({},
                       [&] {
                         must(back_to(all_times[to - 1]));
                         EXPECT_TRUE(contents_of(scratch_) == states[to]) << "round " << round;
                       }),
              0);
    now = to;
  }
  EXPECT_GE(kills.killed, 10) << "the others had come to their end";
  const std::uint64_t to = now / 2;
  ASSERT_EQ(in_child({},
                     [&] {
                       const BackwardResult result = must(back_to(all_times[to - 1]));
                       EXPECT_EQ(result.transactions, now - to);
                       EXPECT_TRUE(contents_of(scratch_) == states[to]);
                       auto database = scratch_.open();
                       {
                         Session session(*database);
                         std::ifstream lost(scratch_.folder() + "/lost");
                         std::ostringstream messages;
                         EXPECT_EQ(must(load(session, lost, {}, messages)).status, 0) << messages.str();
                         EXPECT_TRUE(contents(session) == states[now]);
                       }
                       must(database->close());
                     }),
            0);
}

}  // namespace
}  // namespace hw::test
