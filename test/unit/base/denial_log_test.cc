#include "engine/base/denial_log.h"

#include <gtest/gtest.h>

#include "engine/base/limits.h"

namespace hw {
namespace {

constexpr std::uint64_t kStart = 1'000'000;

TEST(DenialLog, OneLineAMinuteOfEachCountsWhatWasKeptBack) {
  DenialLog log;
  EXPECT_EQ(log.denied("a", kStart), 0u);
  EXPECT_EQ(log.denied("a", kStart + 1), std::nullopt);
  EXPECT_EQ(log.denied("a", kStart + 59'999), std::nullopt);
  EXPECT_EQ(log.denied("b", kStart + 59'999), 0u);
  EXPECT_EQ(log.denied("a", kStart + 60'000), 2u);
  EXPECT_EQ(log.denied("a", kStart + 200'000), 0u);
}

TEST(DenialLog, ManyDoNotFillTheLog) {
  DenialLog log;
  std::size_t lines = 0;
  std::uint64_t counted = 0;
  const std::size_t callers = 100'000;
  for (std::size_t i = 0; i < callers; ++i) {
    const auto told = log.denied("address " + std::to_string(i), kStart);
    if (!told.has_value()) continue;
    ++lines;
    counted += *told;
  }
  EXPECT_EQ(lines, kDenialLinesMax);
  const auto later = log.denied("one more", kStart + 60'000);
  ASSERT_TRUE(later.has_value());
  EXPECT_GT(*later, callers / 2) << "what is forgotten is counted";
  EXPECT_LE(counted + *later, callers);
}

}  // namespace
}  // namespace hw
