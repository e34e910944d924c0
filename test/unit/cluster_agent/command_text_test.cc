#include "cluster/agent/command_text.h"

#include <gtest/gtest.h>

#include "cluster/agent/access.h"
#include "cluster/plan/commands.h"

namespace hw::cluster {
namespace {

template <typename Command>
std::string text_of_command(std::string_view verb, const Command& command) {
  CommandRequest request;
  request.arguments = json_of_command(command);
  return command_text(verb, request);
}

TEST(CommandText, SaysWhatWasAsked) {
  SwitchoverCommand switchover;
  switchover.to = "B";
  EXPECT_EQ(text_of_command("switchover", switchover), "switchover B");
  DownCommand down;
  down.move = true;
  down.selection.group = "acct";
  down.selection.servers = {{"report", 1}, {"other", 1}};
  EXPECT_EQ(text_of_command("down", down).substr(0, 4), "down");
  EXPECT_NE(text_of_command("down", down).find(" group=acct"), std::string::npos);
  EXPECT_NE(text_of_command("down", down).find(" servers=report,other"), std::string::npos);
  EXPECT_NE(text_of_command("down", down).find(" -move"), std::string::npos);
}

TEST(CommandText, OfATypedCommandIsWhatWasTyped) {
  CommandRequest request;
  request.text = "switchover B\n-y";
  EXPECT_EQ(command_text("switchover", request), "switchover B?-y");
}

TEST(CommandText, TheTextOfAConfigurationIsNoPartOfIt) {
  CommandRequest request;
  request.arguments = R"({"text":"[domain]","file":"bank.toml"})";
  EXPECT_EQ(command_text("config.apply", request), "config apply file=bank.toml");
  request.arguments = "no JSON";
  EXPECT_EQ(command_text("boot", request), "boot");
}

TEST(CommandText, CommandsThatAskFirst) {
  EXPECT_TRUE(asks_first("down", "{}"));
  EXPECT_TRUE(asks_first("resume", R"({"force":true})"));
  EXPECT_FALSE(asks_first("resume", "{}"));
  EXPECT_TRUE(asks_first("losttn", R"({"action":"complete"})"));
  EXPECT_FALSE(asks_first("losttn", R"({"action":"apply"})"));
  EXPECT_FALSE(asks_first("boot", "?"));
}

TEST(Access, ByTheVerb) {
  Peer watcher;
  Peer operating;
  operating.rights = Rights::Operate;
  Peer all;
  all.rights = Rights::All;
  for (const char* const verb : {"board", "history", "config.show", "losttn.list", "plan"})
    EXPECT_TRUE(may(watcher, verb)) << verb;
  for (const char* const verb : {"boot", "down", "failover", "master", "losttn", "losttn.show", "losttn.diff"}) {
    EXPECT_FALSE(may(watcher, verb)) << verb;
    EXPECT_TRUE(may(operating, verb)) << verb;
  }
  for (const char* const verb : {"config.apply", "config.add", "fence", "site.stop", "heartbeat", "coordinator.boot",
                                 "config.put", "nobody knows"}) {
    EXPECT_FALSE(may(operating, verb)) << verb;
    EXPECT_TRUE(may(all, verb)) << verb;
  }
}

}  // namespace
}  // namespace hw::cluster
