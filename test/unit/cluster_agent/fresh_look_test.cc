// Who has still to say what is so now.
#include "cluster/agent/fresh_look.h"

#include <gtest/gtest.h>

namespace hw::cluster {
namespace {

using Names = std::vector<std::string>;

TEST(FreshLook, OfNobodyIsOver) { EXPECT_TRUE(FreshLook({}).is_over()); }

TEST(FreshLook, IsOverWhenEachHasAnsweredOrIsSilent) {
  FreshLook look({"n1", "n2", "n3"});
  EXPECT_EQ(look.to_ask(), (Names{"n1", "n2", "n3"}));
  EXPECT_EQ(look.to_ask(), Names{});
  look.answered("n2");
  look.gave_none("n3", true);
  EXPECT_FALSE(look.is_over());
  look.answered("n1");
  EXPECT_TRUE(look.is_over());
}

TEST(FreshLook, WhoFailedToAnswerIsAskedAgainUntilItIsSilent) {
  FreshLook look({"n1", "n2"});
  (void)look.to_ask();
  look.gave_none("n1", false);
  EXPECT_EQ(look.to_ask(), Names{"n1"});
  look.gave_none("n1", false);
  look.gave_none("n1", true);
  EXPECT_EQ(look.to_ask(), Names{});
  EXPECT_FALSE(look.is_over());
  look.gave_none("n2", true);
  EXPECT_TRUE(look.is_over());
}

TEST(FreshLook, WhatComesTwiceCountsOnce) {
  FreshLook look({"n1"});
  look.answered("n1");
  look.answered("n1");
  look.gave_none("n1", false);
  EXPECT_TRUE(look.is_over());
}

}  // namespace
}  // namespace hw::cluster
