// How long a message is held back at each rate of commits.
#include "replic/source/batch_window.h"

#include <gtest/gtest.h>

namespace hw {
namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;

/// The hold after a second of messages: `count` transactions each time the window opens, or after `pause` if that is
/// later.
microseconds held_at(std::uint64_t count, microseconds pause, std::size_t bytes = 100) {
  BatchWindow window;
  BatchWindow::Time now{1h};
  for (const BatchWindow::Time end = now + 1s; now < end;) {
    now = std::max(window.opens(), now + pause);
    window.sent(count, bytes, now);
  }
  return std::chrono::duration_cast<microseconds>(window.opens() - now);
}

TEST(BatchWindow, RareCommitsAreNotHeldBack) {
  EXPECT_EQ(BatchWindow().opens(), BatchWindow::Time{}) << "the first";
  EXPECT_EQ(held_at(1, 1ms), 0us);
  EXPECT_EQ(held_at(1, 400us), 0us);
}

TEST(BatchWindow, TheMoreCommitsTheLongerUpToAMillisecond) {
  EXPECT_NEAR(static_cast<double>(held_at(1, 250us).count()), 100, 1);
  EXPECT_NEAR(static_cast<double>(held_at(8, 1ms).count()), 500, 1);
  EXPECT_EQ(held_at(14, 1ms), BatchWindow::kLongest);
  EXPECT_EQ(held_at(500, 1ms), BatchWindow::kLongest);
}

TEST(BatchWindow, ABacklogIsNotHeldBack) {
  EXPECT_EQ(held_at(5000, 5ms, BatchWindow::kBacklogBytes), 0us);
  EXPECT_GT(held_at(5000, 5ms, BatchWindow::kBacklogBytes - 1), 0us);
}

TEST(BatchWindow, APauseEndsWhatWasBefore) {
  BatchWindow window;
  BatchWindow::Time now{1h};
  for (int i = 0; i < 100; ++i) window.sent(500, 100, now += 1ms);
  EXPECT_EQ(window.opens() - now, BatchWindow::kLongest);
  now += 20ms;
  EXPECT_LE(window.opens(), now) << "the first of the new time goes at once";
  window.sent(1, 100, now);
  EXPECT_EQ(window.opens(), now) << "and so does the second";
}

}  // namespace
}  // namespace hw
