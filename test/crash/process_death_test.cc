// Processes that die, at each failpoint and at random moments.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "engine/base/failpoint.h"
#include "test/support/recovery_rounds.h"

namespace hw::test {
namespace {

struct PointCase {
  FailPoint point;
  const char* name;
  std::uint64_t journal_bytes;
  unsigned passings_max = 20;
  unsigned durable_every = 3;
};

class AtFailPoint : public EngineRecovery, public testing::WithParamInterface<std::tuple<PointCase, bool, bool>> {};

// Shows: breaks.20
TEST_P(AtFailPoint, AcknowledgedCommitsSurviveAndTheOneInFlightIsWhole) {
  const auto& [point, replicated, pool_survives] = GetParam();
  prepare(replicated, point.journal_bytes);
  std::mt19937_64 random(seed_);
  std::uint64_t from = 1;
  for (int round = 0; round < 6; ++round) {
    const std::string fail = fmt::format("{}:kill:{}", failpoint_name(point.point), 1 + random() % point.passings_max);
    const int status = in_child({{"HW_FAIL", fail}}, [&] { work({0, from, 2000, point.durable_every, 40, false}); });
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << fail << " was not reached";
    if (!pool_survives) remove_pool();
    ASSERT_EQ(in_child({}, [&] { verify(1, round % 2 == 0); }), 0) << fail << ", round " << round;
    EXPECT_GE(shared().found.load(), shared().committed[0].load()) << fail << ", round " << round;
    from = shared().found.load() + 1;
    if (!pool_survives) remove_pool();
    ASSERT_EQ(in_child({}, [&] { work({0, from, 10, 0, 0, true}); }), 0);
    from += 10;
    ASSERT_EQ(in_child({}, [&] { verify(1, true); }), 0) << "after going on, round " << round;
    ASSERT_EQ(shared().found.load(), from - 1);
  }
}

constexpr PointCase kPoints[] = {
    {FailPoint::JournalClosedNotRenamed, "JournalClosedNotRenamed", kSmallJournal, 4},
    {FailPoint::JournalRenamedNotReplaced, "JournalRenamedNotReplaced", kSmallJournal, 4},
    {FailPoint::JournalFactsHalfChanged, "JournalFactsHalfChanged", kSmallJournal, 4},
    {FailPoint::CommitRecordsNotComplete, "CommitRecordsNotComplete", kLargeJournal},
    {FailPoint::CommitDecidedNotApplied, "CommitDecidedNotApplied", kLargeJournal},
    {FailPoint::CommitHalfApplied, "CommitHalfApplied", kLargeJournal},
    {FailPoint::CommitAppliedNotPublished, "CommitAppliedNotPublished", kLargeJournal},
    {FailPoint::CommitPublishedNotSynced, "CommitPublishedNotSynced", kLargeJournal},
    {FailPoint::SetInPlaceHalfWritten, "SetInPlaceHalfWritten", kLargeJournal, 20, 45},
    {FailPoint::SetsBehindNotApplied, "SetsBehindNotApplied", kLargeJournal, 8, 45},
    {FailPoint::SetsBehindNotMarked, "SetsBehindNotMarked", kSmallJournal, 8, 45},
    {FailPoint::ImageHalfApplied, "ImageHalfApplied", kSmallJournal},
};

std::string case_name(const testing::TestParamInfo<AtFailPoint::ParamType>& info) {
  return std::string(std::get<0>(info.param).name) + (std::get<1>(info.param) ? "Replicated" : "") +
         (std::get<2>(info.param) ? "" : "PoolGone");
}
INSTANTIATE_TEST_SUITE_P(EveryPoint, AtFailPoint,
                         testing::Combine(testing::ValuesIn(kPoints), testing::Bool(), testing::Bool()), case_name);

TEST_F(EngineRecovery, ThreeProcessesKilledAtRandomMoments) {
  prepare(false, kSmallJournal);
  std::mt19937_64 random(seed_);
  constexpr unsigned kWorkers = 3;
  std::uint64_t from[kWorkers] = {1, 1, 1};
  for (int round = 0; round < 12; ++round) {
    pid_t pids[kWorkers];
    for (unsigned worker = 0; worker < kWorkers; ++worker)
      pids[worker] = start_child({}, [&, worker] { work({worker, from[worker], 1'000'000, 7, 100, false}); });
    std::uint64_t goal = shared().committed[0].load() + 20 + random() % 200;
    int first = 0;
    while (shared().committed[0].load() < goal && ::waitpid(pids[1], &first, WNOHANG) == 0) ::sched_yield();
    // One after the other, so that survivors meet what the dead left behind.
    for (unsigned worker = kWorkers; worker-- > 0;) {
      ::kill(pids[worker], SIGKILL);
      const int status = wait_for(pids[worker]);
      ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "worker " << worker << " ended by itself";
      const std::uint64_t seen = shared().committed[0].load();
      if (worker == 0) break;
      while (shared().committed[0].load() < seen + random() % 10 + 1) {
        if (::kill(pids[0], 0) != 0) break;
        ::sched_yield();
      }
    }
    if (round % 3 == 2) remove_pool();
    ASSERT_EQ(in_child({}, [&] { verify(kWorkers, round % 2 == 0); }), 0) << "round " << round;
    // What each has is told by a child that reads the marks.
    ASSERT_EQ(in_child({},
                       [&] {
                         auto database = open();
                         const Model found = contents(*database);
                         for (unsigned worker = 0; worker < kWorkers; ++worker) {
                           EXPECT_GE(marked(found, worker), shared().committed[worker].load()) << "worker " << worker;
                           shared().committed[worker].store(marked(found, worker));
                         }
                       }),
              0)
        << "round " << round;
    for (unsigned worker = 0; worker < kWorkers; ++worker) from[worker] = shared().committed[worker].load() + 1;
  }
}

}  // namespace
}  // namespace hw::test
