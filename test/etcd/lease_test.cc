// Three candidates over a real store of three members.
#include <gtest/gtest.h>

#include "test/etcd/real_etcd.h"
#include "test/unit/cluster_lease_driver/group.h"

namespace hw::cluster::lease {
namespace {

using store::test::RealEtcd;
using test::Group;

TEST(EtcdLease, WhenTheHolderIsKilledOneTakesOverAndNeverTwoAccept) {
  RealEtcd etcd(3);
  EtcdKeys settings;
  settings.endpoints = etcd.urls();
  Group group(settings, Config{});
  group.start_all();
  for (std::size_t round = 0; round < 3; ++round) {
    const auto killed = group.kill_root();
    ASSERT_NE(killed.name, "") << etcd.log(0);
    if (round > 0) etcd.kill(round);  // Each in turn: the leader or not.
    const std::string next = group.wait_for_root(killed.name);
    ASSERT_NE(next, "") << etcd.log(0);
    if (round > 0) etcd.start(round);
    group.in_loop([&] {
      EXPECT_GT(group.at(next).known_epoch(), killed.epoch);
      group.at(killed.name).start_agent(/*boot=*/false);
    });
  }
}

TEST(EtcdLease, WithoutQuorumTheRootGoesOnAndNobodyTakes) {
  RealEtcd etcd(3);
  EtcdKeys settings;
  settings.endpoints = etcd.urls();
  Group group(settings, Config{});
  group.start_all();
  ASSERT_NE(group.wait_for_root(), "");
  etcd.kill(0);
  etcd.kill(1);
  group.look_for(std::chrono::seconds(5));
  etcd.start(0);
  etcd.start(1);
  EXPECT_NE(group.wait_for_root(), "");
  group.look_for(std::chrono::seconds(2));
}

}  // namespace
}  // namespace hw::cluster::lease
