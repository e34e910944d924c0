// Questions, ends, and what is printed of an answer.
#include "cluster/board/json.h"
#include "test/unit/cluster_admin/admin_stage.h"

namespace hw::cluster::hwadm {
namespace {

using test::Asked;
using test::Ended;
using test::Stage;

/// Asks until so many questions have been answered.
auto asks(unsigned questions) {
  return [questions](const Asked& asked, const auto&) -> Result<std::string> {
    if (asked.request.yes >= questions) return encode_command_answer({});
    CommandResult nothing_yet;
    return encode_command_answer(nothing_yet, "Question " + std::to_string(asked.request.yes + 1) + ".");
  };
}

TEST(Question, YesGoesOn) {
  for (const char* const answer : {"y\n", "yes\n", " y \n", "y"}) {
    Stage stage;
    stage.agent.script = asks(1);
    stage.terminal = true;
    stage.input = answer;
    const Ended ended = stage.run("down");
    EXPECT_EQ(ended.status, 0) << answer;
    EXPECT_EQ(ended.out, "Question 1.\nAre you sure? [y, n] ");
    ASSERT_EQ(stage.agent.asked.size(), 2u);
    EXPECT_EQ(stage.agent.asked[1].request.yes, 1u);
  }
}

TEST(Question, EverythingElseDoesNothing) {
  for (const char* const answer : {"n\n", "\n", "", "Y\n", "yes please\n"}) {
    Stage stage;
    stage.agent.script = asks(1);
    stage.terminal = true;
    stage.input = answer;
    EXPECT_EQ(stage.run("down").status, 1) << answer;
    EXPECT_EQ(stage.agent.asked.size(), 1u);
  }
}

TEST(Question, WithoutATerminalNeedsY) {
  Stage stage;
  stage.agent.script = asks(1);
  stage.input = "y\n";
  const Ended ended = stage.run("down");
  EXPECT_EQ(ended.status, 1);
  EXPECT_EQ(ended.out, "");
  EXPECT_EQ(ended.err, "%GTM-E-HWNOTTY, Would ask, standard input is no terminal\n");
  EXPECT_EQ(stage.agent.asked.size(), 1u);
}

TEST(Question, WhatIsDoneAlreadyIsNotAsked) {
  Stage stage;
  EXPECT_EQ(stage.run("down").status, 0);
}

TEST(Question, YAnswersTheSecondToo) {
  Stage stage;
  stage.agent.script = asks(2);
  const Ended ended = stage.run("master n2 -y");
  EXPECT_EQ(ended.status, 0);
  EXPECT_EQ(ended.out, "") << "nothing is asked";
  EXPECT_EQ(stage.agent.asked.size(), 3u);
}

TEST(Question, OfAFailoverTheSecondNeedsForce) {
  Stage stage;
  stage.agent.script = asks(2);
  EXPECT_EQ(stage.run("failover B -y").err, "%GTM-E-HWNOTTY, Would ask, standard input is no terminal\n");
  EXPECT_EQ(stage.run("failover B -y -force").status, 0);
  stage.terminal = true;
  stage.input = "yes\n";
  const Ended ended = stage.run("failover B -y");
  EXPECT_EQ(ended.status, 0);
  EXPECT_EQ(ended.out, "Question 2.\nAre you sure? [y, n] ");
}

TEST(Question, OfWhatDoesNotAskIsRefused) {
  Stage stage;
  stage.agent.script = asks(1);
  EXPECT_EQ(stage.run("boot").status, 1);
  EXPECT_EQ(stage.agent.asked.size(), 1u);
}

TEST(Question, WithoutEndIsRefused) {
  Stage stage;
  stage.agent.script = asks(1000);
  EXPECT_EQ(stage.run("down -y").status, 1);
  EXPECT_EQ(stage.agent.asked.size(), kQuestionsMax + 1);
}

TEST(Question, WithJsonIsOnStderr) {
  Stage stage;
  stage.agent.script = asks(1);
  stage.terminal = true;
  stage.input = "n\n";
  const Ended ended = stage.run("down --json");
  EXPECT_EQ(ended.err, "Question 1.\nAre you sure? [y, n] ");
  EXPECT_EQ(ended.out, R"({"format":1,"result":"refused","exit":1,"messages":[],"rows":[]})"
                       "\n");
}

/// Two lines, a message that comes twice, one at the end.
Result<std::string> partly(const Asked&, const std::function<void(std::string)>& piece) {
  const ResultMessage remote{"HWREMOTE", 'E', "n2: no answer in 3 s", "n2"};
  piece(encode_partial("n1 source:B pid 2787 started"));
  piece(encode_partial(remote));
  piece(encode_partial(ResultMessage{"HWKILLED", 'W', "report killed after 30 s", "n2"}));
  piece(encode_partial("started 1, already up 0, failed 1"));
  CommandResult result;
  result.outcome = Outcome::Partly;
  result.messages = {remote, {"HWLIMITED", 'W', "No coordinator", ""}};
  result.values = {{"started", std::uint64_t{1}}};
  return encode_command_answer(result);
}

TEST(Answer, IsPrintedAsItComes) {
  Stage stage;
  stage.agent.script = partly;
  const Ended ended = stage.run("boot");
  EXPECT_EQ(ended.status, 3);
  EXPECT_EQ(ended.out, "n1 source:B pid 2787 started\nstarted 1, already up 0, failed 1\n");
  EXPECT_EQ(ended.err,
            "%GTM-E-HWREMOTE, n2: no answer in 3 s\n"
            "n2: %GTM-W-HWKILLED, report killed after 30 s\n"
            "%GTM-W-HWLIMITED, No coordinator\n");
}

TEST(Answer, AsJsonIsOneObject) {
  Stage stage;
  stage.agent.script = partly;
  const Ended ended = stage.run("boot --json");
  EXPECT_EQ(ended.status, 3);
  EXPECT_EQ(ended.err, "");
  EXPECT_EQ(std::count(ended.out.begin(), ended.out.end(), '\n'), 1);
  const Json object = parse_bounded(ended.out);
  EXPECT_EQ(object["result"], "partly");
  EXPECT_EQ(object["exit"], 3);
  EXPECT_EQ(object["started"], 1);
  ASSERT_EQ(object["messages"].size(), 3u) << ended.out;
  EXPECT_EQ(object["messages"][0]["code"], "HWREMOTE");
  EXPECT_EQ(object["messages"][2]["code"], "HWLIMITED");
}

TEST(Answer, LinesDoNotMoveTheTerminal) {
  Stage stage;
  stage.agent.script = [](const Asked&, const auto& piece) -> Result<std::string> {
    piece(encode_partial("one\n\x1b[2Jtwo\n"));
    return encode_command_answer({});
  };
  EXPECT_EQ(stage.run("losttn list").out, "one\n?[2Jtwo\n");
}

TEST(Answer, EachOutcomeIsItsExitStatus) {
  for (int exit = 0; exit <= 6; ++exit) {
    Stage stage;
    stage.agent.script = [&](const Asked&, const auto&) -> Result<std::string> {
      CommandResult result;
      result.outcome = static_cast<Outcome>(exit);
      return encode_command_answer(result);
    };
    EXPECT_EQ(stage.run("boot").status, exit);
  }
}

TEST(Answer, AnAgentThatIsLostMayStillRunIt) {
  Stage stage;
  stage.agent.script = [](const Asked&, const auto&) -> Result<std::string> {
    return make_error<MsgId::HWREMOTE>("n1", "connection lost");
  };
  const Ended ended = stage.run("boot");
  EXPECT_EQ(ended.status, 4);
  EXPECT_EQ(ended.err, "%GTM-E-HWREMOTE, n1: connection lost\n");
  EXPECT_EQ(stage.run("psr").status, 6) << "a read runs nowhere";
}

TEST(Answer, ThatIsNoneIsRefused) {
  Stage stage;
  stage.agent.script = [](const Asked&, const auto& piece) -> Result<std::string> {
    piece("garbage");
    return std::string("garbage");
  };
  const Ended ended = stage.run("boot");
  EXPECT_EQ(ended.status, 1);
  EXPECT_EQ(ended.err, "%GTM-E-HWBOARDBAD, n1: no JSON object\n%GTM-E-HWBOARDBAD, n1: no JSON object\n");
  EXPECT_EQ(stage.run("psr").status, 1);
  EXPECT_EQ(stage.run("config show").status, 1);
  EXPECT_EQ(stage.run("history").status, 1);
}

TEST(Agents, NoneThatAnswersIsExit6) {
  Stage stage;
  stage.agent.unreached = make_error<MsgId::HWREMOTE>("n2", "cannot connect");
  const Ended ended = stage.run("boot");
  EXPECT_EQ(ended.status, 6);
  EXPECT_EQ(ended.err, "%GTM-E-HWREMOTE, /d/run/hwd.sock: nobody listens\n%GTM-E-HWREMOTE, n2: cannot connect\n");
  const Json object = parse_bounded(stage.run("psr --json").out);
  EXPECT_EQ(object["result"], "unreached");
  EXPECT_EQ(object["exit"], 6);
  EXPECT_EQ(object["messages"].size(), 2u);
}

TEST(Agents, AKeyThatCannotBeReadReachesNone) {
  Stage stage;
  stage.agent.unreached = make_error<MsgId::HWCFGBAD>("security.key_file", "cannot be read");
  EXPECT_EQ(stage.run("boot").status, 6);
}

}  // namespace
}  // namespace hw::cluster::hwadm
