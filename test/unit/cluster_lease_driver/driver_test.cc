// Three lease machines over a store, with the real clock: one is root, another one when it dies, never two.
#include "cluster/lease_driver/driver.h"

#include <gtest/gtest.h>

#include "test/unit/cluster_lease_driver/group.h"
#include "test/unit/cluster_store/fake_etcd.h"

namespace hw::cluster::lease {
namespace {

using store::test::FakeEtcd;
using store::test::FakeKeys;
using store::test::Fault;
using test::Group;

/// Shorter than the product's. Nothing here depends on how fast the machine is: a root that comes late is none.
Config short_times() {
  Config out;
  out.ttl_ns = 1200 * kMillisecondNs;
  out.margin_ns = 200 * kMillisecondNs;
  out.renew_ns = 200 * kMillisecondNs;
  out.retry_ns = 200 * kMillisecondNs;
  return out;
}

struct LeaseDriverTest : testing::Test {
  std::shared_ptr<FakeKeys> keys = std::make_shared<FakeKeys>();
  FakeEtcd first{keys};
  FakeEtcd second{keys};
  Group group{store::test::keys_of(first.url(), second.url()), short_times()};
};

TEST_F(LeaseDriverTest, TheFirstOfANewGroupBecomesRoot) {
  group.start_all();
  const std::string root = group.wait_for_root();
  ASSERT_NE(root, "");
  group.in_loop([&] { EXPECT_GT(group.at(root).known_epoch(), 0U); });
  group.look_for(std::chrono::milliseconds(500));
  EXPECT_NE(keys->value("/headwater/bank/group/acct").find("\"holder\":\""), std::string::npos);
}

TEST_F(LeaseDriverTest, WhenTheHolderDiesAnotherOneTakesOver) {
  group.start_all();
  for (int round = 0; round < 2; ++round) {
    const auto killed = group.kill_root();
    ASSERT_NE(killed.name, "");
    // Its pool goes on to accept until its deadline.
    const std::string next = group.wait_for_root(killed.name);
    ASSERT_NE(next, "");
    group.in_loop([&] {
      EXPECT_GT(group.at(next).known_epoch(), killed.epoch);
      group.at(killed.name).start_agent(/*boot=*/false);
    });
  }
}

TEST_F(LeaseDriverTest, WithoutStoreTheRootGoesOnByRounds) {
  group.start_all();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(90);
  bool failsafe = false;
  // A store that goes in the moment of a take leaves nobody to go on.
  while (!failsafe && std::chrono::steady_clock::now() < deadline) {
    ASSERT_NE(group.wait_for_root(), "");
    first.all({Fault::Kind::Hang});
    second.all({Fault::Kind::Hang});
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (!failsafe && std::chrono::steady_clock::now() < patience) {
      group.look();
      group.in_loop([&] {
        for (const auto& node : group.nodes()) failsafe = failsafe || node->state() == State::Failsafe;
      });
    }
    if (failsafe) group.look_for(std::chrono::milliseconds(1500));
    first.all({});
    second.all({});
  }
  EXPECT_TRUE(failsafe);
  EXPECT_NE(group.wait_for_root(), "");
}

TEST_F(LeaseDriverTest, AMemberOfTheStoreThatDiesIsPassedOver) {
  group.start_all();
  ASSERT_NE(group.wait_for_root(), "");
  first.stop();
  const auto requests = second.requests().size();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(90);
  while (second.requests().size() < requests + 5 && std::chrono::steady_clock::now() < deadline) group.look();
  EXPECT_GE(second.requests().size(), requests + 5);
  EXPECT_NE(group.wait_for_root(), "");
}

TEST_F(LeaseDriverTest, ATakeWhoseNoteCannotBeWrittenIsTriedAgain) {
  group.in_loop([&] { group.at("A").failing_disk_actions = 1; });
  group.start_all();
  ASSERT_NE(group.wait_for_root(), "");
  bool told = false;
  group.in_loop([&] {
    for (const std::string& report : group.reports) told = told || report.find("A: %GTM-E-SYSCALL") == 0;
  });
  EXPECT_TRUE(told);
}

TEST_F(LeaseDriverTest, AReleaseGoesToTheOneThatWasNamed) {
  group.start_all();
  const std::string root = group.wait_for_root();
  ASSERT_NE(root, "");
  const std::string next = root == "C" ? "B" : "C";
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(90);
  // It is no candidate before it was seen; then it is asked again.
  std::string now = root;
  while (now != next && std::chrono::steady_clock::now() < deadline) {
    group.in_loop([&] { group.at(now).tell(event::Release{.to = next}); });
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(2);
    while (std::chrono::steady_clock::now() < patience) {
      const std::string found = group.look();
      if (!found.empty()) now = found;
      if (now == next) break;
    }
  }
  EXPECT_EQ(now, next);
}

TEST_F(LeaseDriverTest, AStoreThatHasLostItsMemoryMakesNobodyRoot) {
  group.start_all();
  const std::string root = group.wait_for_root();
  ASSERT_NE(root, "");
  keys->forget_all();
  group.look_for(std::chrono::milliseconds(2500));
  EXPECT_EQ(keys->value("/headwater/bank/group/acct"), "");
}

}  // namespace
}  // namespace hw::cluster::lease
