// Over TCP with a shared key: who has it is let in, and nobody else, whatever it sends.
#include <gtest/gtest.h>

#include <ifaddrs.h>

#include "test/unit/cluster_link/raw_caller.h"

namespace hw::cluster {
namespace {

using namespace std::chrono_literals;
using test::in;
using test::kLong;

const std::string kKey(40, 'k');

struct AgentKey : testing::Test {
  AgentKey() : security(LinkSecurity::with_key(folder.write("key", kKey))), agent(security) { agent.start(); }

  LinkSecurity other_key() { return LinkSecurity::with_key(folder.write("other_key", std::string(40, 'x'))); }

  test::Folder folder;
  LinkSecurity security;
  test::Agent agent;
};

TEST_F(AgentKey, WhoHasTheKeyMayDoAll) {
  test::Caller caller(security);
  AgentClient client = test::must(caller.connect(agent.over_tcp()));
  EXPECT_EQ(test::must(client.call("echo", "hello", in(kLong))), "hello");
  client.request("keep", "", in(kLong), {{}, [](const Result<std::string>&) {}});
  ASSERT_TRUE(agent.handler().wait_for_kept(1));
  const Peer peer = *agent.handler().peer(0);
  EXPECT_EQ(peer.way, PeerWay::Key);
  EXPECT_EQ(peer.rights, Rights::All);
  EXPECT_EQ(peer.name, "n1");
  EXPECT_EQ(peer.address.substr(0, 10), "127.0.0.1:");
  EXPECT_EQ(text_of(peer), "n1 at " + peer.address);
}

TEST_F(AgentKey, AnotherKeyIsClosedWithoutAWordAndTheOperatorIsTold) {
  test::Caller caller(other_key());
  EXPECT_EQ(caller.echo(agent.over_tcp()), "%GTM-E-HWREMOTE, n2: not let in: connection closed");
  ASSERT_TRUE(agent.handler().wait_for_denied(1));
  EXPECT_EQ(agent.handler().denied_lines().at(0), "%GTM-E-HWDENIED, 127.0.0.1 may not connect: its proof is wrong\n");
}

TEST_F(AgentKey, NoKeyIsNotTriedAtAll) {
  test::Caller caller;
  EXPECT_EQ(caller.echo(agent.over_tcp()), "%GTM-E-HWREMOTE, n2: neither a key nor a certificate to prove with");
}

TEST_F(AgentKey, FiveBadProofsSilenceTheAddressForThoseWithTheKeyToo) {
  test::Caller wrong(other_key());
  for (std::size_t i = 0; i < kBadProofsMax; ++i)
    EXPECT_EQ(wrong.echo(agent.over_tcp()), "%GTM-E-HWREMOTE, n2: not let in: connection closed");
  ASSERT_TRUE(agent.wait_for_connections(0));
  const test::RawPeer raw(agent.over_tcp());
  EXPECT_TRUE(raw.is_closed()) << "before it has said anything";
  test::Caller right(security);
  EXPECT_FALSE(right.connect(agent.over_tcp()).has_value());
  EXPECT_EQ(agent.handler().denied_lines().size(), 1u) << "the others are counted, not written";
  EXPECT_EQ(test::Caller().echo(agent.over_socket()), "hello") << "the socket is another way";
}

TEST_F(AgentKey, WithAProvenConnectionTheAddressIsHeard) {
  test::Caller right(security);
  const AgentClient client = test::must(right.connect(agent.over_tcp()));
  test::Caller wrong(other_key());
  for (std::size_t i = 0; i < 2 * kBadProofsMax; ++i) (void)wrong.echo(agent.over_tcp());
  EXPECT_EQ(right.echo(agent.over_tcp()), "hello");
}

TEST_F(AgentKey, GarbageIsClosedWithoutAWord) {
  for (const std::string& garbage : {std::string("GET / HTTP/1.1\r\nHost: somewhere.example.com\r\n\r\n"),
                                     std::string(100, '\0'), std::string(70000, '\xff')}) {
    const test::RawPeer raw(agent.over_tcp());
    (void)raw.send(garbage);  // It may be closed before all has gone.
    EXPECT_TRUE(raw.is_closed());
  }
  ASSERT_TRUE(agent.handler().wait_for_denied(1));
  EXPECT_EQ(agent.handler().denied_lines().at(0),
            "%GTM-E-HWDENIED, 127.0.0.1 may not connect: frame is not of the agents' link\n");
}

TEST_F(AgentKey, WhoOnlyLooksWhetherThePortIsOpenIsNotCounted) {
  for (std::size_t i = 0; i < 2 * kBadProofsMax; ++i) const test::RawPeer raw(agent.over_tcp());
  EXPECT_EQ(test::Caller(security).echo(agent.over_tcp()), "hello");
  EXPECT_TRUE(agent.handler().denied_lines().empty());
}

TEST_F(AgentKey, AReplayedRequestEndsTheConnectionAndIsNotDoneAgain) {
  test::RawCaller caller(agent.over_tcp(), kKey);
  ASSERT_TRUE(caller.proven);
  const std::string frame = caller.request(1, "keep");
  ASSERT_TRUE(caller.peer.send(frame));
  ASSERT_TRUE(agent.handler().wait_for_kept(1));
  ASSERT_TRUE(caller.peer.send(frame));
  EXPECT_TRUE(caller.peer.is_closed());
  ASSERT_TRUE(agent.handler().wait_for_denied(1));
  EXPECT_EQ(agent.handler().denied_lines().at(0),
            "%GTM-E-HWDENIED, 127.0.0.1 may not connect: frame is out of order\n");
  EXPECT_TRUE(agent.handler().wait_for_cancelled(1));
  EXPECT_THROW(agent.handler().kept(1), std::out_of_range);
}

TEST_F(AgentKey, AReplayedConnectionProvesNothing) {
  std::string recorded;
  {
    test::RawCaller caller(agent.over_tcp(), kKey);
    ASSERT_TRUE(caller.proven);
    AgentFrameWriter again;
    recorded = again.frame(AgentFrameType::Hello, 0, caller.handshake.begin().body) + caller.proof_frame +
               caller.request(1, "keep");
  }
  ASSERT_TRUE(agent.wait_for_connections(0));
  const test::RawPeer replay(agent.over_tcp());
  ASSERT_TRUE(replay.send(recorded));
  ASSERT_TRUE(replay.receive_frame().has_value()) << "the challenge, with another number";
  EXPECT_TRUE(replay.is_closed());
  EXPECT_THROW(agent.handler().kept(0), std::out_of_range);
}

TEST_F(AgentKey, AChangedByteEndsTheConnection) {
  test::RawCaller caller(agent.over_tcp(), kKey);
  ASSERT_TRUE(caller.proven);
  std::string frame = caller.request(1, "keep", "switchover");
  frame[kAgentHeaderBytes + 10] ^= 1;
  ASSERT_TRUE(caller.peer.send(frame));
  EXPECT_TRUE(caller.peer.is_closed());
  EXPECT_THROW(agent.handler().kept(0), std::out_of_range);
}

TEST_F(AgentKey, ATooLongFrameIsRefusedWithItsHeader) {
  test::RawCaller caller(agent.over_tcp(), kKey);
  ASSERT_TRUE(caller.proven);
  std::string frame = caller.request(1, "keep");
  put_le<std::uint32_t>(std::as_writable_bytes(std::span(frame)), 8, kAgentBodyBytesMax + 1);
  ASSERT_TRUE(caller.peer.send(frame.substr(0, kAgentHeaderBytes)));
  EXPECT_TRUE(caller.peer.is_closed());
}

TEST_F(AgentKey, HalfSentFramesAndUnprovenConnectionsTimeOut) {
  test::RawCaller half(agent.over_tcp(), kKey);
  ASSERT_TRUE(half.proven);
  const std::string frame = half.request(1, "keep");
  ASSERT_TRUE(half.peer.send(frame.substr(0, frame.size() - 1)));
  const test::RawPeer silent(agent.over_tcp());
  const auto begin = test::steady_clock::now();
  EXPECT_TRUE(silent.is_closed());
  EXPECT_GE(test::steady_clock::now() - begin, std::chrono::milliseconds(kAgentHandshakeMs - 500));
  EXPECT_TRUE(half.peer.is_closed());
  EXPECT_GE(test::steady_clock::now() - begin, std::chrono::milliseconds(kAgentFrameMs - 500));
  EXPECT_THROW(agent.handler().kept(0), std::out_of_range);
  EXPECT_TRUE(agent.handler().denied_lines().empty());
}

TEST_F(AgentKey, TooManyUnprovenConnectionsEndTheOldest) {
  std::vector<std::unique_ptr<test::RawPeer>> many;
  many.push_back(std::make_unique<test::RawPeer>(agent.over_tcp()));
  ASSERT_TRUE(agent.wait_for_connections(1));
  for (std::size_t i = 0; i < kAgentUnprovenMax; ++i) many.push_back(std::make_unique<test::RawPeer>(agent.over_tcp()));
  EXPECT_TRUE(many.front()->is_closed());
  EXPECT_EQ(test::Caller(security).echo(agent.over_tcp()), "hello");
}

TEST_F(AgentKey, AChangedKeyCountsForTheNextConnections) {
  test::Caller caller(security);
  AgentClient before = test::must(caller.connect(agent.over_tcp()));
  const LinkSecurity former = LinkSecurity::with_key(folder.write("former", kKey));
  folder.write("key", std::string(64, 'n'));
  EXPECT_EQ(caller.echo(agent.over_tcp()), "hello");
  EXPECT_EQ(test::Caller(former).echo(agent.over_tcp()), "%GTM-E-HWREMOTE, n2: not let in: connection closed");
  EXPECT_EQ(test::must(before.call("echo", "still here", in(kLong))), "still here");
}

TEST_F(AgentKey, AKeyThatCannotBeUsedLeavesTheFormerInForce) {
  ASSERT_TRUE(agent.server().certificate_problems().empty());
  folder.write("key", "short");
  EXPECT_EQ(test::Caller(LinkSecurity::with_key(folder.write("former", kKey))).echo(agent.over_tcp()), "hello");
  const auto problems = agent.server().certificate_problems();
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].text, fmt::format("security.key_file: {} has 5 bytes, and needs 32", security.key_file));
  folder.write("key", kKey);
  EXPECT_TRUE(agent.server().certificate_problems().empty());
}

// ---- where it listens ----

TEST(AgentListening, WithoutAKeyOnlyTheSocketListens) {
  test::Agent agent;
  agent.start();
  EXPECT_TRUE(agent.server().addresses().empty());
  EXPECT_EQ(test::Caller().echo(agent.over_socket()), "hello");
}

TEST(AgentListening, TheKeyDoesNotGoBeyondLoopback) {
  const test::Folder folder;
  test::Agent agent(LinkSecurity::with_key(folder.write("key", kKey)));
  agent.settings().addresses = {{"127.0.0.1", 0}, {"0.0.0.0", 0}};
  test::Handler handler;
  const LinkThread thread = test::must(LinkThread::start("agent of a test"));
  const auto server = AgentServer::start(thread.loop(), agent.settings(), handler);
  ASSERT_FALSE(server.has_value());
  EXPECT_EQ(
      server.error().lines(),
      "%GTM-E-HWCFGBAD, security.allow_plain: false, but mode key does not encrypt, and 0.0.0.0:0 is not loopback");
  agent.settings().security.allow_plain = true;
  agent.start();
  EXPECT_EQ(agent.server().addresses().size(), 2u);
}

/// An address of this machine that is not loopback; none where it has none.
std::string far_address() {
  std::string out;
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return out;
  for (const ifaddrs* each = all; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr == nullptr || each->ifa_addr->sa_family != AF_INET) continue;
    SocketAddress address;
    std::memcpy(&address.storage, each->ifa_addr, sizeof(sockaddr_in));
    if (!is_loopback(address)) out = address_of(address).host;
  }
  ::freeifaddrs(all);
  return out;
}

TEST(AgentListening, NorDoesTheCallersKey) {
  const std::string far = far_address();
  if (far.empty()) GTEST_SKIP() << "no address but loopback";
  const test::Folder folder;
  LinkSecurity security = LinkSecurity::with_key(folder.write("key", kKey));
  security.allow_plain = true;
  test::Agent agent(security);
  agent.settings().addresses = {{far, 0}};
  agent.start();
  EXPECT_EQ(test::Caller(security).echo(agent.over_tcp()), "hello");
  security.allow_plain = false;
  EXPECT_EQ(test::Caller(security).echo(agent.over_tcp()),
            fmt::format("%GTM-E-HWREMOTE, n2: {} is not loopback, and mode key does not encrypt (security.allow_plain)",
                        far));
}

TEST(AgentListening, ATakenPortIsAnErrorAndChangesNothing) {
  const test::Folder folder;
  const LinkSecurity security = LinkSecurity::with_key(folder.write("key", kKey));
  test::Agent first(security);
  first.start();
  test::Agent second(security);
  second.start();
  const auto before = second.server().addresses();
  AgentServerSettings settings = second.settings();
  settings.socket_path = second.folder() / "other.sock";
  settings.addresses = {{"127.0.0.1", 0}, first.server().addresses().at(0)};
  const Status changed = second.server().change(settings);
  ASSERT_FALSE(changed.has_value());
  EXPECT_EQ(changed.error().os_errno, EADDRINUSE);
  EXPECT_EQ(second.server().addresses(), before);
  EXPECT_FALSE(std::filesystem::exists(settings.socket_path));
  EXPECT_EQ(test::Caller(security).echo(second.over_tcp()), "hello");
  EXPECT_EQ(test::Caller(security).echo(second.over_socket()), "hello");
}

TEST(AgentListening, OtherSettingsAreTakenWithoutAnEndOfWhatStays) {
  const test::Folder folder;
  LinkSecurity security = LinkSecurity::with_key(folder.write("key", kKey));
  test::Agent agent(security);
  agent.settings().addresses = {{"127.0.0.1", 0}, {"127.0.0.2", 0}};
  agent.start();
  const auto before = agent.server().addresses();
  ASSERT_EQ(before.size(), 2u);
  test::Caller caller(security);
  AgentClient local = test::must(caller.connect(agent.over_socket()));
  AgentClient remote = test::must(caller.connect({"n2", "", before[1]}));

  agent.settings().addresses = {{"127.0.0.2", 0}, {"127.0.0.3", 0}};
  test::must(agent.server().change(agent.settings()));
  const auto after = agent.server().addresses();
  ASSERT_EQ(after.size(), 2u);
  EXPECT_EQ(after[0], before[1]);
  EXPECT_EQ(after[1].host, "127.0.0.3");
  EXPECT_EQ(caller.echo({"n2", "", after[1]}), "hello");
  EXPECT_EQ(caller.echo({"n2", "", before[0]}).substr(0, 40), "%GTM-E-HWREMOTE, n2: cannot connect to 1");
  EXPECT_EQ(test::must(remote.call("echo", "stays", in(kLong))), "stays");

  agent.settings().security = LinkSecurity::with_key(folder.write("new_key", std::string(40, 'n')));
  test::must(agent.server().change(agent.settings()));
  EXPECT_FALSE(remote.call("echo", "another proof is asked for", in(kLong)).has_value());
  EXPECT_EQ(test::must(local.call("echo", "stays", in(kLong))), "stays");
}

TEST(AgentListening, AlsoOnIPv6AndByName) {
  const test::Folder folder;
  const LinkSecurity security = LinkSecurity::with_key(folder.write("key", kKey));
  test::Agent agent(security);
  agent.settings().addresses = {{"::1", 0}};
  test::Handler handler;
  const LinkThread thread = test::must(LinkThread::start("agent of a test"));
  if (!AgentServer::start(thread.loop(), agent.settings(), handler).has_value()) GTEST_SKIP() << "no IPv6 here";
  agent.start();
  EXPECT_EQ(text_of(agent.over_tcp().address).substr(0, 6), "[::1]:");
  EXPECT_EQ(test::Caller(security).echo(agent.over_tcp()), "hello");
  test::Agent named(security);
  named.settings().addresses = {{"localhost", 0}};
  named.start();
  AgentTarget target = named.over_tcp();
  target.address.host = "localhost";
  EXPECT_EQ(test::Caller(security).echo(target), "hello");
}

TEST(AgentListening, ANameThatIsNoneIsNamed) {
  const test::Folder folder;
  const LinkSecurity security = LinkSecurity::with_key(folder.write("key", kKey));
  const std::string told = test::Caller(security).echo({"n2", "", {"no-such-host.invalid", 7600}});
  EXPECT_EQ(told.substr(0, 72), "%GTM-E-HWREMOTE, n2: cannot connect to no-such-host.invalid:7600\n%GTM-I-");
}

// ---- the key's file ----

std::string fault_of(const std::string& path) {
  const auto loaded = Credentials::load(LinkSecurity::with_key(path));
  return loaded.has_value() ? "" : loaded.error().lines();
}

TEST(KeyFile, IsOnlyForItsOwner) {
  const test::Folder folder;
  const std::string path = folder.write("key", kKey);
  EXPECT_EQ(fault_of(path), "");
  for (const mode_t mode : {0640, 0604, 0700, 0666}) {
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
    EXPECT_EQ(fault_of(path),
              fmt::format("%GTM-E-HWCFGBAD, security.key_file: {} has mode {:04o}, and must have 0600", path, mode));
  }
  ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
  if (::geteuid() == 0) {
    ASSERT_EQ(::chown(path.c_str(), 65534, 65534), 0);
    EXPECT_EQ(
        fault_of(path),
        fmt::format("%GTM-E-HWCFGBAD, security.key_file: {} belongs to user 65534, and must be this user's or root's",
                    path));
  }
}

TEST(KeyFile, HasAtLeast32Bytes) {
  const test::Folder folder;
  EXPECT_EQ(fault_of(folder.write("key", std::string(32, 'k'))), "");
  EXPECT_EQ(fault_of(folder.write("key", std::string(31, 'k'))),
            fmt::format("%GTM-E-HWCFGBAD, security.key_file: {} has 31 bytes, and needs 32", folder / "key"));
  EXPECT_EQ(fault_of(folder.write("key", std::string(65537, 'k'))),
            fmt::format("%GTM-E-HWCFGBAD, security.key_file: {} has 65537 bytes, more than 65536", folder / "key"));
}

TEST(KeyFile, MustBeThere) {
  const test::Folder folder;
  EXPECT_EQ(fault_of(folder / "none"),
            fmt::format("%GTM-E-HWCFGBAD, security.key_file: {}\n%SYSTEM-E-ENO2, No such file or directory",
                        folder / "none"));
  std::filesystem::create_directory(folder / "folder");
  EXPECT_EQ(fault_of(folder / "folder"),
            fmt::format("%GTM-E-HWCFGBAD, security.key_file: {}\n%SYSTEM-E-ENO21, Is a directory", folder / "folder"));
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(fault_of(folder / "pipe"), fmt::format("%GTM-E-HWCFGBAD, security.key_file: {}\n"
                                                   "%GTM-I-TEXT, It is a pipe, not a file\n"
                                                   "%SYSTEM-E-ENO29, Illegal seek",
                                                   folder / "pipe"));
}

}  // namespace
}  // namespace hw::cluster
