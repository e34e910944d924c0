#include "cluster/plan/change_steps.h"

#include <gtest/gtest.h>

namespace hw::test {
namespace {

using namespace hw::cluster;

TEST(ChangeSteps, EachStandsAtItsPlace) {
  for (std::size_t i = 0; i < kChangeSteps.size(); ++i)
    EXPECT_EQ(static_cast<std::size_t>(kChangeSteps.at(i).step), i) << kChangeSteps.at(i).name;
}

TEST(ChangeSteps, TheTextNamesBothRoots) {
  EXPECT_EQ(text_of(ChangeStep::S3, "B", "A"), "S3 B applies all of A");
  EXPECT_EQ(text_of(ChangeStep::F5, "B", "A"), "F5 receipt of A");
}

}  // namespace
}  // namespace hw::test
