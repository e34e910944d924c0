// From the configuration to command lines.
#include "cluster/site/server_launch.h"

#include <gtest/gtest.h>

#include "test/support/child_process.h"
#include "test/support/domain_text.h"

namespace hw::cluster {
namespace {

using test::instance_text;

const std::string kText = R"(format = 1
[domain]
name = "bank"
[agent]
max_fail = 3
stop_s = 7
[security]
key_file = "/etc/headwater/key"
allow_plain = true
[node.n1]
dir = "/var/n1"
[node.n2]
port = 7601
address = "db2.example"
[node.n3]
port = 7602
address = "::1"
[instance.A]
node = "n1"
dir = "/db/A"
listen = 7700
refresh_port = 7800
upstreams = ["B"]
source_options = "-cmplvl=3 -filter=\"a b\""
receiver_options = "-buffsize=1048576"
)" + instance_text("B", "n2", 7701, R"(["A"])") +
                          instance_text("C", "n3", 7702, R"(["A", "B"])", "priority = 0\n") + R"([group.acct]
instances = ["A", "B", "C"]
[server.report]
group = "acct"
run = "/opt/report"
args = ["-v", "a b"]
max = 4
restart = false
ready = "port:7000"
)";

std::shared_ptr<const Domain> domain() { return std::make_shared<const Domain>(test::domain_of(kText)); }

class Launches : public testing::Test {
 protected:
  const InstancePlace place_ = hw::test::must(place_of(domain(), {"n1", "/opt/hw", "/var/n1", ""}, "A"));
  std::string source(const char* secondary, const EngineStart& how) const {
    return fmt::format("{}", fmt::join(hw::test::must(source_start_arguments(place_, secondary, how)), " "));
  }
};

TEST_F(Launches, SourceServers) {
  EXPECT_EQ(source("B", {.as_root = true}),
            "replicate -source -start -instsecondary=B -secondary=db2.example:7701 -log=source.B.log -rootprimary "
            "-connectparams=50,100 -cmplvl=3 -filter=a b");
  EXPECT_EQ(source("C", {.as_root = false, .refresh_port = true}),
            "replicate -source -start -instsecondary=C -secondary=[::1]:7702 -log=source.C.log -propagateprimary "
            "-refreshport=7800 -connectparams=50,100 -cmplvl=3 -filter=a b");
  EXPECT_EQ(source("B", {.passive = true, .options = "-loglevel=debug"}),
            "replicate -source -start -instsecondary=B -passive -log=source.B.log -propagateprimary "
            "-connectparams=50,100 -cmplvl=3 -filter=a b -loglevel=debug");
  EXPECT_EQ(source("B", {.options = "-ConnectParams=5"}),
            "replicate -source -start -instsecondary=B -secondary=db2.example:7701 -log=source.B.log -propagateprimary "
            "-cmplvl=3 -filter=a b -ConnectParams=5");
  EXPECT_EQ(source_start_arguments(place_, "X", {}).error().id, MsgId::HWCFGBAD);
  EXPECT_EQ(fmt::format("{}", fmt::join(hw::test::must(source_activate_arguments(place_, "B", true)), " ")),
            "replicate -source -activate -instsecondary=B -secondary=db2.example:7701 -log=source.B.log -rootprimary");
}

TEST_F(Launches, ReceiverServers) {
  EXPECT_EQ(fmt::format("{}", fmt::join(receiver_start_arguments(place_, {}), " ")),
            "replicate -receiver -start -listenport=7700 -log=receiver.A.log -autorollback -buffsize=1048576");
  EXPECT_EQ(
      fmt::format("{}", fmt::join(receiver_start_arguments(place_, {.update_resync = true, .options = "-x"}), " ")),
      "replicate -receiver -start -listenport=7700 -log=receiver.A.log -autorollback -updateresync "
      "-buffsize=1048576 -x");
}

TEST_F(Launches, WhatTheKeeperIsTold) {
  const ServerSpec engine = engine_spec(place_, {ServerKind::Source, "source:B", "acct", 1});
  EXPECT_EQ(engine.key, (ServerKey{"acct", "source:B", 1}));
  EXPECT_TRUE(engine.agent_launches);
  EXPECT_EQ(engine.rules.failures_max, 3U);
  EXPECT_EQ(engine.rules.stop, std::chrono::seconds(7));
  EXPECT_EQ(engine.rules.ready, ReadyRule::Notify);
}

TEST_F(Launches, ApplicationServers) {
  InstancePlace place = place_;
  // Whose folder it is says as whom it runs.
  auto here = std::make_shared<Domain>(*place.domain);
  here->instances[0].dir = "/";
  place.domain = here;
  place.instance = here->instance("A");
  const ServerSpec spec =
      hw::test::must(application_spec(place, {ServerKind::Application, "report", "acct", 2}, "-w \"c d\""));
  EXPECT_EQ(spec.key, (ServerKey{"acct", "report", 2}));
  EXPECT_FALSE(spec.agent_launches);
  EXPECT_FALSE(spec.rules.restart);
  EXPECT_EQ(spec.rules.ready, ReadyRule::Port);
  EXPECT_EQ(spec.port, 7000);
  EXPECT_EQ(spec.what.program, "/opt/report");
  EXPECT_EQ(spec.what.arguments, (std::vector<std::string>{"-v", "a b", "-w", "c d"}));
  EXPECT_EQ(spec.what.folder, "/");
  EXPECT_EQ(application_spec(place, {ServerKind::Application, "nothing", "acct", 1}, "").error().id, MsgId::HWCFGBAD);
}

TEST_F(Launches, TheEnvironmentOfAnInstance) {
  EXPECT_EQ(variables_of(place_), (Variables{{"HW_HOME", "/opt/hw"},
                                             {"HW_DIR", "/var/n1"},
                                             {"HW_NODE", "n1"},
                                             {"HW_GROUP", "acct"},
                                             {"HW_INSTANCE", "A"},
                                             {"gtmgbldir", "/db/A/gtm.gld"},
                                             {"gtm_repl_instance", "/db/A/gtm.repl"}}));
  EXPECT_EQ(place_.umask, 0027U);
  EXPECT_EQ(hw::test::must(place_of(domain(), {"n1", "/opt/hw", "/var/n1", "077"}, "A")).umask, 0077U);
  EXPECT_EQ(place_of(domain(), {"n1", "", "", ""}, "B").error().id, MsgId::HWCFGBAD) << "another node's";
  EXPECT_EQ(place_of(domain(), {"n1", "", "", ""}, "X").error().id, MsgId::HWCFGBAD);
  EXPECT_EQ(place_of(nullptr, {"n1", "", "", ""}, "A").error().id, MsgId::HWCFGBAD);
}

TEST(Words, AreSplitAtBlanksButNotInQuotes) {
  EXPECT_EQ(words_of(""), std::vector<std::string>{});
  EXPECT_EQ(words_of("  -a\t-b=\"c d\"  \"\" e"), (std::vector<std::string>{"-a", "-b=c d", "", "e"}));
  EXPECT_EQ(name_behind_kind("source:B"), "B");
  EXPECT_EQ(name_behind_kind("report"), "");
}

}  // namespace
}  // namespace hw::cluster
