#include "replic/link/link_tls.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "engine/base/clock.h"
#include "test/support/certificates.h"
#include "test/support/test_folder.h"

namespace hw {
namespace {

using namespace std::chrono_literals;
using test::Certificate;
using test::kDay_s;

Deadline soon() { return std::chrono::steady_clock::now() + 20s; }

struct Link : testing::Test {
  Link() {
    ca.write(folder.file("ca"));
    certificate("SITE", ca, 100 * kDay_s);
    certificate("STRANGER", Certificate({"other"}, 1000 * kDay_s, nullptr), 100 * kDay_s);
    certificate("ENDED", ca, -100);
    std::ofstream out(folder.file("config"));
    out << "tls: { CAfile: \"" << folder.file("ca") << "\";\n";
    for (const std::string name : {"SITE", "STRANGER", "ENDED"})
      out << name << ": { cert: \"" << folder.file(name + ".crt") << "\"; key: \"" << folder.file(name + ".key")
          << "\"; };\n";
    out << "};\n";
    out.close();
    ::setenv("gtmcrypt_config", folder.file("config").c_str(), 1);
  }
  void certificate(const std::string& name, const Certificate& issuer, long lifetime_s) const {
    const Certificate made({name}, lifetime_s, &issuer);
    made.write(folder.file(name + ".crt"));
    made.write_key(folder.file(name + ".key"));
  }

  /// One end, and what it has told.
  struct End {
    explicit End(const TlsOptions& options) {
      auto made = LinkTls::load(options, "This end", "other end",
                                [this](const Error& error) { told.push_back(error.lines()); });
      EXPECT_TRUE(made.has_value()) << made.error().lines();
      tls = *std::move(made);
      tls.show_in(shown);
    }
    EncryptionState state() const { return static_cast<EncryptionState>(shown.state.load()); }
    bool has_told(std::string_view text) const {
      return std::ranges::any_of(told, [&](const std::string& one) { return one.find(text) != one.npos; });
    }
    std::vector<std::string> told;
    PoolEncryption shown{};
    LinkTls tls;
  };

  /// Whether the receiving end lets the other in. That one writes a byte at once, as a refresh does.
  static bool meet(End& source, End& receiver) {
    auto listener = TcpListener::listen(0);
    EXPECT_TRUE(listener.has_value());
    Result<TcpStream> near = TcpStream();
    std::thread connecting([&] {
      near = source.tls.connect("127.0.0.1", listener->port(), soon(), /*wake_fd=*/-1);
      if (!near.has_value()) return;
      source.tls.show(near->encryption());
      (void)near->write_all(as_bytes(std::string_view("H")), {}, soon(), /*wake_fd=*/-1);
    });
    auto far = listener->accept(soon(), /*wake_fd=*/-1);
    EXPECT_TRUE(far.has_value() && far->has_value());
    const bool in = receiver.tls.accept(**far);
    if (in) {
      receiver.tls.show((*far)->encryption());
      char byte = 0;
      std::size_t got = 0;
      EXPECT_TRUE((*far)->read_some(&byte, 1, got, soon(), /*wake_fd=*/-1).has_value());
      EXPECT_EQ(byte, 'H');
    }
    (*far)->shut_down();
    connecting.join();
    return in;
  }

  test::TestFolder folder;
  Certificate ca{{"authority"}, 1000 * kDay_s, nullptr};
};

TEST_F(Link, BothWithCertificatesAreEncrypted) {
  End source({"SITE", false});
  End receiver({"SITE", false});
  EXPECT_EQ(source.state(), EncryptionState::NotConnected);
  EXPECT_TRUE(meet(source, receiver));
  EXPECT_EQ(source.state(), EncryptionState::Encrypted);
  EXPECT_EQ(receiver.state(), EncryptionState::Encrypted);
  const auto left_us = receiver.shown.certificate_us.load() - wall_clock_us();
  EXPECT_NEAR(static_cast<double>(left_us), 100.0 * kDay_s * 1e6, 60e6);
  receiver.tls.show(std::nullopt);
  EXPECT_EQ(receiver.state(), EncryptionState::NotConnected);
  EXPECT_TRUE(source.told.empty());
  EXPECT_TRUE(receiver.told.empty());
}

TEST_F(Link, WithoutTlsNothingIsShownOrRead) {
  ::unsetenv("gtmcrypt_config");
  End source({});
  End receiver({});
  EXPECT_TRUE(meet(source, receiver));
  EXPECT_EQ(source.state(), EncryptionState::Off);
  EXPECT_EQ(receiver.shown.certificate_us.load(), 0U);
}

TEST_F(Link, AStrangerIsRefusedAlsoWherePlainIsAllowed) {
  for (const std::string name : {"STRANGER", "ENDED"}) {
    End source({name, true});
    End receiver({"SITE", true});
    EXPECT_FALSE(meet(source, receiver));
    EXPECT_TRUE(receiver.has_told("%GTM-E-TLSHANDSHAKE")) << name;
    EXPECT_TRUE(receiver.has_told("The other side is 127.0.0.1") || receiver.has_told("::ffff:127.0.0.1"));
    EXPECT_EQ(receiver.shown.refused.load(), 1U);
    EXPECT_EQ(receiver.state(), EncryptionState::NotConnected);
  }
}

TEST_F(Link, PlainIsRefusedCountedAndToldOnce) {
  End source({});
  End receiver({"SITE", false});
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(meet(source, receiver));
  EXPECT_EQ(receiver.shown.refused.load(), 3U);
  ASSERT_EQ(receiver.told.size(), 1U);
  EXPECT_TRUE(receiver.has_told("%GTM-E-REPLNOTLS, This end requested TLS/SSL communication but the other end"));
}

TEST_F(Link, PlainIsLetInWhereAllowedAndTold) {
  End source({});
  End receiver({"SITE", true});
  EXPECT_TRUE(meet(source, receiver));
  EXPECT_EQ(receiver.state(), EncryptionState::Plain);
  EXPECT_EQ(receiver.shown.refused.load(), 0U);
  EXPECT_TRUE(receiver.has_told("%GTM-W-REPLNOTLS"));
}

TEST_F(Link, ACertificateThatEndsSoonIsToldOf) {
  certificate("SITE", ca, 20 * kDay_s + 100);
  const End end({"SITE", false});
  EXPECT_TRUE(end.has_told("%GTM-W-HWCERT, Certificate of This end ends in 20 days"));
}

TEST_F(Link, WhatCannotBeUsedIsAnError) {
  const auto nobody = [](const Error&) {};
  EXPECT_EQ(LinkTls::load({"NOBODY", false}, "", "", nobody).error().id, MsgId::TLSINIT);
  std::ofstream(folder.file("SITE.crt")) << "no certificate";
  const auto bad = LinkTls::load({"SITE", false}, "", "", nobody);
  ASSERT_FALSE(bad.has_value());
  EXPECT_NE(bad.error().lines().find(folder.file("SITE.crt")), std::string::npos);
}

TEST(LinkTlsDenial, CountsWhatWasNotTold) {
  DenialLog log;
  EXPECT_TRUE(denial(log, "10.0.0.1", make_error<MsgId::TLSHANDSHAKE>()).has_value());
  EXPECT_FALSE(denial(log, "10.0.0.1", make_error<MsgId::TLSHANDSHAKE>()).has_value());
  EXPECT_TRUE(denial(log, "10.0.0.2", make_error<MsgId::TLSHANDSHAKE>()).has_value());
  EXPECT_EQ(host_of("::ffff:10.0.0.1:4000"), "::ffff:10.0.0.1");
}

}  // namespace
}  // namespace hw
