#include "cluster/agent/dispatcher.h"

#include <gtest/gtest.h>

#include "cluster/agent/answer_say.h"
#include "test/unit/cluster_agent/noted_answer.h"

namespace hw::cluster {
namespace {

using test::NotedAnswer;

class Dispatched : public testing::Test {
 protected:
  Dispatched() {
    const auto keep = [this](Asked asked) {
      asked_ = asked;
      asked.answer->last("served by " + asked.verb);
    };
    dispatcher_.serve("board", Dispatcher::Where::Link, keep);
    dispatcher_.serve("boot", Dispatcher::Where::Worker, keep);
    dispatcher_.serve_raw("site.", Dispatcher::Where::Link, keep);
    dispatcher_.turned_away_by(
        [this](const Peer& peer, const Error& error) { away_.push_back(peer.name + ": " + error.text); });
  }
  std::string ask(const std::string& verb, const std::string& body, const Peer& peer) {
    const auto answer = std::make_shared<NotedAnswer>();
    dispatcher_.on_request({std::make_shared<Peer>(peer), verb, body}, answer);
    return answer->wait();
  }
  static Peer local(const char* name, Rights rights) {
    Peer peer;
    peer.name = name;
    peer.rights = rights;
    return peer;
  }

  Workers workers_{2};
  ServerLog log_;
  Dispatcher dispatcher_{"n1", workers_, log_};
  Asked asked_;
  std::vector<std::string> away_;
};

TEST_F(Dispatched, AVerbGoesToWhoServesIt) {
  const Peer root = local("root", Rights::All);
  EXPECT_EQ(ask("board", encode_command_request({}), root), "served by board");
  EXPECT_EQ(ask("boot", encode_command_request({}), root), "served by boot");
  EXPECT_EQ(ask("site.start", "any bytes", root), "served by site.start");
  EXPECT_EQ(asked_.body, "any bytes");
  EXPECT_EQ(dispatcher_.requests(), 3u);
}

TEST_F(Dispatched, OnTheSocketAUserIsWhoTheKernelSays) {
  CommandRequest request;
  request.user = "root";
  ask("board", encode_command_request(request), local("alice", Rights::Watch));
  EXPECT_EQ(asked_.request.user, "alice");
  EXPECT_EQ(asked_.request.host, "n1");
  Peer agent = local("n2", Rights::All);
  agent.way = PeerWay::Key;
  request.host = "n2";
  ask("board", encode_command_request(request), agent);
  EXPECT_EQ(asked_.request.user, "root") << "another agent speaks for who has asked it";
  EXPECT_EQ(asked_.request.host, "n2");
}

TEST_F(Dispatched, WhoMayNotIsToldAndNoted) {
  const std::string body = ask("boot", encode_command_request({}), local("alice", Rights::Watch));
  const auto answer = decode_command_answer(body, "n1");
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->outcome, Outcome::Refused);
  ASSERT_EQ(answer->messages.size(), 1u);
  EXPECT_EQ(answer->messages[0].code, "HWDENIED");
  EXPECT_EQ(answer->messages[0].text, "alice may not boot");
  EXPECT_EQ(away_, (std::vector<std::string>{"alice: alice may not boot"}));
}

TEST_F(Dispatched, WhatIsNoRequestIsRefused) {
  const Peer root = local("root", Rights::All);
  EXPECT_EQ(decode_command_answer(ask("boot", "no JSON", root), "n1").value().outcome, Outcome::Usage);
  EXPECT_EQ(decode_command_answer(ask("nothing", "{}", root), "n1").value().outcome, Outcome::Usage);
  EXPECT_EQ(decode_command_answer(ask(std::string("\n\0x", 3), "{}", root), "n1").value().outcome, Outcome::Usage);
}

}  // namespace
}  // namespace hw::cluster
