// What a watch tells, and that it goes on whatever becomes of its member; nodes that live; compaction.
#include "cluster/store/watch.h"

#include <gtest/gtest.h>

#include "cluster/store/compaction.h"
#include "cluster/store/node_liveness.h"
#include "test/unit/cluster_store/fake_etcd.h"
#include "test/unit/cluster_store/store_loop.h"

namespace hw::cluster::store {
namespace {

using namespace test;
using Kind = Fault::Kind;

const StoreKeys kKeys("/headwater", "bank");

std::string streamed(const std::string& line) {
  return fmt::format("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{}\r\n", line.size(), line);
}

struct StoreWatchTest : testing::Test {
  StoreWatch::Hooks hooks() {
    return {[this] { told.bring("began"); }, [this](const std::string& key) { told.bring(key); },
            [this](const Error& error) { ended.bring(error.lines()); }};
  }
  bool wait_for_value(const std::string& key, const std::string& value) {
    const auto deadline = std::chrono::steady_clock::now() + test::kLong;
    while (keys->value(key) != value) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }
  std::string next() { return told.next().value_or("nothing"); }

  std::shared_ptr<FakeKeys> keys = std::make_shared<FakeKeys>();
  FakeEtcd first{keys};
  FakeEtcd second{keys};
  Inbox<std::string> told;
  Inbox<std::string> ended;
  StoreLoop loop;
};

TEST_F(StoreWatchTest, TellsOfKeysBelowItsPrefix) {
  Client client(loop, keys_of(first.url()));
  InLoop<StoreWatch> watch(loop, client.get(), kKeys.all(), hooks());
  ASSERT_EQ(next(), "began");
  keys->put("/headwater/other/group/acct", "x");
  keys->put(kKeys.record("acct"), "x");
  EXPECT_EQ(next(), kKeys.record("acct"));
  keys->erase(kKeys.record("acct"));
  EXPECT_EQ(next(), kKeys.record("acct"));
  EXPECT_EQ(ended.count(), 0U);
}

TEST_F(StoreWatchTest, BeginsAnewWhenItsMemberDies) {
  Client client(loop, keys_of(first.url(), second.url()));
  InLoop<StoreWatch> watch(loop, client.get(), kKeys.all(), hooks(), std::chrono::milliseconds(5));
  ASSERT_EQ(next(), "began");
  first.stop();
  ASSERT_EQ(next(), "began");
  keys->put(kKeys.record("acct"), "x");
  EXPECT_EQ(next(), kKeys.record("acct"));
}

TEST_F(StoreWatchTest, FollowsTheRequestsToAnotherMember) {
  Client client(loop, keys_of(first.url(), second.url()));
  InLoop<StoreWatch> watch(loop, client.get(), kKeys.all(), hooks());
  ASSERT_EQ(next(), "began");
  loop.run([&] { client.get()->members().leave(0); });
  ASSERT_EQ(next(), "began");
  EXPECT_EQ(second.requests("/v3/watch").size(), 1U);
}

TEST_F(StoreWatchTest, BeginsAnewAfterWhateverTheMemberSays) {
  const std::string header = R"("header":{"revision":"4"})";
  first.next("/v3/watch", {Kind::Refused, streamed("{\"result\":{" + header + ",\"created\":true}}\n{\"result\":{" +
                                                   header + ",\"canceled\":true,\"compact_revision\":\"3\"}}\n")});
  first.next("/v3/watch", {Kind::Refused, streamed("{\"error\":{\"http_code\":503}}\n")});
  first.next("/v3/watch", {Kind::Refused, streamed("no JSON\n")});
  first.next("/v3/watch", {Kind::Refused, "HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy"});
  Client client(loop, keys_of(first.url()));
  InLoop<StoreWatch> watch(loop, client.get(), kKeys.all(), hooks(), std::chrono::milliseconds(5));
  EXPECT_EQ(next(), "began");
  EXPECT_EQ(next(), "began");
  const std::string before = "%GTM-E-HWREMOTE, " + first.url() + ": watch: ";
  EXPECT_EQ(ended.next(), before + "compacted");
  EXPECT_EQ(ended.next(), before + "an error in place of a result");
  EXPECT_EQ(ended.next(), before + "no JSON object");
  EXPECT_EQ(ended.next(), before + "503 busy");
}

TEST_F(StoreWatchTest, AMemberThatSaysNothingIsLeft) {
  first.all({Kind::Hang});
  Client client(loop, keys_of(first.url()), test::kShort);
  InLoop<StoreWatch> watch(loop, client.get(), kKeys.all(), hooks(), std::chrono::milliseconds(5));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ended.next(), "%GTM-E-HWREMOTE, " + first.url() + ": watch: no answer in time");
}

TEST_F(StoreWatchTest, ALineWithoutEndEndsIt) {
  first.next("/v3/watch",
             {Kind::Refused, streamed(std::string(900'000, 'x')) + "40000\r\n" + std::string(0x40000, 'x') + "\r\n"});
  Client client(loop, keys_of(first.url()));
  InLoop<StoreWatch> watch(loop, client.get(), kKeys.all(), hooks());
  EXPECT_EQ(ended.next(), "%GTM-E-HWREMOTE, " + first.url() + ": watch: a line of it is too long");
}

TEST_F(StoreWatchTest, ANodeIsThereWhileItSaysSo) {
  Client client(loop, keys_of(first.url()));
  InLoop<LiveNodes> nodes(loop, client.get(), kKeys);
  Inbox<std::string> read;
  const auto alive = [&] {
    nodes.use([&](LiveNodes& each) {
      each.read([&](const Result<std::vector<std::string>>& answer) {
        read.bring(answer.has_value() ? fmt::format("{}", fmt::join(*answer, " ")) : answer.error().lines());
      });
    });
    return read.next().value_or("nothing");
  };
  EXPECT_EQ(alive(), "");
  const auto fails = [&](const Error& error) { ended.bring(error.lines()); };
  InLoop<NodeLiveness> n1(loop, client.get(), kKeys, std::string("n1"), fails);
  InLoop<NodeLiveness> n2(loop, client.get(), kKeys, std::string("n2"), fails);
  ASSERT_TRUE(wait_for_value(kKeys.node("n1"), "n1"));
  ASSERT_TRUE(wait_for_value(kKeys.node("n2"), "n2"));
  EXPECT_EQ(alive(), "n1 n2");
  EXPECT_EQ(ended.count(), 0U);
}

TEST_F(StoreWatchTest, ANodesLeaseThatIsLostIsGrantedAnew) {
  Client client(loop, keys_of(first.url()));
  first.next("/v3/lease/grant", {Kind::Lost});
  first.next("/v3/kv/put", {Kind::Lost});
  InLoop<NodeLiveness> node(
      loop, client.get(), kKeys, std::string("n1"), [&](const Error& error) { ended.bring(error.lines()); },
      std::chrono::milliseconds(5));
  EXPECT_EQ(ended.next(), "%GTM-E-HWREMOTE, " + first.url() + ": connection closed");
  EXPECT_EQ(ended.next(), "%GTM-E-HWREMOTE, " + first.url() + ": connection closed");
  ASSERT_TRUE(first.wait_for_requests("/v3/lease/keepalive", 1));
  ASSERT_TRUE(wait_for_value(kKeys.node("n1"), "n1"));
  keys->end_leases();
  ASSERT_TRUE(first.wait_for_requests("/v3/lease/grant", 4));
  ASSERT_TRUE(wait_for_value(kKeys.node("n1"), "n1"));
}

TEST_F(StoreWatchTest, TheHistoryIsCutOnceAPeriod) {
  Client client(loop, keys_of(first.url()));
  keys->put(kKeys.record("acct"), "x");
  Inbox<std::string> done;
  InLoop<Compaction> compaction(
      loop, client.get(), kKeys,
      [&](const Result<std::uint64_t>& outcome) {
        done.bring(outcome.has_value() ? std::to_string(*outcome) : outcome.error().lines());
      },
      std::chrono::milliseconds(5));
  EXPECT_EQ(done.next(), "2");
  EXPECT_EQ(done.next(), "2");
  EXPECT_EQ(first.requests("/v3/kv/compaction").size(), 1U);
}

}  // namespace
}  // namespace hw::cluster::store
