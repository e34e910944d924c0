// Over TLS: both ends have a certificate of one authority, and its name is known.
#include <gtest/gtest.h>

#include <openssl/ssl.h>

#include "engine/tls/certificate.h"
#include "test/support/certificates.h"
#include "test/unit/cluster_link/agent_link.h"

namespace hw::cluster {
namespace {

using namespace std::chrono_literals;
using hw::test::Certificate;
using hw::test::kDay_s;
using test::in;
using test::kLong;

struct AgentTls : testing::Test {
  AgentTls() : ca({"authority"}, 1000 * kDay_s, nullptr), agent(files("n2", ca, {"n2"})) { agent.start(); }

  /// Certificate and key in files of that name.
  LinkSecurity files(const std::string& name, const Certificate& issuer, const std::vector<std::string>& names,
                     long lifetime_s = 400 * kDay_s) {
    const Certificate made(names, lifetime_s, &issuer);
    made.write(folder / (name + ".crt"));
    made.write_key(folder / (name + ".key"));
    issuer.write(folder / (name + ".ca"));
    return LinkSecurity::with_tls(folder / (name + ".ca"), folder / (name + ".crt"), folder / (name + ".key"));
  }
  std::string denied(std::size_t count) {
    return agent.handler().wait_for_denied(count) ? agent.handler().denied_lines().at(count - 1) : "nothing";
  }

  test::Folder folder;
  Certificate ca;
  test::Agent agent;
};

TEST_F(AgentTls, ANodeMayDoAllUnderTheNameOfItsCertificate) {
  test::Caller caller(files("n1", ca, {"n1"}), "some other name");
  AgentClient client = test::must(caller.connect(agent.over_tcp()));
  EXPECT_EQ(client.peer().way, PeerWay::Certificate);
  EXPECT_EQ(client.peer().name, "n2");
  client.request("keep", "", in(kLong), {{}, [](const Result<std::string>&) {}});
  ASSERT_TRUE(agent.handler().wait_for_kept(1));
  const Peer peer = *agent.handler().peer(0);
  EXPECT_EQ(peer.way, PeerWay::Certificate);
  EXPECT_EQ(peer.rights, Rights::All);
  EXPECT_EQ(peer.name, "n1");
  EXPECT_EQ(peer.says, "some other name");
}

TEST_F(AgentTls, AnOperatorMayDoAll) {
  test::Caller caller(files("alice", ca, {"alice"}), "alice@desk");
  EXPECT_EQ(caller.echo(agent.over_tcp()), "hello");
}

TEST_F(AgentTls, AnyNameOfTheCertificateCounts) {
  test::Caller caller(files("host", ca, {"host.example.com", "unknown", "n1"}), "n1");
  EXPECT_EQ(caller.echo(agent.over_tcp()), "hello");
}

TEST_F(AgentTls, LargeMessagesPass) {
  test::Caller caller(files("n1", ca, {"n1"}));
  AgentClient client = test::must(caller.connect(agent.over_tcp()));
  const std::string large(3'000'000, 'x');
  EXPECT_EQ(test::must(client.call("echo", large, in(kLong))), large);
}

TEST_F(AgentTls, AnUnknownNameIsDenied) {
  test::Caller caller(files("bob", ca, {"bob", "bob.example.com"}), "n1");
  EXPECT_EQ(caller.echo(agent.over_tcp()), "%GTM-E-HWREMOTE, n2: not let in: connection closed");
  EXPECT_EQ(denied(1),
            "%GTM-E-HWDENIED, 127.0.0.1 may not connect: its certificate names neither a node nor an operator\n");
}

TEST_F(AgentTls, ACertificateOfAnotherAuthorityIsDenied) {
  const Certificate other({"another authority"}, 1000 * kDay_s, nullptr);
  LinkSecurity security = files("n1", other, {"n1"});
  ca.write(security.ca);  // It takes the agent for good, but not the agent it.
  test::Caller caller(security);
  EXPECT_FALSE(caller.connect(agent.over_tcp()).has_value());
  EXPECT_EQ(denied(1), "%GTM-E-HWDENIED, 127.0.0.1 may not connect: unable to get local issuer certificate\n");
}

TEST_F(AgentTls, ACertificateThatHasEndedIsDenied) {
  test::Caller caller(files("n1", ca, {"n1"}, -3600));
  EXPECT_FALSE(caller.connect(agent.over_tcp()).has_value());
  EXPECT_EQ(denied(1), "%GTM-E-HWDENIED, 127.0.0.1 may not connect: certificate has expired\n");
}

TEST_F(AgentTls, AnAgentOfAnotherAuthorityIsRefusedByTheCaller) {
  const Certificate other({"another authority"}, 1000 * kDay_s, nullptr);
  LinkSecurity security = files("n1", ca, {"n1"});
  other.write(security.ca);
  EXPECT_EQ(test::Caller(security).echo(agent.over_tcp()),
            "%GTM-E-HWREMOTE, n2: TLS: self-signed certificate in certificate chain");
}

TEST_F(AgentTls, AnAgentOfAnotherNameIsRefusedByTheCaller) {
  AgentTarget target = agent.over_tcp();
  target.node = "n3";
  EXPECT_EQ(test::Caller(files("n1", ca, {"n1"})).echo(target), "%GTM-E-HWREMOTE, n3: certificate there is that of n2");
}

TEST_F(AgentTls, WhoSpeaksNoTlsIsDenied) {
  const test::RawPeer raw(agent.over_tcp());
  ASSERT_TRUE(raw.send(std::string(200, 'x')));
  EXPECT_EQ(denied(1).substr(0, 43), "%GTM-E-HWDENIED, 127.0.0.1 may not connect:");
}

/// What happens to a caller of OpenSSL's own kind: the version that it could agree on, and whether it is let in.
struct TlsTry {
  bool handshake = false;
  bool let_in = false;
};
TlsTry try_tls(const AgentTarget& target, int version_max, const LinkSecurity* certificate) {
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  // Old versions are off by a rule of their own.
  SSL_CTX_set_security_level(context.get(), 0);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(context.get(), version_max);
  if (certificate != nullptr) {
    EXPECT_EQ(SSL_CTX_use_certificate_file(context.get(), certificate->cert.c_str(), SSL_FILETYPE_PEM), 1);
    EXPECT_EQ(SSL_CTX_use_PrivateKey_file(context.get(), certificate->key.c_str(), SSL_FILETYPE_PEM), 1);
  }
  const std::unique_ptr<BIO, void (*)(BIO*)> bio(BIO_new_ssl_connect(context.get()), BIO_free_all);
  BIO_set_conn_hostname(bio.get(), text_of(target.address).c_str());
  TlsTry out;
  out.handshake = BIO_do_handshake(bio.get()) == 1;
  if (!out.handshake) return out;
  AgentFrameWriter writer;
  Greeting self;
  self.name = "n1";
  const std::string hello = writer.frame(AgentFrameType::Hello, 0, encode_greeting(self));
  char byte = 0;
  out.let_in =
      BIO_write(bio.get(), hello.data(), static_cast<int>(hello.size())) > 0 && BIO_read(bio.get(), &byte, 1) > 0;
  return out;
}

TEST_F(AgentTls, VersionsBelow12AndCallersWithoutACertificateAreRefused) {
  const LinkSecurity n1 = files("n1", ca, {"n1"});
  EXPECT_FALSE(try_tls(agent.over_tcp(), TLS1_1_VERSION, &n1).handshake);
  EXPECT_TRUE(try_tls(agent.over_tcp(), TLS1_2_VERSION, &n1).let_in);
  EXPECT_TRUE(try_tls(agent.over_tcp(), TLS1_3_VERSION, &n1).let_in);
  EXPECT_FALSE(try_tls(agent.over_tcp(), TLS1_2_VERSION, nullptr).handshake);
  EXPECT_FALSE(try_tls(agent.over_tcp(), TLS1_3_VERSION, nullptr).let_in);
}

TEST_F(AgentTls, FilesAreReadAgainWhenTheyHaveChanged) {
  const LinkSecurity n1 = files("n1", ca, {"n1"});
  test::Caller caller(n1);
  AgentClient before = test::must(caller.connect(agent.over_tcp()));
  // Everything of another authority, at the agent first.
  const Certificate other({"another"}, 1000 * kDay_s, nullptr);
  files("n2", other, {"n2"});
  EXPECT_FALSE(caller.connect(agent.over_tcp()).has_value());
  files("n1", other, {"n1"});
  EXPECT_EQ(caller.echo(agent.over_tcp()), "hello");
  EXPECT_EQ(test::must(before.call("echo", "still here", in(kLong))), "still here");
}

TEST_F(AgentTls, FilesThatCannotBeUsedLeaveTheFormerInForceAndAreTold) {
  std::ofstream(agent.settings().security.cert) << "no certificate";
  EXPECT_EQ(test::Caller(files("n1", ca, {"n1"})).echo(agent.over_tcp()), "hello");
  auto problems = agent.server().certificate_problems();
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].id, MsgId::HWCFGBAD);
  EXPECT_EQ(problems[0].text.substr(0, 16), "security.cert: /");
  // A certificate whose key is still the former one.
  const Certificate alone({"n2"}, 400 * kDay_s, &ca);
  alone.write(agent.settings().security.cert);
  problems = agent.server().certificate_problems();
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].text, fmt::format("security.key: {}: key values mismatch", agent.settings().security.key));
  alone.write_key(agent.settings().security.key);
  EXPECT_TRUE(agent.server().certificate_problems().empty());
}

TEST_F(AgentTls, TheOperatorIsTold30DaysBeforeTheCertificateEnds) {
  EXPECT_TRUE(agent.server().certificate_problems().empty());
  const auto told_with = [&](long lifetime_s) {
    files("n2", ca, {"n2"}, lifetime_s);
    const auto problems = agent.server().certificate_problems();
    return problems.empty() ? std::string() : problems.at(0).lines();
  };
  EXPECT_EQ(told_with(31 * kDay_s + 600), "");
  EXPECT_EQ(told_with(30 * kDay_s + 600), "%GTM-W-HWCERT, Certificate of n2 ends in 30 days");
  EXPECT_EQ(told_with(600), "%GTM-W-HWCERT, Certificate of n2 ends in 0 days");
  EXPECT_EQ(told_with(-600), "%GTM-W-HWCERT, Certificate of n2 ends in -1 days");
}

TEST_F(AgentTls, WhoIsNoLongerNamedIsNoLongerConnected) {
  test::Caller alice(files("alice", ca, {"alice"}), "alice@desk");
  test::Caller node(files("n1", ca, {"n1"}));
  AgentClient of_alice = test::must(alice.connect(agent.over_tcp()));
  AgentClient of_node = test::must(node.connect(agent.over_tcp()));
  agent.settings().operators.clear();
  test::must(agent.server().change(agent.settings()));
  EXPECT_FALSE(of_alice.call("echo", "hello", in(kLong)).has_value());
  EXPECT_EQ(test::must(of_node.call("echo", "hello", in(kLong))), "hello");
  EXPECT_FALSE(alice.connect(agent.over_tcp()).has_value());
}

TEST(CertificateNames, AreCommonNameAndDnsNames) {
  const Certificate ca({"authority"}, kDay_s, nullptr);
  const Certificate made({"n1", "n2", "host.example.com"}, kDay_s, &ca);
  EXPECT_EQ(names_of(made.x509()), (std::vector<std::string>{"n1", "n2", "host.example.com"}));
  EXPECT_EQ(names_of(ca.x509()), (std::vector<std::string>{"authority"}));
}

TEST(CertificateNames, ANameWithAZeroByteIsNone) {
  const Certificate ca({"authority"}, kDay_s, nullptr);
  const Certificate made({std::string("n1\0.example.com", 15)}, kDay_s, &ca);
  EXPECT_TRUE(names_of(made.x509()).empty());
}

TEST(TlsCredentials, EachFileIsNamedWhenItCannotBeUsed) {
  const test::Folder folder;
  const Certificate ca({"authority"}, kDay_s, nullptr);
  const Certificate made({"n1"}, kDay_s, &ca);
  ca.write(folder / "ca");
  made.write(folder / "cert");
  made.write_key(folder / "key");
  LinkSecurity security;
  security.mode = LinkSecurity::Mode::Tls;
  const auto fault_with = [&](const std::string& of_ca, const std::string& of_cert, const std::string& of_key) {
    security.ca = folder / of_ca;
    security.cert = folder / of_cert;
    security.key = folder / of_key;
    const auto loaded = Credentials::load(security);
    return loaded.has_value() ? std::string() : loaded.error().text.substr(0, loaded.error().text.find(':'));
  };
  EXPECT_EQ(fault_with("ca", "cert", "key"), "");
  EXPECT_EQ(fault_with("none", "cert", "key"), "security.ca");
  EXPECT_EQ(fault_with("ca", "none", "key"), "security.cert");
  EXPECT_EQ(fault_with("ca", "cert", "none"), "security.key");
  EXPECT_EQ(fault_with("ca", "cert", "cert"), "security.key");
}

}  // namespace
}  // namespace hw::cluster
