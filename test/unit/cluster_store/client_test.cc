// Requests to a store whose members do what the test says.
#include "cluster/store/client.h"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include "cluster/store/key_value_calls.h"
#include "test/support/test_folder.h"
#include "test/unit/cluster_store/fake_etcd.h"
#include "test/unit/cluster_store/store_loop.h"

namespace hw::cluster::store {
namespace {

using namespace test;
using Kind = Fault::Kind;

struct StoreClientTest : testing::Test {
  /// What comes of a call, as a word: `ok`, or the error's line.
  std::string call(InLoop<StoreCaller>& caller, bool other_member = false) {
    begin(caller, other_member);
    return outcomes.next().value_or("nothing");
  }
  void begin(InLoop<StoreCaller>& caller, bool other_member = false) {
    caller.use([&](StoreCaller& each) {
      each.call(kPutPath, encode_put("/k", "v"), other_member, [this](const Result<std::string>& answer) {
        outcomes.bring(!answer.has_value() ? answer.error().lines() : decode_put(*answer).has_value() ? "ok" : "wrong");
      });
    });
  }
  std::size_t puts(const FakeEtcd& member) { return member.requests(std::string(kPutPath)).size(); }
  /// Of a file that its owner alone may read.
  std::string password_file(const std::string& text, mode_t mode = 0600) {
    const std::string path = folder.file("password");
    hw::test::write_file(path, text);
    ::chmod(path.c_str(), mode);
    return path;
  }

  hw::test::TestFolder folder;
  std::shared_ptr<FakeKeys> keys = std::make_shared<FakeKeys>();
  FakeEtcd first{keys};
  FakeEtcd second{keys};
  Inbox<std::string> outcomes;
  StoreLoop loop;
};

TEST_F(StoreClientTest, OneConnectionServesManyRequests) {
  Client client(loop, keys_of(first.url(), second.url()));
  InLoop<StoreCaller> caller(loop, client.get());
  for (int i = 0; i < 5; ++i) EXPECT_EQ(call(caller), "ok");
  EXPECT_EQ(first.connections(), 1U);
  EXPECT_EQ(second.connections(), 0U);
  EXPECT_EQ(puts(first), 5U);
}

TEST_F(StoreClientTest, AClosedConnectionIsMadeAnew) {
  Client client(loop, keys_of(first.url()));
  InLoop<StoreCaller> caller(loop, client.get());
  first.next("/v3/kv/put", {Kind::Closes});
  EXPECT_EQ(call(caller), "ok");
  first.stop();
  first.start();
  // That the connection has ended may not have come here yet.
  if (call(caller) != "ok") {
    EXPECT_EQ(call(caller), "ok");
  }
}

TEST_F(StoreClientTest, AMemberThatCannotBeReachedGivesWayAtOnce) {
  Client client(loop, keys_of(first.url(), second.url()));
  InLoop<StoreCaller> caller(loop, client.get());
  first.stop();
  EXPECT_EQ(call(caller), "ok");
  EXPECT_EQ(call(caller), "ok");
  EXPECT_EQ(puts(second), 2U);
  second.stop();
  EXPECT_NE(call(caller).find("%GTM-E-HWREMOTE, http://127.0.0.1:"), std::string::npos);
}

TEST_F(StoreClientTest, WhatHangsIsUnansweredAndTheNextMemberHasTheNextRequest) {
  Client client(loop, keys_of(first.url(), second.url()), kShort);
  InLoop<StoreCaller> caller(loop, client.get());
  first.all({Kind::Hang});
  second.all({Kind::Hang});
  EXPECT_EQ(call(caller), "%GTM-E-HWREMOTE, " + first.url() + ": no answer in 0.05 s");
  EXPECT_EQ(call(caller), "%GTM-E-HWREMOTE, " + second.url() + ": no answer in 0.05 s");
  EXPECT_EQ(call(caller), "%GTM-E-HWREMOTE, " + first.url() + ": no answer in 0.05 s");
}

TEST_F(StoreClientTest, ARequestIsSentOnceWhateverBecomesOfIt) {
  Client client(loop, keys_of(first.url(), second.url()));
  InLoop<StoreCaller> caller(loop, client.get());
  first.next("/v3/kv/put", {Kind::Lost});
  EXPECT_EQ(call(caller), "%GTM-E-HWREMOTE, " + first.url() + ": connection closed");
  EXPECT_EQ(puts(first), 1U);
  EXPECT_EQ(puts(second), 0U);
  EXPECT_EQ(call(caller), "ok");
  EXPECT_EQ(puts(second), 1U);
}

TEST_F(StoreClientTest, AnAnswerCutShortIsNone) {
  Client client(loop, keys_of(first.url()));
  InLoop<StoreCaller> caller(loop, client.get());
  first.next("/v3/kv/put", {Kind::CutShort});
  EXPECT_EQ(call(caller), "%GTM-E-HWREMOTE, " + first.url() + ": connection closed");
  EXPECT_EQ(call(caller), "ok");
}

TEST_F(StoreClientTest, WithoutQuorumAMemberSays503AndIsLeft) {
  Client client(loop, keys_of(first.url(), second.url()));
  InLoop<StoreCaller> caller(loop, client.get());
  const std::string body =
      R"({"error":"etcdserver: request timed out","message":"etcdserver: request timed out","code":14})";
  first.next("/v3/kv/put", {Kind::Refused, "HTTP/1.1 503 Service Unavailable\r\nContent-Length: " +
                                               std::to_string(body.size()) + "\r\n\r\n" + body});
  EXPECT_EQ(call(caller), "%GTM-E-HWREMOTE, etcd: 503 etcdserver: request timed out");
  EXPECT_EQ(call(caller), "ok");
  EXPECT_EQ(puts(second), 1U);
}

TEST_F(StoreClientTest, WhatIsNoHttpIsNoAnswer) {
  Client client(loop, keys_of(first.url()));
  InLoop<StoreCaller> caller(loop, client.get());
  first.next("/v3/kv/put", {Kind::Refused, "SSH-2.0-OpenSSH_9\r\n\r\n"});
  EXPECT_EQ(call(caller), "%GTM-E-HWREMOTE, " + first.url() + ": no good answer: bad version");
  first.next("/v3/kv/put", {Kind::Refused, "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"});
  EXPECT_EQ(call(caller), "%GTM-E-HWREMOTE, " + first.url() + ": no good answer: body limit exceeded");
  first.next("/v3/kv/put", {Kind::Body, "{"});
  EXPECT_EQ(call(caller), "wrong");
  EXPECT_EQ(call(caller), "ok");
}

TEST_F(StoreClientTest, ANewCallSupersedesTheOneUnderWay) {
  Client client(loop, keys_of(first.url()));
  InLoop<StoreCaller> caller(loop, client.get());
  first.next("/v3/kv/put", {Kind::Late});
  begin(caller);
  ASSERT_TRUE(first.wait_for_requests("/v3/kv/put", 1));
  EXPECT_EQ(call(caller), "ok");
  first.release();
  EXPECT_EQ(call(caller), "ok");
  EXPECT_EQ(outcomes.count(), 0U);
  EXPECT_EQ(first.connections(), 2U);  // The late answer cannot be taken for another one's.
}

TEST_F(StoreClientTest, TheNextMembersTurnComesOnce) {
  Client client(loop, keys_of(first.url(), second.url()));
  InLoop<StoreCaller> caller(loop, client.get());
  EXPECT_EQ(call(caller, /*other_member=*/true), "ok");  // There was no request before.
  EXPECT_EQ(puts(first), 1U);
  EXPECT_EQ(call(caller, /*other_member=*/true), "ok");
  EXPECT_EQ(puts(second), 1U);
  // Another one's request has left that member already.
  InLoop<StoreCaller> other(loop, client.get());
  second.next("/v3/kv/put", {Kind::Lost});
  EXPECT_NE(call(other), "ok");
  EXPECT_EQ(call(caller, /*other_member=*/true), "ok");
  EXPECT_EQ(puts(first), 2U);
}

TEST_F(StoreClientTest, WhoGoesAwayIsToldNothing) {
  Client client(loop, keys_of(first.url()));
  {
    InLoop<StoreCaller> caller(loop, client.get());
    first.next("/v3/kv/put", {Kind::Hang});
    begin(caller);
    ASSERT_TRUE(first.wait_for_requests("/v3/kv/put", 1));
  }
  EXPECT_EQ(outcomes.count(), 0U);
}

TEST_F(StoreClientTest, TheLoopEndsWithRequestsUnderWay) {
  std::shared_ptr<StoreClient> client;
  std::unique_ptr<StoreCaller> caller;
  {
    StoreLoop other;
    other.run([&] {
      client = test::must(StoreClient::make(other.loop(), keys_of(first.url()), test::kPatient));
      caller = std::make_unique<StoreCaller>(client);
      first.next("/v3/kv/put", {Kind::Hang});
      caller->call(kPutPath, "{}", false, [](const Result<std::string>&) { ADD_FAILURE(); });
    });
    ASSERT_TRUE(first.wait_for_requests("/v3/kv/put", 1));
  }
  caller.reset();
}

TEST_F(StoreClientTest, AUsersRequestsCarryAToken) {
  keys->set_token("token.1");
  EtcdKeys settings = keys_of(first.url());
  settings.user = "hw";
  settings.password_file = password_file("secret\nsomething else\n");
  Client client(loop, settings);
  InLoop<StoreCaller> caller(loop, client.get());
  EXPECT_EQ(call(caller), "ok");
  EXPECT_EQ(call(caller), "ok");
  EXPECT_EQ(first.requests("/v3/auth/authenticate").size(), 1U);
  EXPECT_EQ(first.requests("/v3/auth/authenticate").front().body, R"({"name":"hw","password":"secret"})");
  keys->set_token("token.2");  // The member has forgotten the other one.
  EXPECT_EQ(call(caller), "ok");
  EXPECT_EQ(first.requests("/v3/auth/authenticate").size(), 2U);
}

TEST_F(StoreClientTest, APasswordThatIsRefusedIsTold) {
  keys->set_token("token.1");
  EtcdKeys settings = keys_of(first.url());
  settings.user = "hw";
  settings.password_file = password_file("wrong");
  Client client(loop, settings);
  InLoop<StoreCaller> caller(loop, client.get());
  EXPECT_EQ(call(caller),
            "%GTM-E-HWREMOTE, etcd: user hw: etcdserver: authentication failed, invalid user ID or password");
  EXPECT_EQ(puts(first), 0U);
}

TEST_F(StoreClientTest, AFreshTokenThatIsRefusedIsNotAskedForAgain) {
  keys->set_token("token.1");
  EtcdKeys settings = keys_of(first.url());
  settings.user = "hw";
  settings.password_file = password_file("secret");
  first.next("/v3/auth/authenticate", {Kind::Body, R"({"token":"other"})"});
  Client client(loop, settings);
  InLoop<StoreCaller> caller(loop, client.get());
  EXPECT_EQ(call(caller), "%GTM-E-HWREMOTE, etcd: 401 etcdserver: invalid auth token");
  EXPECT_EQ(call(caller), "ok");
}

TEST_F(StoreClientTest, APasswordFileIsItsOwnersAlone) {
  EtcdKeys settings = keys_of(first.url());
  settings.user = "hw";
  const auto outcome = [&](const std::string& path) {
    settings.password_file = path;
    Client client(loop, settings);
    InLoop<StoreCaller> caller(loop, client.get());
    return call(caller);
  };
  EXPECT_EQ(outcome(password_file("secret", 0640)),
            "%GTM-E-HWCFGBAD, etcd.password_file: " + folder.file("password") + " has mode 0640, and must have 0600");
  EXPECT_EQ(outcome(password_file("\nsecret")),
            "%GTM-E-HWCFGBAD, etcd.password_file: " + folder.file("password") + " has no password in its first line");
  EXPECT_EQ(outcome(password_file(std::string(2000, 'x'))),
            "%GTM-E-HWCFGBAD, etcd.password_file: " + folder.file("password") + " has 2000 bytes, more than 1024");
  EXPECT_NE(outcome(folder.file("none")).find("%GTM-E-HWCFGBAD, etcd.password_file: "), std::string::npos);
}

TEST_F(StoreClientTest, SettingsThatCannotBeUsedAreNamed) {
  const auto fault = [&](const EtcdKeys& settings) {
    std::string out = "none";
    loop.run([&] {
      const auto client = StoreClient::make(loop.loop(), settings, test::kPatient);
      if (!client.has_value()) out = client.error().lines();
    });
    return out;
  };
  EXPECT_EQ(fault({}), "%GTM-E-HWCFGBAD, etcd.endpoints: missing");
  EXPECT_EQ(fault(keys_of(std::string("nowhere"))),
            "%GTM-E-HWCFGBAD, etcd.endpoints: not http://HOST:PORT or https://HOST:PORT");
  EXPECT_NE(fault(keys_of(std::string("https://127.0.0.1:1"))).find("%GTM-E-HWCFGBAD, etcd.ca: "), std::string::npos);
}

}  // namespace
}  // namespace hw::cluster::store
