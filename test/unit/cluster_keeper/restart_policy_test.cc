// When a server that has failed is started again: at once, after pauses that double, and no more.
#include "cluster/keeper/restart_policy.h"

#include <gtest/gtest.h>

namespace hw::cluster {
namespace {

using namespace std::chrono_literals;
using Time = RestartPolicy::Time;

constexpr Time kBegin{1'000'000s};

TEST(RestartPolicy, PausesDoubleFromATenthToFiveSeconds) {
  RestartPolicy policy(100);
  Time now = kBegin;
  for (const auto pause : {0ms, 100ms, 200ms, 400ms, 800ms, 1600ms, 3200ms, 5000ms, 5000ms, 5000ms}) {
    const auto again = policy.failed(now);
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(*again - now, pause);
    now = *again;
  }
}

TEST(RestartPolicy, AsManyFailuresAsAllowedWithinTenMinutesAreTheLast) {
  RestartPolicy policy(3);
  EXPECT_TRUE(policy.failed(kBegin).has_value());
  EXPECT_TRUE(policy.failed(kBegin + 5min).has_value());
  EXPECT_FALSE(policy.failed(kBegin + 10min - 1ms).has_value());
  EXPECT_EQ(policy.failures(), 3U);
}

TEST(RestartPolicy, AFailureOfTenMinutesAgoCountsNoMore) {
  RestartPolicy policy(3);
  EXPECT_TRUE(policy.failed(kBegin).has_value());
  EXPECT_TRUE(policy.failed(kBegin + 5min).has_value());
  const auto again = policy.failed(kBegin + 10min);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(*again - (kBegin + 10min), 100ms);  // The second of those that count.
  EXPECT_EQ(policy.failures(), 2U);
}

TEST(RestartPolicy, WhoMayFailOnceOrNeverIsGivenUpAtTheFirstFailure) {
  for (const unsigned allowed : {0U, 1U}) {
    RestartPolicy policy(allowed);
    EXPECT_FALSE(policy.failed(kBegin).has_value());
    EXPECT_EQ(policy.failures(), 1U);
  }
}

TEST(RestartPolicy, ForgettingBeginsAnew) {
  RestartPolicy policy(2);
  EXPECT_TRUE(policy.failed(kBegin).has_value());
  policy.forget();
  EXPECT_EQ(policy.failed(kBegin + 1s), kBegin + 1s);
}

}  // namespace
}  // namespace hw::cluster
