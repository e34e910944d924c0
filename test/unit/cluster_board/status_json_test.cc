// The keys of `status --json` are the specification's, in its order, no more and no fewer.
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "cluster/board/status.h"
#include "test/unit/cluster_board/board_sample.h"

namespace hw::test {
namespace {

using Json = nlohmann::ordered_json;

std::vector<std::string> keys_of(const Json& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  return keys;
}

Json status_of(const BoardParts& parts) { return Json::parse(status_json(join(parts, "n1", kNow_us))); }

using Keys = std::vector<std::string>;

TEST(StatusJson, KeysAreTheSpecifications) {
  const Json status = status_of(sample_parts());
  EXPECT_EQ(keys_of(status), (Keys{"format", "time", "domain", "dcs", "generation", "coordinator", "paused_until",
                                   "nodes", "groups", "instances", "servers", "problems"}));
  EXPECT_EQ(keys_of(status["generation"]), (Keys{"number", "sha256"}));
  EXPECT_EQ(keys_of(status["coordinator"]), (Keys{"node", "since"}));
  EXPECT_EQ(keys_of(status["nodes"][0]), (Keys{"name", "address", "release", "state", "heard"}));
  EXPECT_EQ(keys_of(status["groups"][0]), (Keys{"name", "kind", "state", "place", "holder", "epoch", "lease",
                                                "lease_left_s", "failsafe", "candidates"}));
  EXPECT_EQ(keys_of(status["instances"][0]),
            (Keys{"name", "node", "group", "role", "epoch", "next_seqno", "lag", "upstream", "needs"}));
  EXPECT_EQ(keys_of(status["instances"][0]["lag"]), (Keys{"transactions", "seconds"}));
  EXPECT_EQ(keys_of(status["servers"][0]),
            (Keys{"id", "name", "group", "node", "pid", "state", "restarts", "since", "requests", "kib"}));
  EXPECT_EQ(keys_of(status["problems"][0]), (Keys{"code", "severity", "text", "node"}));
}

TEST(StatusJson, NumbersAreNumbersAndTimesHaveAZone) {
  const Json status = status_of(sample_parts());
  EXPECT_EQ(status["format"], 1);
  EXPECT_EQ(status["time"], "2026-11-28T20:31:45.000000Z");
  EXPECT_EQ(status["dcs"], "manual");
  EXPECT_EQ(status["generation"]["number"], 3);
  EXPECT_EQ(status["generation"]["sha256"].get<std::string>().size(), 64u);
  EXPECT_EQ(status["nodes"][0]["state"], "running");
  EXPECT_EQ(status["nodes"][1]["state"], "silent");
  EXPECT_EQ(status["nodes"][1]["heard"], "2026-11-28T20:31:40.000000Z");
  EXPECT_EQ(status["groups"][0]["state"], "UP");
  EXPECT_EQ(status["groups"][0]["lease"], "manual");
  EXPECT_EQ(status["groups"][0]["candidates"], (Keys{"B"}));
  EXPECT_EQ(status["instances"][0]["role"], "root");
  EXPECT_EQ(status["instances"][1]["lag"]["transactions"], 4);
  EXPECT_EQ(status["instances"][1]["lag"]["seconds"], 0.1);
  EXPECT_EQ(status["instances"][1]["upstream"], "A");
  EXPECT_EQ(status["servers"][0]["id"], 101);
  EXPECT_EQ(status["servers"][0]["requests"], 918'233);
  EXPECT_EQ(status["problems"][0]["code"], "HWREMOTE");
  EXPECT_EQ(status["problems"][0]["severity"], "W");
}

TEST(StatusJson, UnknownIsNull) {
  BoardParts parts = sample_parts();
  parts.reports.clear();
  parts.orders.coordinator = {};
  parts.orders.groups.front().record = {};
  const Json status = status_of(parts);
  EXPECT_TRUE(status["paused_until"].is_null());
  EXPECT_TRUE(status["coordinator"]["node"].is_null());
  EXPECT_TRUE(status["coordinator"]["since"].is_null());
  EXPECT_TRUE(status["nodes"][0]["release"].is_null());
  for (const char* const key : {"holder", "epoch", "lease_left_s"})
    EXPECT_TRUE(status["groups"][0][key].is_null()) << key;
  EXPECT_EQ(status["groups"][0]["lease"], "none");
  for (const char* const key : {"epoch", "next_seqno", "upstream", "needs"})
    EXPECT_TRUE(status["instances"][0][key].is_null()) << key;
  EXPECT_TRUE(status["instances"][0]["lag"]["seconds"].is_null());
  EXPECT_EQ(status["servers"].size(), 0u) << "nobody reports one";
}

TEST(StatusJson, TheRoleOfAnInstanceThatMayNotBeLookedAtIsUnknown) {
  BoardParts parts = sample_parts();
  parts.report("n1").instances.front().role = BoardRole::Unseen;
  EXPECT_TRUE(status_of(parts)["instances"][0]["role"].is_null());
  EXPECT_NE(status_text(join(parts, "n1", kNow_us)).find("instance A  n1  unseen  "), std::string::npos);
}

TEST(StatusJson, APauseWithoutAnEndIsATimeToo) {
  BoardParts parts = sample_parts();
  parts.orders.paused_until_us = kUntilResume_us;
  EXPECT_EQ(status_of(parts)["paused_until"], "9999-12-31T23:59:59.000000Z");
}

TEST(StatusJson, WithEtcdTheLeaseIsTheRecords) {
  BoardParts parts = sample_parts();
  parts.orders.dcs = Dcs::Etcd;
  parts.records = {{"acct", {"A", BoardLease::Held, 41, 7, 918'200, {"B"}}}};
  parts.report("n1").instances.front().lease_left_s = 2.14;
  parts.report("n1").instances.front().failsafe = true;
  const Json group = status_of(parts)["groups"][0];
  EXPECT_EQ(group["lease"], "held");
  EXPECT_EQ(group["lease_left_s"], 2.1);
  EXPECT_EQ(group["failsafe"], true);
}

void collect_keys(const Json& json, std::vector<std::string>& keys) {
  for (const auto& [key, value] : json.items()) {
    if (json.is_object()) keys.push_back(key);
    if (value.is_structured()) collect_keys(value, keys);
  }
}

TEST(StatusJson, EachKeyIsOnItsPage) {
  std::ifstream in(std::string(HW_SOURCE_DIR) + "/docs/operations/board.md");
  ASSERT_TRUE(in.is_open());
  const std::string page{std::istreambuf_iterator<char>(in), {}};
  std::vector<std::string> keys;
  collect_keys(status_of(sample_parts()), keys);
  ASSERT_GT(keys.size(), 50u);
  for (const std::string& key : keys)
    EXPECT_TRUE(page.find("`" + key + "`") != page.npos || page.find("`" + key + "[]`") != page.npos) << key;
}

}  // namespace
}  // namespace hw::test
