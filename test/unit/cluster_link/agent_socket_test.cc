// The socket in the file system: the peer's user decides.
#include <grp.h>
#include <gtest/gtest.h>
#include <pwd.h>

#include "test/unit/cluster_link/raw_caller.h"

namespace hw::cluster {
namespace {

using namespace std::chrono_literals;
using test::in;
using test::kLong;

/// A user without rights.
constexpr uid_t kNobody = 65534;

struct AgentSocket : testing::Test {
  AgentSocket() { HW_CHECK(::chmod((agent.folder() / "").c_str(), 0755) == 0); }

  /// The agent's view of who calls.
  Peer peer_of(test::Caller& caller) {
    AgentClient client = test::must(caller.connect(agent.over_socket()));
    client.request("keep", "", in(kLong), {{}, [](const Result<std::string>&) {}});
    EXPECT_TRUE(agent.handler().wait_for_kept(++asked));
    return *agent.handler().peer(asked - 1);
  }

  test::Agent agent;
  std::size_t asked = 0;
};

TEST_F(AgentSocket, TheOwnerMayDoAll) {
  agent.start();
  test::Caller caller({}, "root@n1");
  const Peer peer = peer_of(caller);
  EXPECT_EQ(peer.way, PeerWay::Socket);
  EXPECT_EQ(peer.rights, Rights::All);
  EXPECT_EQ(peer.uid, ::geteuid());
  EXPECT_EQ(peer.pid, ::getpid());
  EXPECT_EQ(peer.name, ::getpwuid(::geteuid())->pw_name);
  EXPECT_EQ(peer.says, "root@n1");
  EXPECT_EQ(text_of(peer), peer.name);
}

TEST_F(AgentSocket, EverybodyMayConnectWhateverTheUmaskIs) {
  const mode_t before = ::umask(0077);
  agent.start();
  ::umask(before);
  struct stat found {};
  ASSERT_EQ(::stat(agent.settings().socket_path.c_str(), &found), 0);
  EXPECT_TRUE(S_ISSOCK(found.st_mode));
  EXPECT_EQ(found.st_mode & 07777, 0666u);
}

TEST_F(AgentSocket, OthersMayWatch) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to be another user";
  agent.start();
  test::Caller caller({}, "root@n1");
  caller.become(kNobody);
  const Peer peer = peer_of(caller);
  EXPECT_EQ(peer.rights, Rights::Watch);
  EXPECT_EQ(peer.uid, kNobody);
  EXPECT_EQ(peer.name, "nobody") << "what it calls itself does not count";
  const Error error = denied(peer, "config apply");
  EXPECT_EQ(error.lines(), "%GTM-E-HWDENIED, nobody may not config apply");
}

TEST_F(AgentSocket, MembersOfTheOperatorsGroupMayOperate) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to be another user";
  const passwd* const nobody = ::getpwuid(kNobody);
  ASSERT_NE(nobody, nullptr);
  agent.settings().operator_group = ::getgrgid(nobody->pw_gid)->gr_name;
  agent.start();
  test::Caller caller;
  caller.become(kNobody);
  EXPECT_EQ(peer_of(caller).rights, Rights::Operate);
}

TEST_F(AgentSocket, AUserWithoutANameMayWatch) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to be another user";
  agent.start();
  test::Caller caller;
  caller.become(4'000'123);
  const Peer peer = peer_of(caller);
  EXPECT_EQ(peer.rights, Rights::Watch);
  EXPECT_EQ(peer.name, "uid 4000123");
}

TEST_F(AgentSocket, WatchersHaveSmallRequestsAndFewConnections) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to be another user";
  agent.start();
  test::Caller caller;
  caller.become(kNobody);
  std::vector<AgentClient> clients;
  for (std::size_t i = 0; i < kAgentUserConnectionsMax; ++i)
    clients.push_back(test::must(caller.connect(agent.over_socket())));
  EXPECT_EQ(caller.echo(agent.over_socket()), "%GTM-E-HWREMOTE, n2: not let in: connection closed");
  EXPECT_EQ(test::Caller().echo(agent.over_socket()), "hello") << "root finds room";
  const auto large = clients[0].call("echo", std::string(kAgentWatcherBytesMax, 'x'), in(kLong));
  ASSERT_FALSE(large.has_value());
  EXPECT_EQ(large.error().text, "n2: request has more than 65536 bytes");
  EXPECT_EQ(test::must(clients[0].call("echo", "hello", in(kLong))), "hello");
}

TEST_F(AgentSocket, TheOperatorIsToldOfRefusalsNowAndThen) {
  agent.start();
  test::Caller caller;
  Peer peer = peer_of(caller);
  for (int i = 0; i < 5; ++i) agent.server().denied(peer, denied(peer, "fence off"));
  peer.name = "bob";
  agent.server().denied(peer, denied(peer, "fence off"));
  ASSERT_TRUE(agent.handler().wait_for_denied(2));
  EXPECT_EQ(agent.handler().denied_lines().at(1), "%GTM-E-HWDENIED, bob may not fence off\n");
}

TEST_F(AgentSocket, GarbageEndsTheConnection) {
  agent.start();
  const test::RawPeer raw(agent.over_socket());
  ASSERT_TRUE(raw.send(std::string(100, 'x')));
  EXPECT_TRUE(raw.is_closed());
  ASSERT_TRUE(agent.handler().wait_for_denied(1));
}

TEST_F(AgentSocket, AKeyDoesNotHelpOverTheSocket) {
  agent.start();
  test::RawCaller caller(agent.over_socket(), std::string(32, 'k'));
  EXPECT_FALSE(caller.proven);
}

TEST_F(AgentSocket, TheSocketOfADeadAgentIsReplaced) {
  agent.start();
  const std::string path = agent.settings().socket_path;
  std::filesystem::rename(path, path + ".kept");
  agent.stop();
  std::filesystem::rename(path + ".kept", path);
  ASSERT_TRUE(std::filesystem::exists(path)) << "nobody listens there any more";
  agent.start();
  EXPECT_EQ(test::Caller().echo(agent.over_socket()), "hello");
}

TEST_F(AgentSocket, ASocketAtWhichAnotherListensIsNot) {
  agent.start();
  const auto second = ListeningSocket::at_path(agent.settings().socket_path);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().os_errno, EADDRINUSE);
  EXPECT_EQ(test::Caller().echo(agent.over_socket()), "hello");
}

TEST_F(AgentSocket, AFileIsNotReplaced) {
  const std::string path = agent.folder().write("hwd.sock", "important");
  const auto socket = ListeningSocket::at_path(path);
  ASSERT_FALSE(socket.has_value());
  EXPECT_EQ(socket.error().os_errno, EEXIST);
  EXPECT_EQ(std::filesystem::file_size(path), 9u);
}

TEST_F(AgentSocket, ItsNameGoesWithTheServer) {
  agent.start();
  agent.stop();
  EXPECT_FALSE(std::filesystem::exists(agent.settings().socket_path));
}

TEST_F(AgentSocket, ALongPathIsNoHindrance) {
  std::string folder = agent.folder() / std::string(100, 'd');
  std::filesystem::create_directory(folder);
  agent.settings().socket_path = folder + "/hwd.sock";
  ASSERT_GT(agent.settings().socket_path.size(), 107u);
  agent.start();
  EXPECT_TRUE(std::filesystem::exists(agent.settings().socket_path));
  EXPECT_EQ(test::Caller().echo(agent.over_socket()), "hello");
}

}  // namespace
}  // namespace hw::cluster
