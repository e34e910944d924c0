// Requests and answers, over a socket in the file system: what is the same over every way.
#include <gtest/gtest.h>

#include "test/unit/cluster_link/raw_caller.h"

namespace hw::cluster {
namespace {

using namespace std::chrono_literals;
using test::in;
using test::kLong;

struct AgentLink : testing::Test {
  AgentLink() { agent.start(); }
  AgentClient connect() { return test::must(caller.connect(agent.over_socket())); }

  test::Agent agent;
  test::Caller caller;
};

/// Of a request that is refused: the reason.
class Refusal {
 public:
  AgentReply reply() {
    return {{}, [this](const Result<std::string>& end) {
              const MutexLock guard(mutex_);
              text_ = end.error().text;
              changed_.notify_all();
            }};
  }
  std::string wait() {
    MutexLock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, kLong, [&] { return !text_.empty(); }));
    return text_;
  }

 private:
  Mutex mutex_;
  Condition changed_;
  std::string text_;
};

TEST_F(AgentLink, ARequestIsAnswered) {
  AgentClient client = connect();
  EXPECT_TRUE(client.is_open());
  EXPECT_EQ(client.peer().name, "n2");
  EXPECT_EQ(client.peer().release, "Headwater 0.1.0");
  EXPECT_EQ(client.peer().version, 1);
  EXPECT_EQ(test::must(client.call("echo", "hello", in(kLong))), "hello");
  EXPECT_EQ(test::must(client.call("echo", "", in(kLong))), "");
}

TEST_F(AgentLink, PiecesComeInOrderAndThenTheEnd) {
  AgentClient client = connect();
  std::string pieces;
  const auto last = client.call("pieces", "", in(kLong), [&](const std::string& piece) { pieces += piece + ","; });
  EXPECT_EQ(test::must(last), "end");
  EXPECT_EQ(pieces, "one,two,three,");
}

TEST_F(AgentLink, ManyRequestsAreUnderWayAtOnce) {
  AgentClient client = connect();
  Mutex mutex;
  Condition changed;
  std::vector<std::string> ends;
  for (int i = 0; i < 3; ++i) {
    AgentReply reply;
    reply.on_end = [&](Result<std::string> end) {
      const MutexLock guard(mutex);
      ends.push_back(test::must(std::move(end)));
      changed.notify_all();
    };
    client.request("keep", "", in(kLong), reply);
  }
  ASSERT_TRUE(agent.handler().wait_for_kept(3));
  EXPECT_EQ(test::must(client.call("echo", "between", in(kLong))), "between");
  for (const int index : {2, 0, 1}) agent.handler().kept(static_cast<std::size_t>(index))->last(std::to_string(index));
  MutexLock lock(mutex);
  ASSERT_TRUE(changed.wait_for(lock, kLong, [&] { return ends.size() == 3; }));
  EXPECT_EQ(ends, (std::vector<std::string>{"2", "0", "1"}));
}

TEST_F(AgentLink, LargeMessagesGoInSeveralFrames) {
  AgentClient client = connect();
  std::string large(5'000'000, 'x');
  for (std::size_t i = 0; i < large.size(); i += 1000) large[i] = static_cast<char>('a' + i / 1000 % 26);
  EXPECT_EQ(test::must(client.call("echo", large, in(kLong))), large);
}

TEST_F(AgentLink, ATooLargeRequestIsRefusedHere) {
  AgentClient client = connect();
  const auto answer = client.call("echo", std::string(kAgentMessageBytesMax, 'x'), in(kLong));
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().id, MsgId::HWREMOTE);
  EXPECT_EQ(answer.error().text, "n2: request has 16777222 bytes, more than 16777216");
  EXPECT_EQ(test::must(client.call("echo", "hello", in(kLong))), "hello");
}

TEST_F(AgentLink, ATooLargeAnswerIsARefusal) {
  AgentClient client = connect();
  client.request("keep", "", in(kLong), {{}, [](const Result<std::string>&) {}});
  ASSERT_TRUE(agent.handler().wait_for_kept(1));
  Refusal refusal;
  client.request("keep", "", in(kLong), refusal.reply());
  ASSERT_TRUE(agent.handler().wait_for_kept(2));
  agent.handler().kept(1)->last(std::string(kAgentMessageBytesMax + 1, 'x'));
  EXPECT_EQ(refusal.wait(), "n2: answer has 16777217 bytes, more than 16777216");
}

TEST_F(AgentLink, ARequestThatTakesTooLongEndsAndTheAgentIsTold) {
  AgentClient client = connect();
  const auto answer = client.call("keep", "", in(200ms));
  ASSERT_FALSE(answer.has_value());
  EXPECT_TRUE(answer.error().lines().starts_with("%GTM-E-HWREMOTE, n2: no answer in 0")) << answer.error().lines();
  EXPECT_TRUE(agent.handler().wait_for_cancelled(1));
  EXPECT_TRUE(agent.handler().kept(0)->cancelled());
  agent.handler().kept(0)->last("too late");
  EXPECT_EQ(test::must(client.call("echo", "hello", in(kLong))), "hello");
}

TEST_F(AgentLink, ACancelledRequestEndsOnceAndTheAgentIsTold) {
  AgentClient client = connect();
  std::atomic<int> ends = 0;
  const auto number = client.request("keep", "", in(kLong), {{}, [&](const Result<std::string>& end) {
                                                               ++ends;
                                                               EXPECT_FALSE(end.has_value());
                                                             }});
  ASSERT_TRUE(agent.handler().wait_for_kept(1));
  client.cancel(number);
  client.cancel(number);
  EXPECT_TRUE(agent.handler().wait_for_cancelled(1));
  agent.handler().kept(0)->last("too late");
  EXPECT_EQ(test::must(client.call("echo", "hello", in(kLong))), "hello");
  EXPECT_EQ(ends, 1);
}

TEST_F(AgentLink, WhenTheCallerGoesItsRequestsAreCancelled) {
  {
    AgentClient client = connect();
    client.request("keep", "", in(kLong), {{}, [](const Result<std::string>&) {}});
    client.request("keep", "", in(kLong), {{}, [](const Result<std::string>&) {}});
    ASSERT_TRUE(agent.handler().wait_for_kept(2));
  }
  EXPECT_TRUE(agent.handler().wait_for_cancelled(2));
  EXPECT_TRUE(agent.wait_for_connections(0));
  agent.handler().kept(0)->partial("nobody hears this");
  bool told = false;
  agent.handler().kept(0)->on_cancel([&] { told = true; });
  EXPECT_TRUE(told) << "at once, because it has happened";
}

TEST_F(AgentLink, WhenTheAgentGoesEveryRequestEnds) {
  AgentClient client = connect();
  std::atomic<bool> closed = false;
  client.on_closed([&](const Error&) { closed = true; });
  Refusal refusal;
  client.request("keep", "", in(kLong), refusal.reply());
  ASSERT_TRUE(agent.handler().wait_for_kept(1));
  agent.stop();
  EXPECT_EQ(refusal.wait(), "n2: connection lost: connection closed");
  EXPECT_TRUE(agent.handler().wait_for_cancelled(1));
  const auto later = client.call("echo", "hello", in(kLong));
  ASSERT_FALSE(later.has_value());
  EXPECT_EQ(later.error().text, "n2: connection lost: connection closed");
  EXPECT_FALSE(client.is_open());
  EXPECT_TRUE(closed);
  agent.handler().kept(0)->last("nobody hears this");
}

TEST_F(AgentLink, AnAnswerThatGoesAwayIsARefusal) {
  AgentClient client = connect();
  Refusal refusal;
  client.request("keep", "", in(kLong), refusal.reply());
  ASSERT_TRUE(agent.handler().wait_for_kept(1));
  agent.handler().drop_kept();
  EXPECT_EQ(refusal.wait(), "n2: request was given up there");
}

TEST_F(AgentLink, TooManyRequestsAtOnceAreRefused) {
  AgentClient client = connect();
  for (std::size_t i = 0; i < kAgentRequestsMax; ++i)
    client.request("keep", "", in(kLong), {{}, [](const Result<std::string>&) {}});
  ASSERT_TRUE(agent.handler().wait_for_kept(kAgentRequestsMax));
  const auto answer = client.call("echo", "hello", in(kLong));
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().text, "n2: 64 requests are not answered yet");
  agent.handler().kept(0)->last("");
  EXPECT_EQ(test::must(client.call("echo", "hello", in(kLong))), "hello");
}

TEST_F(AgentLink, AnswersThatNobodyTakesEndTheConnection) {
  test::RawCaller slow(agent.over_socket(), "");
  ASSERT_TRUE(slow.proven);
  ASSERT_TRUE(slow.peer.send(slow.request(1, "keep")));
  ASSERT_TRUE(agent.handler().wait_for_kept(1));
  // More than is kept for one peer, and the kernel's buffers.
  for (int i = 0; i < 3; ++i) agent.handler().kept(0)->partial(std::string(kAgentMessageBytesMax, 'x'));
  EXPECT_TRUE(agent.handler().wait_for_cancelled(1));
  EXPECT_TRUE(agent.wait_for_connections(0));
}

TEST_F(AgentLink, AnotherNodeThanTheOneAskedForIsAnError) {
  AgentTarget target = agent.over_socket();
  target.node = "n3";
  EXPECT_EQ(caller.echo(target), "%GTM-E-HWREMOTE, n3: n2 answers there");
  target.node = "";
  EXPECT_EQ(caller.echo(target), "hello");
}

TEST_F(AgentLink, WhereNobodyListensTheReasonIsTold) {
  const AgentTarget target = agent.over_socket();
  agent.stop();
  EXPECT_EQ(caller.echo(target), fmt::format("%GTM-E-HWREMOTE, n2: cannot connect to {}\n"
                                             "%SYSTEM-E-ENO2, No such file or directory",
                                             target.socket_path));
}

TEST_F(AgentLink, AConnectionEndsAtItsDeadline) {
  test::Folder folder;
  // Listens, and never says a word.
  const auto silent = test::must(ListeningSocket::at_path(folder / "silent"));
  const auto begin = test::steady_clock::now();
  const auto client = caller.connect({"n2", folder / "silent", {}}, 300ms);
  ASSERT_FALSE(client.has_value());
  EXPECT_TRUE(client.error().lines().starts_with("%GTM-E-HWREMOTE, n2: no answer in 0")) << client.error().lines();
  EXPECT_GE(test::steady_clock::now() - begin, 300ms);
}

TEST_F(AgentLink, AServerThatIsNoAgentIsNamedSo) {
  test::Folder folder;

  const auto listening = test::must(ListeningSocket::at_path(folder / "other"));
  std::thread server([&] {
    int fd = -1;
    while ((fd = ::accept(listening.fd(), nullptr, nullptr)) < 0) std::this_thread::yield();
    const std::string line = "220 mail.example.com ESMTP, which is long enough to be a header of a frame\r\n";
    EXPECT_EQ(::send(fd, line.data(), line.size(), MSG_NOSIGNAL), static_cast<ssize_t>(line.size()));
    char rest[512];
    while (::recv(fd, rest, sizeof rest, 0) > 0) {
    }
    ::close(fd);
  });
  EXPECT_EQ(caller.echo({"n2", folder / "other", {}}),
            "%GTM-E-HWREMOTE, n2: not let in: frame is not of the agents' link");
  server.join();
}

// ---- the loop ----

TEST(LinkLoop, WhatIsPostedRunsInOrder) {
  std::string order;
  {
    const LinkThread thread = test::must(LinkThread::start("a loop"));
    for (const char each : {'a', 'b', 'c'}) EXPECT_TRUE(thread.loop()->post([&order, each] { order += each; }));
    EXPECT_TRUE(thread.loop()->run([&] { order += thread.loop()->in_loop() ? 'd' : 'x'; }));
    EXPECT_TRUE(thread.loop()->post([&] { order += 'e'; }));
  }
  EXPECT_EQ(order, "abcde") << "also what was posted last";
}

TEST(LinkLoop, AfterItsEndNothingIsTaken) {
  std::shared_ptr<LinkLoop> loop;
  {
    const LinkThread thread = test::must(LinkThread::start("a loop"));
    loop = thread.loop();
  }
  bool ran = false;
  EXPECT_FALSE(loop->post([&] { ran = true; }));
  EXPECT_FALSE(loop->run([&] { ran = true; }));
  EXPECT_FALSE(ran);
}

TEST(LinkLoop, ItsEndEndsEveryConnectionAndRequest) {
  test::Agent agent;
  agent.start();
  std::optional<Result<AgentClient>> client;
  std::string told;
  std::string told_later;
  {
    const LinkThread thread = test::must(LinkThread::start("a loop"));
    test::Caller caller;
    client.emplace(AgentClient::connect(thread.loop(), agent.over_socket(), caller.self(), in(kLong)));
    ASSERT_TRUE(client->has_value());
    (*client)->request("keep", "", in(kLong), {{}, [&](const Result<std::string>& end) { told = end.error().text; }});
  }
  EXPECT_EQ(told, "n2: connection was given up");
  (*client)->request("keep", "", in(kLong),
                     {{}, [&](const Result<std::string>& end) { told_later = end.error().text; }});
  EXPECT_EQ(told_later, "n2: link closed");
  EXPECT_TRUE(agent.wait_for_connections(0));
}

TEST(LinkLoop, ItsEndClosesTheServerBeforeItsOwner) {
  test::Handler handler;
  test::Folder folder;
  std::optional<AgentServer> server;
  {
    const LinkThread thread = test::must(LinkThread::start("a loop"));
    AgentServerSettings settings;
    settings.node = "n2";
    settings.socket_path = folder / "hwd.sock";
    server.emplace(test::must(AgentServer::start(thread.loop(), settings, handler)));
    EXPECT_TRUE(std::filesystem::exists(settings.socket_path));
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "hwd.sock"));
  EXPECT_EQ(server->connections(), 0u);
}

}  // namespace
}  // namespace hw::cluster
