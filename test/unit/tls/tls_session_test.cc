#include "engine/tls/tls_session.h"

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <filesystem>
#include <thread>

#include "engine/tls/certificate.h"
#include "test/support/certificates.h"
#include "test/support/test_folder.h"

namespace hw {
namespace {

using test::Certificate;
using test::kDay_s;

struct Ends {
  Ends(const TlsContext& of_client, const TlsContext& of_server)
      : client(of_client, TlsEnd::Client), server(of_server, TlsEnd::Server) {}
  /// Each speaks in turn until both are done, or one has failed.
  void handshake() {
    TlsStep of_client{};
    TlsStep of_server{};
    for (int turn = 0; turn < 10; ++turn) {
      of_client = client.handshake();
      server.feed(as_bytes(client.take_output()));
      of_server = server.handshake();
      client.feed(as_bytes(server.take_output()));
      if (of_client == TlsStep::Failed || of_server == TlsStep::Failed) return;
      if (of_client == TlsStep::Done && of_server == TlsStep::Done) return;
    }
  }
  TlsSession client;
  TlsSession server;
};

struct Tls : testing::Test {
  TlsContext context(const std::string& name, const Certificate& issuer, long lifetime_s = 100 * kDay_s) {
    const Certificate made({name}, lifetime_s, &issuer);
    made.write(folder.file(name + ".crt"));
    made.write_key(folder.file(name + ".key"));
    ca.write(folder.file("ca"));
    auto files = TlsFiles::load({folder.file("ca"), folder.file(name + ".crt"), folder.file(name + ".key")});
    EXPECT_TRUE(files.has_value());
    return files->current();
  }
  static std::string read(TlsSession& session) {
    std::string out(100, '\0');
    std::size_t got = 0;
    if (session.read(out.data(), out.size(), got) != TlsStep::Done) return "none";
    return out.substr(0, got);
  }

  test::TestFolder folder;
  Certificate ca{{"authority"}, 1000 * kDay_s, nullptr};
};

TEST_F(Tls, WhatIsWrittenIsReadAndDoesNotGoInPlain) {
  Ends ends(context("client", ca), context("server", ca));
  ends.handshake();
  EXPECT_EQ(ends.client.description().substr(0, 5), "TLSv1");
  ASSERT_EQ(ends.client.write("a secret"), TlsStep::Done);
  const std::string sent = ends.client.take_output();
  EXPECT_EQ(sent.find("secret"), std::string::npos);
  EXPECT_TRUE(begins_tls('\x16'));
  EXPECT_EQ(read(ends.server), "none");
  ends.server.feed(as_bytes(sent.substr(0, 10)));
  EXPECT_EQ(read(ends.server), "none") << "not whole";
  ends.server.feed(as_bytes(sent.substr(10)));
  EXPECT_EQ(read(ends.server), "a secret");
  ASSERT_EQ(ends.server.write("an answer"), TlsStep::Done);
  ends.client.feed(as_bytes(ends.server.take_output()));
  EXPECT_EQ(read(ends.client), "an answer");
}

TEST_F(Tls, ManyBytesGoThrough) {
  Ends ends(context("client", ca), context("server", ca));
  ends.handshake();
  const std::string large(1'000'000, 'x');
  ASSERT_EQ(ends.client.write(large), TlsStep::Done);
  ends.server.feed(as_bytes(ends.client.take_output()));
  std::string come;
  for (std::string piece; (piece = read(ends.server)) != "none";) come += piece;
  EXPECT_EQ(come, large);
}

TEST_F(Tls, AChangedByteIsNoticed) {
  Ends ends(context("client", ca), context("server", ca));
  ends.handshake();
  ASSERT_EQ(ends.client.write("transfer 10"), TlsStep::Done);
  std::string sent = ends.client.take_output();
  sent[sent.size() / 2] ^= 1;
  ends.server.feed(as_bytes(sent));
  std::size_t got = 0;
  char room[100];
  EXPECT_EQ(ends.server.read(room, sizeof room, got), TlsStep::Failed);
  EXPECT_EQ(got, 0u);
  EXPECT_FALSE(ends.server.failure().empty());
  EXPECT_EQ(ends.server.write("more"), TlsStep::Failed) << "it stays so";
}

TEST_F(Tls, ACertificateOfAnotherAuthorityIsRefusedAtBothEnds) {
  const Certificate other({"another authority"}, 1000 * kDay_s, nullptr);
  Ends wrong_client(context("client", other), context("server", ca));
  wrong_client.handshake();
  EXPECT_EQ(wrong_client.server.failure(), "unable to get local issuer certificate");
  Ends wrong_server(context("client", ca), context("server", other));
  wrong_server.handshake();
  EXPECT_EQ(wrong_server.client.failure(), "unable to get local issuer certificate");
}

TEST_F(Tls, ACertificateThatHasEndedIsRefused) {
  Ends ends(context("client", ca, -100), context("server", ca));
  ends.handshake();
  EXPECT_EQ(ends.server.failure(), "certificate has expired");
}

TEST_F(Tls, WhatIsNoTlsFails) {
  TlsSession server(context("server", ca), TlsEnd::Server);
  server.feed(as_bytes("HWRP and more bytes than a record's header has"));
  EXPECT_EQ(server.handshake(), TlsStep::Failed);
  EXPECT_FALSE(begins_tls('H'));
}

TEST_F(Tls, OneThreadReadsWhileAnotherWrites) {
  Ends ends(context("client", ca), context("server", ca));
  ends.handshake();
  constexpr int kMessages = 2000;
  std::string to_client;
  for (int i = 0; i < kMessages; ++i) {
    ASSERT_EQ(ends.server.write("0123456789"), TlsStep::Done);
    to_client += ends.server.take_output();
  }
  std::string to_server;
  std::thread writer([&] {
    for (int i = 0; i < kMessages; ++i) {
      EXPECT_EQ(ends.client.write("abcdefghij"), TlsStep::Done);
      to_server += ends.client.take_output();
    }
  });
  std::size_t come = 0;
  for (std::size_t at = 0; at < to_client.size(); at += 100) {
    ends.client.feed(as_bytes(std::string_view(to_client).substr(at, 100)));
    for (std::string piece; (piece = read(ends.client)) != "none";) come += piece.size();
  }
  writer.join();
  EXPECT_EQ(come, 10u * kMessages);
  ends.server.feed(as_bytes(to_server));
  std::size_t sent = 0;
  for (std::string piece; (piece = read(ends.server)) != "none";) sent += piece.size();
  EXPECT_EQ(sent, 10u * kMessages);
}

TEST_F(Tls, FilesAreReadAgainWhenTheyChange) {
  (void)context("n1", ca, 100 * kDay_s + 600);
  auto files = TlsFiles::load({folder.file("ca"), folder.file("n1.crt"), folder.file("n1.key")});
  ASSERT_TRUE(files.has_value());
  EXPECT_EQ(files->days_left(), 100);
  const TlsContext before = files->current();
  EXPECT_EQ(files->current(), before) << "nothing has changed";
  (void)context("n1", ca, 7 * kDay_s + 600);
  EXPECT_NE(files->current(), before);
  EXPECT_EQ(files->days_left(), 7);
  std::filesystem::remove(folder.file("n1.key"));
  EXPECT_NE(files->current(), nullptr);
  ASSERT_TRUE(files->trouble().has_value());
  EXPECT_EQ(files->trouble()->part, TlsFault::Part::Key);
  EXPECT_EQ(files->trouble()->why, "No such file or directory");
  EXPECT_EQ(files->days_left(), 7);
  (void)context("n1", ca, 9 * kDay_s + 600);
  (void)files->current();
  EXPECT_FALSE(files->trouble().has_value());
  EXPECT_EQ(files->days_left(), 9);
}

TEST_F(Tls, AClientMayHaveNoCertificateWhereItsServerAllowsThat) {
  const TlsContext of_server = context("server", ca);
  auto files = TlsFiles::load({folder.file("ca"), "", ""});
  ASSERT_TRUE(files.has_value());
  Ends refused(files->current(), of_server);
  refused.handshake();
  EXPECT_EQ(refused.server.handshake(), TlsStep::Failed);
  SSL_CTX_set_verify(of_server.get(), SSL_VERIFY_NONE, nullptr);
  Ends ends(files->current(), of_server);
  ends.handshake();
  EXPECT_EQ(ends.client.handshake(), TlsStep::Done);
  EXPECT_EQ(ends.server.handshake(), TlsStep::Done);
  // A half of it is a mistake.
  EXPECT_FALSE(TlsFiles::load({folder.file("ca"), folder.file("server.crt"), ""}).has_value());
  EXPECT_FALSE(TlsFiles::load({folder.file("ca"), "", folder.file("server.key")}).has_value());
}

TEST(Certificates, AreForTheHostsThatTheyName) {
  const Certificate ca({"authority"}, kDay_s, nullptr);
  const Certificate made({"common", "host.example.com", "*.other.example.com", "IP:10.0.0.1", "IP:::1"}, kDay_s, &ca);
  X509& certificate = const_cast<X509&>(made.x509());
  for (const char* const host : {"host.example.com", "HOST.example.com", "a.other.example.com", "10.0.0.1", "::1"})
    EXPECT_TRUE(is_for_host(certificate, host)) << host;
  for (const char* const host :
       {"common", "example.com", "10.0.0.2", "::2", "other.example.com", "a.b.other.example.com"})
    EXPECT_FALSE(is_for_host(certificate, host)) << host;
}

}  // namespace
}  // namespace hw
