#include "cluster/link/proof_limiter.h"

#include <gtest/gtest.h>

#include "engine/base/limits.h"

namespace hw::cluster {
namespace {

constexpr std::uint64_t kStart = 1'000'000;

TEST(ProofLimiter, TheFifthBadProofOfAMinuteSilencesForAMinute) {
  ProofLimiter limiter;
  for (std::uint64_t i = 0; i < 4; ++i) {
    EXPECT_FALSE(limiter.failed("10.0.0.3", kStart + i * 1000));
    EXPECT_FALSE(limiter.silenced("10.0.0.3", kStart + i * 1000));
  }
  EXPECT_TRUE(limiter.failed("10.0.0.3", kStart + 59'999));
  EXPECT_TRUE(limiter.silenced("10.0.0.3", kStart + 59'999));
  EXPECT_TRUE(limiter.silenced("10.0.0.3", kStart + 119'998));
  EXPECT_FALSE(limiter.silenced("10.0.0.3", kStart + 119'999));
}

TEST(ProofLimiter, FiveBadProofsInMoreThanAMinuteDoNot) {
  ProofLimiter limiter;
  for (std::uint64_t i = 0; i < 20; ++i) {
    EXPECT_FALSE(limiter.failed("10.0.0.3", kStart + i * 15'000)) << i;
    EXPECT_FALSE(limiter.silenced("10.0.0.3", kStart + i * 15'000)) << i;
  }
}

TEST(ProofLimiter, AfterTheSilenceCountingBeginsAnew) {
  ProofLimiter limiter;
  for (int i = 0; i < 5; ++i) (void)limiter.failed("10.0.0.3", kStart);
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(limiter.failed("10.0.0.3", kStart + 60'000));
  EXPECT_TRUE(limiter.failed("10.0.0.3", kStart + 60'000));
}

TEST(ProofLimiter, OthersAreListenedTo) {
  ProofLimiter limiter;
  for (int i = 0; i < 5; ++i) (void)limiter.failed("10.0.0.3", kStart);
  EXPECT_FALSE(limiter.silenced("10.0.0.4", kStart));
}

TEST(ProofLimiter, AnAddressWithAProvenConnectionIsNotSilenced) {
  ProofLimiter limiter;
  limiter.proven("10.0.0.3");
  limiter.proven("10.0.0.3");
  for (int i = 0; i < 50; ++i) EXPECT_FALSE(limiter.failed("10.0.0.3", kStart));
  EXPECT_FALSE(limiter.silenced("10.0.0.3", kStart));
  limiter.gone("10.0.0.3");
  EXPECT_FALSE(limiter.failed("10.0.0.3", kStart)) << "one is left";
  limiter.gone("10.0.0.3");
  EXPECT_FALSE(limiter.silenced("10.0.0.3", kStart)) << "its loss alone does not part it from us";
  EXPECT_TRUE(limiter.failed("10.0.0.3", kStart));
}

TEST(ProofLimiter, AProvenConnectionEndsTheSilence) {
  ProofLimiter limiter;
  for (int i = 0; i < 5; ++i) (void)limiter.failed("10.0.0.3", kStart);
  limiter.proven("10.0.0.3");
  EXPECT_FALSE(limiter.silenced("10.0.0.3", kStart));
}

TEST(ProofLimiter, ManyAddressesDoNotMakeItForgetTheLatest) {
  ProofLimiter limiter;
  for (std::size_t i = 0; i < 3 * kBadProofAddressesMax; ++i)
    (void)limiter.failed("address " + std::to_string(i), kStart + i);
  const std::uint64_t now = kStart + 3 * kBadProofAddressesMax;
  for (int i = 0; i < 5; ++i) {
    (void)limiter.failed("10.0.0.3", now);
    (void)limiter.failed("another " + std::to_string(i), now);
  }
  EXPECT_TRUE(limiter.silenced("10.0.0.3", now));
}

TEST(LimitedAddress, IsWhatOneHostHas) {
  EXPECT_EQ(limited_address("10.0.0.3"), "10.0.0.3");
  EXPECT_EQ(limited_address("::ffff:10.0.0.3"), "10.0.0.3");
  EXPECT_EQ(limited_address("::1"), "::1");
  EXPECT_EQ(limited_address("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  EXPECT_EQ(limited_address("fe80::1%eth0"), "fe80::/64");
}

}  // namespace
}  // namespace hw::cluster
