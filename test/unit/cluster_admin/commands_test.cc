// Every command as it is typed, and the request that it makes.
#include <set>

#include "cluster/board/json.h"
#include "cluster/plan/commands.h"
#include "test/unit/cluster_admin/admin_stage.h"

namespace hw::cluster::hwadm {
namespace {

using test::Ended;
using test::Stage;

/// What the agent is asked.
test::Asked asked_by(const std::string& words) {
  Stage stage;
  const Ended ended = stage.run(words);
  EXPECT_EQ(ended.status, 0) << words << '\n' << ended.err;
  EXPECT_EQ(stage.agent.asked.size(), 1u) << words;
  return stage.agent.asked.empty() ? test::Asked{} : stage.agent.asked.back();
}

template <typename Wanted>
Wanted command_by(const std::string& words, const std::string& verb) {
  const test::Asked asked = asked_by(words);
  EXPECT_EQ(asked.verb, verb) << words;
  const auto command = command_of<Wanted>(asked.request.arguments);
  EXPECT_TRUE(command.has_value()) << words << '\n' << command.error().text;
  return command.has_value() ? *command : Wanted{};
}

/// Not of that command's form: exit 2, and the agent is not asked.
void expect_usage(const std::string& words, const std::string& why) {
  Stage stage;
  const Ended ended = stage.run(words);
  EXPECT_EQ(ended.status, 2) << words << '\n' << ended.err;
  EXPECT_TRUE(stage.agent.asked.empty()) << words;
  EXPECT_NE(ended.err.find("%GTM-E-CLIERR, "), std::string::npos) << words;
  EXPECT_NE(ended.err.find(why), std::string::npos) << words << '\n' << ended.err;
}

template <typename Wanted>
struct Row {
  std::string words;
  std::function<void(Wanted&)> edit;
};

TEST(Boot, EachLetter) {
  const std::vector<Row<BootCommand>> rows = {
      {"", [](BootCommand&) {}},
      {"--check", [](BootCommand& boot) { boot.check_only = true; }},
      {"-A", [](BootCommand& boot) { boot.selection.applications_only = true; }},
      {"-T", [](BootCommand& boot) { boot.selection.engine_only = true; }},
      {"-b", [](BootCommand& boot) { boot.with_backup = true; }},
      {"-c", [](BootCommand& boot) { boot.one_more_handler = true; }},
      {"-f 7", [](BootCommand& boot) { boot.generation = 7; }},
      {"-g acct", [](BootCommand& boot) { boot.selection.group = "acct"; }},
      {"-n n1 -l n2",
       [](BootCommand& boot) {
         boot.selection.nodes = {"n1", "n2"};
       }},
      {"-s report",
       [](BootCommand& boot) {
         boot.selection.servers = {{"report", 1}};
       }},
      {"-s a -k 3 -s b",
       [](BootCommand& boot) {
         boot.selection.servers = {{"a", 3}, {"b", 1}};
       }},
      {"-S a -S source:B",
       [](BootCommand& boot) {
         boot.selection.all_of = {"a", "source:B"};
       }},
      {"-i", [](BootCommand& boot) { boot.go_on_at_max = true; }},
      {"-a", [](BootCommand&) {}},
      {"-R", [](BootCommand&) {}},
      {"-o '-v -x'", [](BootCommand& boot) { boot.options = "-v -x"; }},
      {"-q acct", [](BootCommand& boot) { boot.selection.gateway_of = "acct"; }},
      {"-B n2", [](BootCommand& boot) { boot.selection.relays_of = "n2"; }},
      {"-t recov", [](BootCommand& boot) { boot.recovery_only = true; }},
      {"-t recov -k all -g acct",
       [](BootCommand& boot) {
         boot.recovery_only = boot.recover_all = true;
         boot.selection.group = "acct";
       }},
      {"-e gw", [](BootCommand& boot) { boot.engine_kind = "gw"; }},
      {"-e clh", [](BootCommand& boot) { boot.engine_kind = "gw"; }},
      {"-e src", [](BootCommand& boot) { boot.engine_kind = "src"; }},
      {"-e rcv", [](BootCommand& boot) { boot.engine_kind = "rcv"; }},
      {"-w", [](BootCommand& boot) { boot.pace = Pace::Wait, boot.pace_us = 1'000'000; }},
      {"-d -500", [](BootCommand& boot) { boot.pace = Pace::Wait, boot.pace_us = 500; }},
      {"-d 0", [](BootCommand& boot) { boot.pace = Pace::AtOnce; }},
      {"-d 500", [](BootCommand& boot) { boot.pace = Pace::Delay, boot.pace_us = 500; }},
      {"-w -d 500", [](BootCommand& boot) { boot.pace = Pace::Delay, boot.pace_us = 500; }},
      {"-D -500", [](BootCommand& boot) { boot.pace = Pace::FullWait, boot.pace_us = 500; }},
      {"-W", [](BootCommand& boot) { boot.pace = Pace::Ready; }},
  };
  for (const auto& row : rows) {
    BootCommand wanted;
    row.edit(wanted);
    EXPECT_EQ(command_by<BootCommand>("boot " + row.words, "boot"), wanted) << row.words;
  }
}

TEST(Boot, WhatDoesNotGoTogetherIsRefused) {
  expect_usage("boot -k 3", "-k: behind a -s");
  expect_usage("boot -s a -k 2 -k 3", "-k: behind a -s");
  expect_usage("boot -s a -k 0", "-k: not a number from 1 to 1024");
  expect_usage("boot -s a -k 1025", "-k: not a number from 1 to 1024");
  expect_usage("boot -k all", "-k all: with -t recov");
  expect_usage("boot -t other", "-t: only recov");
  expect_usage("boot -A -T", "-A or -T");
  expect_usage("boot -e other", "-e: one of gw, src, rcv");
  expect_usage("boot -d 1 -W", "one of -d, -D, -W");
  expect_usage("boot -f x", "-f x: not GEN");
  expect_usage("boot -d x", "-d x: not USEC");
  expect_usage("boot -g", "-g needs GROUP");
  expect_usage("boot -g -n n1", "-g -n: not GROUP");
  expect_usage("boot -g a -g b", "-g is given twice");
  expect_usage("boot -y", "no such option: -y");
  expect_usage("boot n1", "too many parameters: n1");
  for (const char* const kind : {"cas", "tlm", "tsm"}) {
    Stage stage;
    const Ended ended = stage.run(std::string("boot -e ") + kind);
    EXPECT_EQ(ended.status, 1);
    EXPECT_EQ(ended.err,
              std::string("%GTM-E-HWREFUSED, boot -e ") + kind + " is not available: there is no such process\n");
  }
}

TEST(Down, EachLetter) {
  const std::vector<Row<DownCommand>> rows = {
      {"", [](DownCommand&) {}},
      {"-y", [](DownCommand&) {}},
      {"-A", [](DownCommand& down) { down.selection.applications_only = true; }},
      {"-f 7", [](DownCommand& down) { down.generation = 7; }},
      {"-g acct", [](DownCommand& down) { down.selection.group = "acct"; }},
      {"-n n1 -l n2",
       [](DownCommand& down) {
         down.selection.nodes = {"n1", "n2"};
       }},
      {"-q acct", [](DownCommand& down) { down.selection.gateway_of = "acct"; }},
      {"-B n2", [](DownCommand& down) { down.selection.relays_of = "n2"; }},
      {"-i", [](DownCommand& down) { down.at_once = true; }},
      {"-b -A", [](DownCommand& down) { down.hold = down.selection.applications_only = true; }},
      {"-p 103", [](DownCommand& down) { down.process = 103; }},
      {"-p 103 -i", [](DownCommand& down) { down.process = 103, down.at_once = true; }},
      {"-k 103 -i", [](DownCommand& down) { down.process = 103, down.at_once = true; }},
      {"-s a -k 2",
       [](DownCommand& down) {
         down.selection.servers = {{"a", 2}};
       }},
      {"-S a", [](DownCommand& down) { down.selection.all_of = {"a"}; }},
      {"-t recov -k all", [](DownCommand& down) { down.recovery_only = down.recover_all = true; }},
      {"-w 5", [](DownCommand& down) { down.begin_after_s = 5; }},
      {"-R -n n1", [](DownCommand& down) { down.rolling = true, down.selection.nodes = {"n1"}; }},
      {"-R -l n1", [](DownCommand& down) { down.move = true, down.selection.nodes = {"n1"}; }},
      {"-R -g acct", [](DownCommand& down) { down.move = true, down.selection.group = "acct"; }},
  };
  for (const auto& row : rows) {
    DownCommand wanted;
    row.edit(wanted);
    EXPECT_EQ(command_by<DownCommand>("down " + row.words, "down"), wanted) << row.words;
  }
}

TEST(Down, WhatDoesNotGoTogetherIsRefused) {
  expect_usage("down -b", "-b: with -S, -g or -A");
  expect_usage("down -R", "-R: with one of");
  expect_usage("down -R -n n1 -g acct", "-R: with one of");
  expect_usage("down -R -n n1 -n n2", "-R: with one of");
  expect_usage("down -R -g acct -S a", "-R: with one of");
  expect_usage("down -p 0", "-p: no number of a process");
  expect_usage("down -k x -i", "-k: not a number");
  expect_usage("down -k 3", "-k: behind a -s");
  expect_usage("down -e gw", "no such option: -e");
  Stage stage;
  EXPECT_EQ(stage.run("down -k 103 -i").err, "%GTM-W-CLIERR, down: -k 103 -i is taken as -p 103 -i\n");
}

TEST(Changes, EachCommand) {
  EXPECT_EQ(command_by<SwitchoverCommand>("switchover", "switchover"), SwitchoverCommand{});
  EXPECT_EQ(command_by<SwitchoverCommand>("switchover B -g acct -y", "switchover"), (SwitchoverCommand{"B", "acct"}));
  EXPECT_EQ(command_by<FailoverCommand>("failover B -force", "failover"), (FailoverCommand{"B", "", true}));
  EXPECT_EQ(command_by<RejoinCommand>("rejoin A", "rejoin"), RejoinCommand{"A"});
  EXPECT_EQ(command_by<ReparentCommand>("reparent D --to C", "reparent"), (ReparentCommand{"D", "C"}));
  EXPECT_EQ(command_by<RefreshCommand>("refresh D --from=C", "refresh"), (RefreshCommand{"D", "C", false, false}));
  EXPECT_EQ(command_by<RefreshCommand>("refresh D -discard -force -y", "refresh"),
            (RefreshCommand{"D", "", true, true}));
  EXPECT_EQ(command_by<MigrateCommand>("migg acct", "migg"), (MigrateCommand{"acct", "", false, false}));
  EXPECT_EQ(command_by<MigrateCommand>("migrategroup -cancel -restart acct", "migg"),
            (MigrateCommand{"acct", "", true, true}));
  EXPECT_EQ(command_by<MigrateCommand>("migm n1", "migm"), (MigrateCommand{"", "n1", false, false}));
  EXPECT_EQ(command_by<MigrateCommand>("migratemach -cancel n1", "migm"), (MigrateCommand{"", "n1", true, false}));
  EXPECT_EQ(command_by<LosttnCommand>("losttn apply acct-42", "losttn"),
            (LosttnCommand{"apply", "acct-42", "", "", false}));
  EXPECT_EQ(command_by<LosttnCommand>("losttn complete -g acct -force -y", "losttn"),
            (LosttnCommand{"complete", "", "acct", "", true}));
  EXPECT_EQ(command_by<LosttnCommand>("losttn move acct-42 n1", "losttn"),
            (LosttnCommand{"move", "acct-42", "", "n1", false}));
  EXPECT_EQ(command_by<PauseCommand>("pause", "pause"), PauseCommand{});
  EXPECT_EQ(command_by<PauseCommand>("pause 60", "pause"), PauseCommand{60});
  EXPECT_EQ(command_by<ResumeCommand>("resume", "resume"), ResumeCommand{});
  EXPECT_EQ(command_by<ResumeCommand>("resume A -force -y", "resume"), (ResumeCommand{"A", true}));
  EXPECT_EQ(command_by<FenceCommand>("fence off A -y", "fence"), FenceCommand{"A"});
  EXPECT_EQ(command_by<DrillCommand>("drill kill --node n1 -y", "drill"), (DrillCommand{"kill", "n1"}));
  EXPECT_EQ(command_by<MasterCommand>("master", "master"), MasterCommand{});
  EXPECT_EQ(command_by<MasterCommand>("master n2 -y", "master"), MasterCommand{"n2"});
  EXPECT_EQ(command_by<PcleanCommand>("pclean n1", "pclean"), PcleanCommand{"n1"});
  EXPECT_EQ(command_by<PcleanCommand>("pcl n1", "pclean"), PcleanCommand{"n1"});
}

TEST(Changes, WhatDoesNotGoTogetherIsRefused) {
  expect_usage("rejoin", "parameters are INSTANCE");
  expect_usage("reparent D", "--to is missing");
  expect_usage("refresh D -discard", "-discard: only with -y -force");
  expect_usage("refresh D -discard -y", "-discard: only with -y -force");
  expect_usage("migg -restart acct", "-restart: with -cancel");
  expect_usage("losttn apply", "parameters are ID");
  expect_usage("losttn", "Unrecognized command: losttn");
  expect_usage("pause soon", "not a number of seconds: soon");
  expect_usage("resume A", "an instance with -force, or neither");
  expect_usage("resume -force", "an instance with -force, or neither");
  expect_usage("drill flood --node n1", "one of kill, pause, partition, etcd, full");
  expect_usage("drill kill", "--node is missing");
  expect_usage("switchover A B", "too many parameters: B");
  expect_usage("--why", "--why needs TEXT");
  expect_usage("-x", "Unrecognized option: -x");
  expect_usage("boost now", "Unrecognized command: boost now");
}

TEST(Plan, HasTheCommandInIt) {
  const auto planned = [](const std::string& words) {
    const test::Asked asked = asked_by(words);
    EXPECT_EQ(asked.verb, "plan");
    return parse_bounded(asked.request.arguments);
  };
  const Json boot = planned("plan boot -g acct -d -5 --why test");
  EXPECT_EQ(boot["command"], "boot");
  EXPECT_EQ(command_of<BootCommand>(dump(boot["arguments"])).value().pace_us, 5u);
  const Json failover = planned("plan failover B -force");
  EXPECT_EQ(failover["command"], "failover");
  EXPECT_EQ(command_of<FailoverCommand>(dump(failover["arguments"])).value(), (FailoverCommand{"B", "", true}));
  EXPECT_EQ(planned("plan losttn apply acct-42")["command"], "losttn");
  expect_usage("plan", "parameters are COMMAND");
  expect_usage("plan psr", "not of a command that has a plan: psr");
  expect_usage("plan boot -k 3", "-k: behind a -s");
}

TEST(Losttn, ReadsHaveVerbsOfTheirOwn) {
  EXPECT_EQ(asked_by("losttn list").verb, "losttn.list");
  const test::Asked show = asked_by("losttn show acct-42");
  EXPECT_EQ(show.verb, "losttn.show");
  EXPECT_EQ(show.request.arguments, R"({"id":"acct-42"})");
  EXPECT_EQ(asked_by("losttn diff acct-42").verb, "losttn.diff");
}

TEST(Requests, SayWhoAsksAndWhat) {
  const test::Asked asked = asked_by("--why 'new disk' boot --dir /d -n n1 -o 'a b' --json");
  EXPECT_EQ(asked.request.user, "root");
  EXPECT_EQ(asked.request.host, "n1");
  EXPECT_EQ(asked.request.why, "new disk");
  EXPECT_EQ(asked.request.text, "boot -n n1 -o 'a b'");
  EXPECT_EQ(asked.request.yes, 0u);
  EXPECT_EQ(asked_by("switchover -y B").request.text, "switchover B");
}

TEST(Requests, HaveTheTimeoutOfTheirCommand) {
  EXPECT_EQ(asked_by("boot").request.timeout_s, std::nullopt) << "wait_s, which the agent knows";
  EXPECT_EQ(asked_by("down -y").request.timeout_s, std::nullopt);
  EXPECT_EQ(asked_by("down -R -n n1").request.timeout_s, -1);
  EXPECT_EQ(asked_by("switchover").request.timeout_s, -1);
  EXPECT_EQ(asked_by("refresh B").request.timeout_s, -1);
  EXPECT_EQ(asked_by("migg acct").request.timeout_s, -1);
  EXPECT_EQ(asked_by("pause").request.timeout_s, 10);
  EXPECT_EQ(asked_by("boot --timeout 2.5").request.timeout_s, 2.5);
  EXPECT_EQ(asked_by("--timeout -1 pause").request.timeout_s, -1);
  EXPECT_LT(asked_by("boot").timeout_s, 0) << "the link waits as long as the agent does";
  EXPECT_GT(asked_by("pause").timeout_s, 10) << "the agent's own word comes first";
  expect_usage("boot --timeout soon", "--timeout soon: not SECONDS");
}

TEST(Table, IsWhole) {
  std::set<std::string_view> names;
  for (const Command* const command : command_table()) {
    EXPECT_TRUE(names.insert(command->name).second) << command->name;
    for (const std::string_view alias : command->aliases) EXPECT_TRUE(names.insert(alias).second) << alias;
    EXPECT_NE(command->demand == nullptr, command->run == nullptr) << command->name;
    EXPECT_TRUE(!command->planned || command->demand != nullptr) << command->name;
    EXPECT_TRUE(command->summary.ends_with(".")) << command->name;
    std::set<std::string_view> options;
    for (const Option& option : common_options()) options.insert(option.name);
    for (const Option& option : command->options) {
      EXPECT_TRUE(options.insert(option.name).second) << command->name << ' ' << option.name;
      EXPECT_EQ(option.takes == Takes::Nothing, option.form.empty()) << command->name << ' ' << option.name;
      EXPECT_FALSE(option.meaning.empty()) << command->name << ' ' << option.name;
    }
    EXPECT_EQ(options.contains("-y"), false) << command->name << ": -y is that of all who ask";
  }
}

TEST(SplitLine, IsAsInAShell) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(split_line("  boot\t-o 'a \"b' \"c 'd\" e\\ f '' ").value(),
            (Words{"boot", "-o", "a \"b", "c 'd", "e f", ""}));
  EXPECT_EQ(split_line("").value(), Words{});
  EXPECT_EQ(split_line("a'b'c").value(), Words{"abc"});
  EXPECT_EQ(split_line("'open").error().id, MsgId::CLIERR);
}

}  // namespace
}  // namespace hw::cluster::hwadm
