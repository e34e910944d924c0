/// test/unit/cluster_config/config_text.h -- a small configuration that passes, and changed copies of it.
#pragma once

#include <string>

#include "engine/base/file.h"
#include "engine/base/limits.h"
#include "test/support/domain_text.h"

namespace hw::cluster::test {

/// Two nodes with a candidate each, and a relay that either may feed.
inline const std::string kSmall = R"(format = 1
[domain]
name = "bank"
[security]
key_file = "/etc/headwater/key"
[node.n1]
[node.n2]
port = 7601
[node.n3]
port = 7602
)" + instance_text("A", "n1", 7700, R"(["B"])") +
                                  instance_text("B", "n2", 7701, R"(["A"])") +
                                  instance_text("C", "n3", 7702, R"(["B", "A"])", "priority = 0\nrelay = true\n") +
                                  R"([group.acct]
instances = ["A", "B", "C"]
[gateway.gwA]
instance = "A"
listen = "127.0.0.1:6379"
backup = ["gwB"]
[gateway.gwB]
instance = "B"
listen = "127.0.0.1:6380"
[server.report]
group = "acct"
run = "/opt/report"
[resource.vip]
group = "acct"
script = "/etc/headwater/vip.sh"
)";

/// The specification's example, without its comments.
inline std::string bank_text() {
  const auto text = read_file(HW_SOURCE_DIR "/test/fuzz/seeds/domain_config/bank.toml", kDomainTextBytesMax);
  EXPECT_TRUE(text.has_value());
  return text.value_or("");
}

}  // namespace hw::cluster::test
