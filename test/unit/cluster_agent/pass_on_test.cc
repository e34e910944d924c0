// A command passed on: what its caller is told when the other agent does not end it, and how much time it has there.
#include "cluster/agent/pass_on.h"

#include "test/unit/cluster_agent/noted_answer.h"
#include "test/unit/cluster_link/agent_link.h"

namespace hw::cluster {
namespace {

using namespace std::chrono_literals;
using test::in;
using test::kLong;

struct PassedOn : testing::Test {
  PassedOn() {
    links.set({agent.over_socket()}, caller.self());
    asked.verb = "keep";
    asked.answer = answer;
  }
  CommandAnswer end() { return test::must(decode_command_answer(answer->wait(), "n1")); }
  /// It has been asked, and says nothing yet.
  void pass_on_and_wait(const CommandDeadline& deadline) {
    agent.start();
    pass_on(links, asked, "n2", deadline);
    EXPECT_TRUE(agent.handler().wait_for_kept(1));
  }

  test::Agent agent;
  test::Caller caller;
  NodeLinks links{caller.loop()};
  std::shared_ptr<test::NotedAnswer> answer = std::make_shared<test::NotedAnswer>();
  Asked asked;
};

TEST_F(PassedOn, TheOthersEndIsItsEnd) {
  pass_on_and_wait(std::nullopt);
  agent.handler().kept(0)->partial("one");
  CommandResult partly;
  partly.outcome = Outcome::Partly;
  agent.handler().kept(0)->last(encode_command_answer(partly));
  EXPECT_EQ(end().outcome, Outcome::Partly);
  EXPECT_EQ(answer->partials(), std::vector<std::string>{"one"});
}

TEST_F(PassedOn, ARequestThatCouldNotLeaveIsRefused) {
  pass_on(links, asked, "n2", std::nullopt);
  EXPECT_EQ(end().outcome, Outcome::Refused);
  EXPECT_EQ(end().messages.at(0).code, "HWREMOTE");
}

TEST_F(PassedOn, OfANodeThatIsNoneItIsRefused) {
  pass_on(links, asked, "n3", std::nullopt);
  EXPECT_EQ(end().outcome, Outcome::Refused);
}

TEST_F(PassedOn, WithoutAnEndItsOutcomeIsNotKnown) {
  struct Loss {
    const char* what;
    CommandDeadline deadline;
    std::function<void(test::Agent& other, NodeLinks& to_it)> make;
  };
  const Loss losses[] = {
      {"the other agent ends", std::nullopt, [](test::Agent& other, NodeLinks&) { other.stop(); }},
      {"it gives the request up", std::nullopt, [](test::Agent& other, NodeLinks&) { other.handler().drop_kept(); }},
      {"it is silent, and the link is dropped", std::nullopt,
       [](test::Agent&, NodeLinks& to_it) { to_it.find("n2")->drop(); }},
      {"it is silent at the deadline", in(0ms), [](test::Agent&, NodeLinks&) {}},
  };
  for (const Loss& loss : losses) {
    SCOPED_TRACE(loss.what);
    agent.start();
    links.set({}, caller.self());
    links.set({agent.over_socket()}, caller.self());
    answer = std::make_shared<test::NotedAnswer>();
    asked.answer = answer;
    pass_on(links, asked, "n2", loss.deadline);
    ASSERT_TRUE(agent.handler().wait_for_kept(1));
    loss.make(agent, links);
    EXPECT_EQ(end().outcome, Outcome::Running);
    EXPECT_EQ(end().exit, 4);
    EXPECT_EQ(end().messages.at(0).code, "HWREMOTE");
    agent.handler().drop_kept();
    agent.stop();
  }
}

TEST(TimeOfACommand, IsWhatIsLeftOfIt) {
  const Deadline now{};
  EXPECT_EQ(seconds_left(std::nullopt, now), -1.0);
  EXPECT_EQ(seconds_left(now + 2500ms, now), 2.5);
  EXPECT_EQ(seconds_left(now, now), 0.0);
  EXPECT_EQ(seconds_left(now, now + 1s), 0.0);  // Below 0 it would be no limit.
}

}  // namespace
}  // namespace hw::cluster
