/// Domains for tests of changes of root.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "test/support/cluster_fake_data.h"
#include "test/unit/cluster_config/config_text.h"

namespace hw::cluster::test {

/// Three that may be root, each fed by the root; D hangs on B's site or on A. An application server goes with the root,
/// one is everywhere, one is not started again at another place. The coordinator is where no root is.
inline const std::string kFour =
    R"(
[domain]
name = "bank"
master = ["n4", "n3"]
[security]
key_file = "/etc/headwater/key"
[node.n1]
port = 7601
[node.n2]
port = 7602
[node.n3]
port = 7603
[node.n4]
port = 7604
)" + instance_text("A", "n1", 7701, R"(["B", "C"])", "refresh_port = 7801\n") +
    instance_text("B", "n2", 7702, R"(["A", "C"])", "refresh_port = 7802\npriority = 90\n") +
    instance_text("C", "n3", 7703, R"(["A", "B"])", "priority = 80\n") +
    instance_text("D", "n4", 7704, R"(["B", "A"])", "priority = 0\n") + R"([group.acct]
instances = ["A", "B", "C", "D"]
max_loss = 5
[server.report]
group = "acct"
run = "/opt/report"
[server.once]
group = "acct"
run = "/opt/once"
restart = false
[server.watch]
group = "acct"
run = "/opt/watch"
place = "each"
)";

/// Booted, with twenty transactions that everybody has.
class ChangeTest : public testing::Test {
 protected:
  explicit ChangeTest(const std::string& text = kFour) : data(domain_of(text)) {
    data.boot();
    data.write("A", 20);
    data.replicate();
    clear();
  }

  void clear() {
    data.fake.said.clear();
    data.fake.world.calls.clear();
    data.questions.clear();
  }
  template <class Command>
  JobEnd run(const Command& command) {
    clear();
    std::optional<JobEnd> end = data.run(command);
    EXPECT_TRUE(end.has_value());
    return end ? *end : JobEnd{};
  }
  std::string last_line() const { return data.fake.said.lines.empty() ? "" : data.fake.said.lines.back(); }
  bool said(std::string_view code) const { return data.fake.said.has(code); }
  Position& at(std::string_view instance) { return data.fake.position(instance); }
  GroupOrder group() const { return data.fake.group_order("acct"); }
  std::string feeder(std::string_view instance) const { return data.fake.world.feeder_of(instance); }
  bool runs(std::string_view node, std::string_view server) const { return data.fake.world.runs(node, server); }

  /// The machine is off: nothing of it runs, nobody hears it.
  void power_off(const std::string& node) {
    data.fake.world.crash(node);
    data.fake.away(node);
  }
  /// It is on again; its agent answers, its instances are as the crash left them.
  void power_on(const std::string& node) { data.fake.back(node); }

  DataDomain data;
};

}  // namespace hw::cluster::test
