// Tests against a real etcd. One entry of ctest; without etcd it is skipped.
#include <gtest/gtest.h>

#include <cstdio>

#include "test/etcd/real_etcd.h"

int main(int count, char** words) {
  testing::InitGoogleTest(&count, words);
  if (!hw::cluster::store::test::has_etcd()) {
    std::puts("skipped: etcd is not installed (package etcd-server)");
    return 77;
  }
  return RUN_ALL_TESTS();
}
