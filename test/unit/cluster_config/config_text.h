/// test/unit/cluster_config/config_text.h -- a small configuration that passes, and changed copies of it.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cluster/config/read_domain.h"
#include "engine/base/file.h"
#include "engine/base/limits.h"

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
[instance.A]
node = "n1"
dir = "/db/A"
listen = 7700
upstreams = ["B"]
[instance.B]
node = "n2"
dir = "/db/B"
listen = 7701
upstreams = ["A"]
[instance.C]
node = "n3"
dir = "/db/C"
listen = 7702
priority = 0
relay = true
upstreams = ["B", "A"]
[group.acct]
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

using Edits = std::vector<std::pair<std::string, std::string>>;

/// Each edit's first text, which is there once, becomes its second.
inline std::string edited(std::string text, const Edits& edits) {
  for (const auto& [from, to] : edits) {
    const auto at = text.find(from);
    EXPECT_NE(at, text.npos) << from;
    EXPECT_EQ(text.find(from, at + 1), text.npos) << from << " is there twice";
    if (at != text.npos) text.replace(at, from.size(), to);
  }
  return text;
}

inline CheckedDomain read_text(std::string_view text) { return read_domain(text, "/opt/headwater"); }

/// A text that passes.
inline Domain domain_of(std::string_view text) {
  const CheckedDomain read = read_text(text);
  EXPECT_EQ(read.findings.render("x"), "");
  return read.domain.value_or(Domain());
}

/// The specification's example, without its comments.
inline std::string bank_text() {
  const auto text = read_file(HW_SOURCE_DIR "/test/fuzz/seeds/domain_config/bank.toml", kDomainTextBytesMax);
  EXPECT_TRUE(text.has_value());
  return text.value_or("");
}

}  // namespace hw::cluster::test
