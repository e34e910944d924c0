// What is asked of etcd, and its answers as version 3.4.23 gives them.
#include <gtest/gtest.h>

#include "cluster/store/base64.h"
#include "cluster/store/endpoint.h"
#include "cluster/store/key_value_calls.h"
#include "cluster/store/keys.h"
#include "cluster/store/lease_calls.h"
#include "cluster/store/members.h"
#include "cluster/store/token_calls.h"
#include "cluster/store/watch_calls.h"
#include "engine/base/limits.h"

namespace hw::cluster::store {
namespace {

const std::string kHeader =
    R"("header":{"cluster_id":"15118495548433857066","member_id":"13668033151171901709","revision":"7","raft_term":"2"})";

std::string with_header(const std::string& rest = "") { return "{" + kHeader + rest + "}"; }

template <typename T>
std::string fault_of(const Decoded<T>& decoded) {
  return decoded.has_value() ? "none" : decoded.error();
}

TEST(Base64, IsAsInTheStandard) {
  const std::vector<std::pair<std::string, std::string>> pairs = {{"", ""},
                                                                  {"f", "Zg=="},
                                                                  {"fo", "Zm8="},
                                                                  {"foo", "Zm9v"},
                                                                  {"foob", "Zm9vYg=="},
                                                                  {"fooba", "Zm9vYmE="},
                                                                  {"foobar", "Zm9vYmFy"},
                                                                  {std::string("\xff\xfe\0", 3), "//4A"}};
  for (const auto& [bytes, text] : pairs) {
    EXPECT_EQ(to_base64(bytes), text);
    EXPECT_EQ(from_base64(text), bytes);
  }
}

TEST(Base64, RefusesWhatItWouldNotWrite) {
  for (const char* const text :
       {"Z", "Zg", "Zg=", "Zg===", "=Zg=", "Zh==", "Zm9=", "Z-==", "Zg==Zg==", "Zm9v\n", "===="})
    EXPECT_EQ(from_base64(text), std::nullopt) << text;
}

TEST(StoreEndpoint, IsAnUrl) {
  const auto plain = endpoint_of("http://127.0.0.1:2379");
  ASSERT_TRUE(plain.has_value());
  EXPECT_FALSE(plain->secure);
  EXPECT_EQ(plain->at.host, "127.0.0.1");
  EXPECT_EQ(plain->at.port, 2379);
  const auto secure = endpoint_of("https://[::1]:2379");
  ASSERT_TRUE(secure.has_value());
  EXPECT_TRUE(secure->secure);
  EXPECT_EQ(secure->at.host, "::1");
  EXPECT_EQ(text_of(*secure), "https://[::1]:2379");
  for (const char* const url :
       {"", "127.0.0.1:2379", "ftp://a:1", "http://a", "http://a:0", "http://:1", "https://a b:1"})
    EXPECT_FALSE(endpoint_of(url).has_value()) << url;
}

TEST(StoreKeys, AreBelowThePrefixAndTheDomain) {
  for (const char* const prefix : {"/headwater", "/headwater/"}) {
    const StoreKeys keys(prefix, "bank");
    EXPECT_EQ(keys.record("acct"), "/headwater/bank/group/acct");
    EXPECT_EQ(keys.try_key("acct", "A"), "/headwater/bank/try/acct/A");
    EXPECT_EQ(keys.node("n1"), "/headwater/bank/node/n1");
  }
  EXPECT_EQ(end_of("/a/"), "/a0");
  EXPECT_EQ(name_in("/a/node/n1", "/a/node/"), "n1");
  EXPECT_EQ(name_in("/a/node/", "/a/node/"), std::nullopt);
  EXPECT_EQ(name_in("/a/node/n1/x", "/a/node/"), std::nullopt);
  EXPECT_EQ(name_in("/a/n", "/a/node/"), std::nullopt);
}

TEST(Members, AMemberIsLeftOnce) {
  Members members({*endpoint_of("http://a:1"), *endpoint_of("http://b:1"), *endpoint_of("http://c:1")});
  EXPECT_EQ(members.current(), 0U);
  members.leave(0);
  members.leave(0);
  EXPECT_EQ(members.current(), 1U);
  members.leave(2);
  EXPECT_EQ(members.current(), 1U);
  members.leave(1);
  members.leave(2);
  EXPECT_EQ(members.current(), 0U);
}

TEST(Range, WhatIsZeroIsLeftOut) {
  EXPECT_EQ(encode_read("/a"), R"({"key":"L2E="})");
  EXPECT_EQ(encode_range("/a/", "/a0"), R"({"key":"L2Ev","range_end":"L2Ew","limit":"4096"})");
  const auto none = decode_range(with_header());
  ASSERT_TRUE(none.has_value()) << none.error();
  EXPECT_EQ(none->revision, 7U);
  EXPECT_TRUE(none->values.empty());
  const auto one = decode_range(with_header(
      R"(,"kvs":[{"key":"L2E=","create_revision":"2","mod_revision":"3","version":"2","value":"dg=="}],"count":"1")"));
  ASSERT_TRUE(one.has_value()) << one.error();
  EXPECT_EQ(one->values, (std::vector<KeyValue>{{"/a", "v", 3}}));
  const auto empty_value =
      decode_range(with_header(R"(,"kvs":[{"key":"L2E=","mod_revision":"18446744073709551615"}])"));
  ASSERT_TRUE(empty_value.has_value()) << empty_value.error();
  EXPECT_EQ(empty_value->values, (std::vector<KeyValue>{{"/a", "", 18446744073709551615U}}));
}

TEST(Range, WhatIsNoAnswerIsNone) {
  EXPECT_EQ(fault_of(decode_range("")), "no JSON object");
  EXPECT_EQ(fault_of(decode_range("[]")), "no JSON object");
  EXPECT_EQ(fault_of(decode_range("{}")), "no header");
  EXPECT_EQ(fault_of(decode_range(R"({"header":{}})")), "no revision in the header");
  EXPECT_EQ(fault_of(decode_range(R"({"header":{"revision":"-1"}})")), "revision is no whole number");
  EXPECT_EQ(fault_of(decode_range(R"({"header":{"revision":1.5}})")), "revision is no whole number");
  EXPECT_EQ(fault_of(decode_range(R"({"header":7})")), "header is no object");
  EXPECT_EQ(fault_of(decode_range(with_header(R"(,"kvs":{})"))), "kvs is no list");
  EXPECT_EQ(fault_of(decode_range(with_header(R"(,"kvs":[7])"))), "a key is no object");
  EXPECT_EQ(fault_of(decode_range(with_header(R"(,"kvs":[{"key":"L2E="}])"))), "a key has no name or no revision");
  EXPECT_EQ(fault_of(decode_range(with_header(R"(,"kvs":[{"key":"L2E","mod_revision":"1"}])"))),
            "key is not in base64");
  EXPECT_EQ(fault_of(decode_range(with_header(R"(,"kvs":[{"key":7,"mod_revision":"1"}])"))), "key is not in base64");
  EXPECT_EQ(fault_of(decode_range(std::string(100, '['))), "no JSON object");
}

TEST(CompareAndPut, ComparesRevisionAndValue) {
  EXPECT_EQ(encode_compare_and_put({{"/a", 3, "v"}, {"/t", 0, std::nullopt}}, "/a", "w"),
            R"({"compare":[{"key":"L2E=","target":"MOD","result":"EQUAL","mod_revision":"3"},)"
            R"({"key":"L2E=","target":"VALUE","result":"EQUAL","value":"dg=="},)"
            R"({"key":"L3Q=","target":"MOD","result":"EQUAL","mod_revision":"0"}],)"
            R"("success":[{"request_put":{"key":"L2E=","value":"dw=="}}]})");
}

TEST(CompareAndPut, WithoutSucceededItHasFailed) {
  const auto failed = decode_txn(with_header());
  ASSERT_TRUE(failed.has_value()) << failed.error();
  EXPECT_FALSE(failed->succeeded);
  const auto done =
      decode_txn(with_header(R"(,"succeeded":true,"responses":[{"response_put":{"header":{"revision":"7"}}}])"));
  ASSERT_TRUE(done.has_value()) << done.error();
  EXPECT_TRUE(done->succeeded);
  EXPECT_EQ(done->revision, 7U);
  EXPECT_EQ(fault_of(decode_txn(with_header(R"(,"succeeded":"true")"))), "succeeded is neither true nor false");
  // What some proxy says is neither.
  EXPECT_EQ(fault_of(decode_txn("{}")), "no header");
  EXPECT_EQ(fault_of(decode_txn(R"({"succeeded":true})")), "no header");
}

TEST(Put, HasARevision) {
  EXPECT_EQ(encode_put("/a", "v"), R"({"key":"L2E=","value":"dg=="})");
  EXPECT_EQ(encode_put("/a", "v", 12), R"({"key":"L2E=","value":"dg==","lease":"12"})");
  EXPECT_EQ(decode_put(with_header()), 7U);
  EXPECT_EQ(encode_compaction(5), R"({"revision":"5"})");
  EXPECT_EQ(decode_compaction(with_header()), 7U);
}

TEST(Leases, WithoutTtlItIsLost) {
  EXPECT_EQ(encode_grant(10), R"({"TTL":"10"})");
  EXPECT_EQ(encode_keep_alive(12), R"({"ID":"12"})");
  EXPECT_EQ(encode_revoke(12), R"({"ID":"12"})");
  EXPECT_EQ(decode_grant(with_header(R"(,"ID":"4111120345749591307","TTL":"10")")), 4111120345749591307U);
  EXPECT_EQ(fault_of(decode_grant(with_header())), "no lease");
  EXPECT_EQ(decode_keep_alive(R"({"result":)" + with_header(R"(,"ID":"12","TTL":"10")") + "}\n"), 10U);
  EXPECT_EQ(decode_keep_alive(R"({"result":)" + with_header(R"(,"ID":"12")") + "}\n"), 0U);
  EXPECT_EQ(fault_of(decode_keep_alive(R"({"result":{"ID":"12"}})")), "no header");
  EXPECT_EQ(fault_of(decode_keep_alive("{}")), "no result");
  EXPECT_EQ(fault_of(decode_keep_alive(R"({"error":{"grpc_code":14},"result":{}})")), "an error in place of a result");
}

TEST(Watch, TellsInLines) {
  EXPECT_EQ(encode_watch("/a/", "/a0"), R"({"create_request":{"key":"L2Ev","range_end":"L2Ew"}})");
  const auto created = decode_watch_line(R"({"result":)" + with_header(R"(,"created":true)") + "}");
  ASSERT_TRUE(created.has_value()) << created.error();
  EXPECT_TRUE(created->created);
  EXPECT_FALSE(created->canceled);
  const auto canceled =
      decode_watch_line(R"({"result":{"header":{"raft_term":"2"},"canceled":true,"compact_revision":"3"}})");
  ASSERT_TRUE(canceled.has_value()) << canceled.error();
  EXPECT_TRUE(canceled->canceled);
  EXPECT_EQ(canceled->compact_revision, 3U);
  const auto events = decode_watch_line(
      R"({"result":)" +
      with_header(R"(,"events":[{"kv":{"key":"L2E=","value":"dg=="}},{"type":"DELETE","kv":{"key":"L2I="}}])") + "}");
  ASSERT_TRUE(events.has_value()) << events.error();
  EXPECT_EQ(events->events, (std::vector<WatchEvent>{{"/a", false}, {"/b", true}}));
  EXPECT_EQ(fault_of(decode_watch_line(R"({"result":{"events":[{}]}})")), "an event has no key");
  EXPECT_EQ(fault_of(decode_watch_line(R"({"result":{"events":[7]}})")), "an event is no object");
  EXPECT_EQ(fault_of(decode_watch_line(R"({"error":{"http_code":503}})")), "an error in place of a result");
}

TEST(Token, CanStandInARequest) {
  EXPECT_EQ(encode_authenticate("hw", "s\"1"), R"({"name":"hw","password":"s\"1"})");
  EXPECT_EQ(decode_authenticate(with_header(R"(,"token":"abc.9")")), "abc.9");
  EXPECT_EQ(fault_of(decode_authenticate(with_header())), "no token");
  EXPECT_EQ(fault_of(decode_authenticate(R"({"token":7})")), "no token");
  for (const std::string& token :
       {std::string(), std::string("a\\r\\nHost: b"), std::string("a b"), std::string(kStoreTokenBytesMax + 1, 'a')})
    EXPECT_EQ(fault_of(decode_authenticate(R"({"token":")" + token + "\"}")), "a token that no request can have");
}

TEST(Refusals, SayWhyInWordsThatCanBePrinted) {
  const Refusal gone = refusal_of(R"({"error":"x","message":"etcdserver: requested lease not found","code":5})");
  EXPECT_EQ(gone.code, kCodeNotFound);
  EXPECT_EQ(gone.reason, "etcdserver: requested lease not found");
  EXPECT_EQ(refusal_of(R"({"error":"only this"})").reason, "only this");
  EXPECT_EQ(refusal_of("Not Found\nmore").reason, "Not Found");
  EXPECT_EQ(refusal_of(R"({"message":"a\u001b[2Jb","code":"x"})").reason, "a?[2Jb");
  EXPECT_EQ(refusal_of(std::string(5000, 'x')).reason.size(), kStoreReasonBytesMax);
  EXPECT_EQ(refusal_of("").reason, "");
}

TEST(Refusals, AnOldTokenIsToldFromOtherFaults) {
  EXPECT_TRUE(wants_new_token(401, {}));
  EXPECT_TRUE(wants_new_token(400, {3, "etcdserver: revision of auth store is old"}));
  EXPECT_FALSE(wants_new_token(400, {3, "etcdserver: key is not provided"}));
  EXPECT_FALSE(wants_new_token(403, {7, "etcdserver: permission denied"}));
}

}  // namespace
}  // namespace hw::cluster::store
