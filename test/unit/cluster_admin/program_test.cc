// The program's own line, its names, its prompt, its help.
#include "cluster/admin/help.h"
#include "cluster/board/json.h"
#include "test/unit/cluster_admin/admin_stage.h"

namespace hw::cluster::hwadm {
namespace {

using test::Ended;
using test::Stage;

TEST(Program, ItsOtherNamesAreCommands) {
  const auto verb = [](const std::string& name, const std::string& words) {
    Stage stage;
    const Ended ended = stage.run(words, name);
    EXPECT_EQ(ended.status, 0) << ended.err;
    return stage.agent.asked.empty() ? std::string() : stage.agent.asked.back().verb;
  };
  EXPECT_EQ(verb("tmboot", "-n n1"), "boot");
  EXPECT_EQ(verb("tmdown", "-y"), "down");
  EXPECT_EQ(verb("tmshutdown", "-y"), "down");
  EXPECT_EQ(verb("hwadm", "pause"), "pause");
  EXPECT_EQ(verb("other", "pause"), "pause");
}

TEST(Program, OfTheClusterManagerIsNotBuilt) {
  for (const char* const words :
       {"add group --name g1 --cname bank", "agent add --name a", "group start", "agent script X", "start group g"}) {
    Stage stage;
    const Ended ended = stage.run(words, "cmrctl");
    EXPECT_EQ(ended.status, 1) << words;
    EXPECT_EQ(ended.err, std::string("%GTM-E-HWREFUSED, ") + words + " is not available: comes with resource agents\n");
    EXPECT_TRUE(stage.agent.asked.empty());
  }
}

TEST(Program, ShowsItsReleaseAndHelp) {
  Stage stage;
  EXPECT_EQ(stage.run("-V").out, "Headwater " HW_VERSION "\n");
  EXPECT_EQ(stage.run("boot -V").out, "Headwater " HW_VERSION "\n");
  EXPECT_EQ(stage.run("-h").out, help_overview());
  EXPECT_EQ(stage.run("help").out, help_overview());
  EXPECT_EQ(stage.run("tmdown -h").status, 0);
  EXPECT_EQ(stage.run("help nothing").status, 2);
  for (const Command* const command : command_table()) {
    const std::string name(command->name);
    EXPECT_EQ(stage.run(name + " -h").out, help_of(*command)) << name;
    EXPECT_EQ(stage.run("-h " + name).out, help_of(*command)) << name;
    EXPECT_EQ(stage.run("help " + name).out, help_of(*command)) << name;
    for (const Option& option : command->options)
      EXPECT_NE(help_of(*command).find(option.meaning), std::string::npos) << name << ' ' << option.name;
    EXPECT_NE(help_overview().find(command->summary), std::string::npos) << name;
  }
  EXPECT_TRUE(stage.agent.asked.empty());
}

TEST(Program, ALineThatSaysNothingIsAnObjectToo) {
  Stage stage;
  const Ended ended = stage.run("boot -x --json");
  EXPECT_EQ(ended.status, 2);
  EXPECT_EQ(ended.err, "");
  const Json object = parse_bounded(ended.out);
  EXPECT_EQ(object["result"], "usage");
  EXPECT_EQ(object["messages"][0]["code"], "CLIERR");
}

TEST(Prompt, RunsACommandALine) {
  Stage stage;
  stage.input = "pause\n\n  boot -n n1\nq\nnot run\n";
  const Ended ended = stage.run("--dir /d");
  EXPECT_EQ(ended.status, 0);
  EXPECT_EQ(ended.out, "") << "no prompt but on a terminal";
  ASSERT_EQ(stage.agent.asked.size(), 2u);
  EXPECT_EQ(stage.agent.asked[1].verb, "boot");
  EXPECT_EQ(stage.folders, (std::vector<std::string>{"/d", "/d"}));
}

TEST(Prompt, EndsWithTheLastStatus) {
  Stage stage;
  stage.input = "pause\nboost\n";
  EXPECT_EQ(stage.run("").status, 2);
  stage.input = "boost\npause\nquit\n";
  EXPECT_EQ(stage.run("").status, 0);
  stage.input = "boost\n'open\n";
  EXPECT_EQ(stage.run("").status, 2);
  stage.input = "";
  EXPECT_EQ(stage.run("").status, 0);
}

TEST(Prompt, IsPrintedOnATerminal) {
  Stage stage;
  stage.terminal = true;
  stage.input = "pause\n";
  EXPECT_EQ(stage.run("", "tmadmin").out, "> > \n");
  EXPECT_EQ(stage.run("", "prs_adm").out, "Admin> Admin> \n");
  stage.input = "quit\n";
  EXPECT_EQ(stage.run("").out, "> ");
}

TEST(Prompt, ItsQuestionsAreAnsweredByTheNextLine) {
  Stage stage;
  stage.terminal = true;
  stage.input = "down\ny\npause\n";
  stage.agent.script = [](const test::Asked& asked, const auto&) -> Result<std::string> {
    if (asked.verb == "down" && asked.request.yes == 0) return encode_command_answer({}, "Stops root A of acct.");
    return encode_command_answer({});
  };
  EXPECT_EQ(stage.run("").out, "> Stops root A of acct.\nAre you sure? [y, n] > > \n");
  EXPECT_EQ(stage.agent.asked.size(), 3u);
}

}  // namespace
}  // namespace hw::cluster::hwadm
