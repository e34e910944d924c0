#include "engine/extract/progress.h"

#include <gtest/gtest.h>

#include <sstream>

namespace hw {
namespace {

TEST(Progress, SilentInTheFirstSecondThenOneLineThatIsWiped) {
  std::ostringstream out;
  std::chrono::steady_clock::time_point now;
  Progress progress(&out, "load", 1000, [&] { return now; });
  const auto call = [&](std::uint64_t records, std::uint64_t at) {
    for (int i = 0; i < 4096; ++i) progress.update(records, at);
  };
  now += std::chrono::milliseconds(900);
  call(10, 100);
  EXPECT_EQ(out.str(), "");
  now += std::chrono::milliseconds(1100);
  call(200, 500);
  EXPECT_EQ(out.str(), "\rload [===============               ]  50% 200 records, 100/s\033[K");
  call(300, 600);  // no time has passed
  progress.done();
  progress.done();
  EXPECT_EQ(out.str(), "\rload [===============               ]  50% 200 records, 100/s\033[K\r\033[K");
}

TEST(Progress, LargePiecesAreShownOneByOneInTheirUnit) {
  std::ostringstream out;
  std::chrono::steady_clock::time_point now;
  Progress progress(
      &out, "refresh", 4, [&] { return now; }, "MiB");
  now += std::chrono::seconds(2);
  progress.piece(1, 1);
  EXPECT_EQ(out.str(), "\rrefresh [=======                       ]  25% 1 MiB, 0/s\033[K");
}

TEST(Progress, NothingWithoutATerminal) {
  Progress progress(nullptr, "load", 0);
  for (int i = 0; i < 10000; ++i) progress.update(1, 1);
}

}  // namespace
}  // namespace hw
