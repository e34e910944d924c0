#include "cluster/agent/heartbeat_message.h"

#include <gtest/gtest.h>

#include "test/unit/cluster_agent/domain_stage.h"

namespace hw::cluster {
namespace {

HeartbeatMessage sample() {
  HeartbeatMessage message;
  message.node = "n1";
  message.whole = true;
  message.generation = 3;
  message.sha256 = std::string(64, 'a');
  message.coordinator = {"n1", 5, 2};
  message.parts = test::two_nodes_up();
  return message;
}

TEST(HeartbeatMessage, GoesOverTheLinkAndBack) {
  const auto back = decode_heartbeat(encode_heartbeat(sample()), "n1");
  ASSERT_TRUE(back.has_value()) << back.error().text;
  EXPECT_EQ(*back, sample());
}

TEST(HeartbeatMessage, WhatIsDamagedIsRefused) {
  const std::string good = encode_heartbeat(sample());
  EXPECT_EQ(decode_heartbeat("", "n1").error().id, MsgId::HWBOARDBAD);
  EXPECT_FALSE(decode_heartbeat("{}\n", "n1").has_value());
  EXPECT_FALSE(decode_heartbeat(good.substr(0, good.find('\n') + 1), "n1").has_value());
  EXPECT_FALSE(decode_heartbeat(test::replaced(good, "\"format\":1", "\"format\":2"), "n1").has_value());
  EXPECT_FALSE(decode_heartbeat(test::replaced(good, "\"n1\"", "\"\""), "n1").has_value());
  for (std::size_t cut = 0; cut < good.size(); cut += 97)
    EXPECT_FALSE(decode_heartbeat(std::string_view(good).substr(0, cut), "n1").has_value()) << cut;
}

}  // namespace
}  // namespace hw::cluster
