// mupip set, broken off.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <csignal>

#include "engine/base/failpoint.h"
#include "test/support/recovery_rounds.h"

namespace hw::test {
namespace {

class BrokenOffSettings : public EngineRecovery, public testing::WithParamInterface<FailPoint> {};

TEST_P(BrokenOffSettings, TheChangeCountsOrItDoesNot) {
  prepare(false, kLargeJournal);
  std::uint64_t from = 1;
  for (int round = 0; round < 4; ++round) {
    ASSERT_EQ(in_child({}, [&] { work({0, from, 50, 3, 0, true}); }), 0);
    from += 50;
    const bool replicate = round >= 2;
    const int status = in_child({{"HW_FAIL", fmt::format("{}:kill:{}", failpoint_name(GetParam()), 1 + round % 2)}},
                                [&] { scratch_.enable_journaling(replicate, kLargeJournal); });
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    shared().committed[0].store(from - 1);
    replicated_ = replicate;  // One region, both or none replicate now: an instance suits all three.
    ASSERT_EQ(in_child({}, [&] { verify(1, true); }), 0) << "round " << round;
    ASSERT_EQ(shared().found.load(), from - 1);
    if (round < 2) continue;
    // Whatever of the two regions replicates now: the command is repeated and completes, and can be undone.
    ASSERT_EQ(in_child({}, [&] { scratch_.enable_journaling(true, kLargeJournal); }), 0);
    ASSERT_EQ(in_child({}, [&] { verify(1, true); }), 0) << "round " << round;
    return;
  }
}
INSTANTIATE_TEST_SUITE_P(EveryPoint, BrokenOffSettings,
                         testing::Values(FailPoint::SettingsPrepared, FailPoint::SettingsDecided,
                                         FailPoint::SettingsJournalRenamed, FailPoint::ImageNotRenamed),
                         [](const auto& which) { return std::string(failpoint_name(which.param)); });

}  // namespace
}  // namespace hw::test
