#include "cluster/plan/commands.h"

#include <gtest/gtest.h>

namespace hw::cluster {
namespace {

TEST(Commands, GoOverTheLinkAndBack) {
  BootCommand boot;
  boot.selection.group = "acct";
  boot.selection.servers = {{"report", 2}, {"source:B", 1}};
  boot.generation = 7;
  boot.options = "-v \"x\"";
  boot.pace = Pace::FullWait;
  boot.pace_us = 20;
  const auto back = command_of<BootCommand>(json_of_command(boot));
  ASSERT_TRUE(back.has_value()) << back.error().text;
  EXPECT_EQ(*back, boot);
  DownCommand down;
  down.process = 4'000'000'000;
  down.hold = true;
  EXPECT_EQ(command_of<DownCommand>(json_of_command(down)).value(), down);
  EXPECT_EQ(command_of<FailoverCommand>("{}").value(), FailoverCommand{});
}

TEST(Commands, WhatIsNoneIsRefusedByName) {
  const auto why = [](std::string_view json) {
    const auto command = command_of<BootCommand>(json);
    return command.has_value() ? std::string("taken") : command.error().text;
  };
  EXPECT_NE(why("[]").find("no JSON object"), std::string::npos);
  EXPECT_NE(why(R"({"pace":"slowly"})").find("pace"), std::string::npos);
  EXPECT_NE(why(R"({"selection":{"group":3}})").find("selection.group"), std::string::npos);
  EXPECT_NE(why(R"({"selection":{"servers":[{"name":"x","count":-1}]}})").find("selection.servers[0].count"),
            std::string::npos);
  EXPECT_NE(why(R"({"gruop":"a"})").find("gruop: no such argument"), std::string::npos);
  EXPECT_NE(why(R"({"selection":{"grup":"a"}})").find("selection.grup"), std::string::npos);
}

}  // namespace
}  // namespace hw::cluster
