// Values and defaults of a configuration that passes; how findings are printed.
#include "cluster/config/read_domain.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "test/unit/cluster_config/config_text.h"

namespace hw::cluster {
namespace {

using test::bank_text;
using test::domain_of;
using test::edited;
using test::kSmall;
using test::read_text;

template <typename Object>
std::vector<std::string> names(const std::vector<Object>& objects) {
  std::vector<std::string> out;
  for (const Object& object : objects) out.push_back(object.name);
  return out;
}

using Names = std::vector<std::string>;

TEST(ReadDomain, TheExampleOfTheSpecificationPasses) {
  const CheckedDomain read = read_text(bank_text());
  EXPECT_EQ(read.findings.render("bank.toml"), "");
  EXPECT_EQ(read.findings.summary("bank.toml"), "bank.toml: 0 errors, 0 warnings");
  ASSERT_TRUE(read.domain.has_value());
  const Domain& domain = *read.domain;
  EXPECT_EQ(domain.domain.name, "bank");
  EXPECT_EQ(domain.domain.dcs, Dcs::Manual);
  EXPECT_EQ(domain.domain.master, (Names{"n1", "n2"}));
  EXPECT_EQ(domain.etcd.endpoints, Names{"https://10.0.0.1:2379"});
  EXPECT_EQ(domain.lease.ttl, Milliseconds(3000));
  EXPECT_EQ(domain.lease.retry, Milliseconds(500));
  EXPECT_EQ(domain.lease.clock_rate_error, 0.085);
  EXPECT_EQ(names(domain.nodes), (Names{"n1", "n2"}));
  EXPECT_EQ(domain.node("n1")->home, "/usr");
  EXPECT_EQ(domain.node("n2")->agent.port, 7601);
  EXPECT_EQ(names(domain.instances), (Names{"A", "B"}));
  EXPECT_EQ(domain.instance("A")->upstreams, Names{"B"});
  EXPECT_EQ(domain.group("acct")->nodes, (Names{"n1", "n2"}));
  EXPECT_EQ(domain.gateway("gwA")->listen, (Endpoint{"127.0.0.1", 6379}));
  EXPECT_EQ(domain.gateway("gwA")->backup, Names{"gwB"});
  EXPECT_EQ(domain.server("report")->run, "/opt/report");
  EXPECT_EQ(domain.resource("vip")->script, "/etc/headwater/vip.sh");
}

TEST(ReadDomain, WhatIsNotWrittenHasItsDefault) {
  const Domain domain = domain_of(kSmall);
  EXPECT_EQ(domain.domain.master, Names{"n1"});
  const Node& node = *domain.node("n2");
  EXPECT_EQ(node.address, "127.0.0.1");
  EXPECT_EQ(node.home, "/opt/headwater");
  EXPECT_EQ(node.dir, "/var/lib/headwater/n2");
  EXPECT_EQ(node.type, NodeType::Host);
  EXPECT_EQ(domain.node("n1")->endpoint(), (Endpoint{"127.0.0.1", 7600}));
  EXPECT_EQ(node.agent.wait, Milliseconds(60000));
  EXPECT_EQ(domain.instance("A")->priority, 100);
  EXPECT_EQ(domain.instance("A")->refresh_port, 0);
  EXPECT_EQ(domain.group("acct")->max_loss, 100000);
  EXPECT_EQ(domain.group("acct")->drain, Milliseconds(30000));
  EXPECT_EQ(domain.gateway("gwA")->max, 4);
  EXPECT_EQ(domain.gateway("gwA")->plain_global, "redis");
  EXPECT_EQ(domain.server("report")->user, "");
  EXPECT_EQ(domain.resource("vip")->retry_cnt, 3);
  EXPECT_EQ(domain.resource("vip")->cm_probe_timeout, Milliseconds(6000));
}

TEST(ReadDomain, EveryValueReachesItsMember) {
  const Domain domain = domain_of(edited(
      kSmall,
      {{"name = \"bank\"", "name=\"bank\"\nmigrate=false\nprefer_first_s=2.5\nsystem_protocol=\"IPV6\""},
       {"[node.n1]",
        "[agent]\nwait_s=-1\numask=\"0002\"\nstop_s=5\n[node.n1]\naddress=\"::1\"\ntype=\"logical\"\nwait_s=9"},
       {"listen = 7700", "listen=7700\nrefresh_port=7800\nsource_options=\"-cmplvl=1\"\nreceiver_options=\"-log=x\""},
       {"backup = [\"gwB\"]",
        "balance=[\"gwB\"]\ndurability=\"durable\"\nelsewhere=\"moved\"\nplain_global=\"%r\"\nmin=0"},
       {"run = \"/opt/report\"",
        "run=\"/r\"\nargs=[\"-v\", \"a b\"]\nplace=\"each\"\nready=\"port:80\"\nbackup=true\nmax=3"},
       {"[\"A\", \"B\", \"C\"]", "[\"B\", \"A\", \"C\"]\nmax_loss=-1\nfailover=false\nhold_s=0"}}));
  EXPECT_FALSE(domain.domain.migrate);
  EXPECT_EQ(domain.domain.prefer_first, Milliseconds(2500));
  EXPECT_EQ(domain.domain.system_protocol, Protocol::Ipv6);
  EXPECT_EQ(domain.node("n1")->agent.wait, Milliseconds(9000));
  EXPECT_EQ(domain.node("n1")->endpoint().text(), "[::1]:7600");
  EXPECT_EQ(domain.node("n1")->type, NodeType::Logical);
  EXPECT_TRUE(domain.node("n2")->agent.waits_for_ever());
  EXPECT_EQ(domain.node("n2")->agent.umask, "0002");
  EXPECT_EQ(domain.node("n2")->agent.stop, Milliseconds(5000));
  EXPECT_EQ(domain.instance("A")->refresh_port, 7800);
  EXPECT_EQ(domain.instance("A")->source_options, "-cmplvl=1");
  EXPECT_EQ(domain.instance("A")->receiver_options, "-log=x");
  const Gateway& gateway = *domain.gateway("gwA");
  EXPECT_EQ(gateway.balance, Names{"gwB"});
  EXPECT_EQ(gateway.durability, Durability::Durable);
  EXPECT_EQ(gateway.elsewhere, Elsewhere::Moved);
  EXPECT_EQ(gateway.plain_global, "%r");
  EXPECT_EQ(gateway.min, 0);
  const Server& server = *domain.server("report");
  EXPECT_EQ(server.args, (Names{"-v", "a b"}));
  EXPECT_EQ(server.place, Place::Each);
  EXPECT_EQ(server.ready, Ready::Port);
  EXPECT_EQ(server.ready_port, 80);
  EXPECT_TRUE(server.backup);
  EXPECT_EQ(server.max, 3);
  const Group& group = *domain.group("acct");
  EXPECT_EQ(group.nodes, (Names{"n2", "n1", "n3"}));
  EXPECT_EQ(group.max_loss, -1);
  EXPECT_FALSE(group.failover);
  EXPECT_EQ(group.hold, Milliseconds(0));
}

TEST(ReadDomain, ObjectsStandInTheOrderOfTheFile) {
  const Domain domain = domain_of(edited(kSmall, {{"[node.n1]\n", "[node.z]\nport=7609\n[node.n1]\n"}}));
  EXPECT_EQ(names(domain.nodes), (Names{"z", "n1", "n2", "n3"}));
  EXPECT_EQ(domain.domain.master, Names{"z"});
}

TEST(ReadDomain, TablesMayBeWrittenInAnyOfTheWaysOfToml) {
  const Domain domain = domain_of(R"(domain.name = "bank"
[node]
n1 = {address = "127.0.0.1", dir = "/d"}
[instance]
A.node = "n1"
A.dir = "/db/A"
"A".listen = 7_700
[group]
[group.acct]
instances = [ # a comment
  "A",
]
)");
  EXPECT_EQ(domain.node("n1")->dir, "/d");
  EXPECT_EQ(domain.instance("A")->listen, 7700);
  EXPECT_EQ(domain.group("acct")->instances, Names{"A"});
}

TEST(ReadDomain, AGroupOfFilesHasOneInstanceAtTheFirstOfItsNodes) {
  const Domain domain = domain_of(edited(kSmall, {{"[group.acct]", R"([instance.F]
dir = "/db/F"
[group.files]
kind = "files"
instance = "F"
nodes = ["n2", "n1"]
move = "shared"
[group.acct])"}}));
  const Group& group = *domain.group("files");
  EXPECT_EQ(group.kind, GroupKind::Files);
  EXPECT_EQ(group.instances, Names{"F"});
  EXPECT_EQ(group.nodes, (Names{"n2", "n1"}));
  EXPECT_EQ(domain.instance("F")->node, "n2");
  EXPECT_EQ(domain.group_of_instance("F"), &group);
  EXPECT_EQ(domain.instance_at(group, "n2"), domain.instance("F"));
  EXPECT_EQ(domain.instance_at(group, "n1"), nullptr);
}

TEST(ReadDomain, ObjectsAreFoundByName) {
  const Domain domain = domain_of(kSmall);
  EXPECT_EQ(domain.group_of_instance("C"), domain.group("acct"));
  EXPECT_EQ(domain.group_of_instance("X"), nullptr);
  EXPECT_EQ(domain.group_of_gateway("gwB"), domain.group("acct"));
  EXPECT_EQ(domain.group_of_gateway("gwX"), nullptr);
  EXPECT_EQ(domain.instance_at(*domain.group("acct"), "n3"), domain.instance("C"));
  EXPECT_EQ(domain.node("N1"), nullptr);
}

TEST(ReadDomain, AFindingIsPrintedWithItsPlace) {
  const std::string text = edited(bank_text(), {{"renew_s", "renew"}});
  const CheckedDomain read = read_text(text);
  const auto before = text.substr(0, text.find("renew"));
  const auto line = 1 + std::ranges::count(before, '\n');
  EXPECT_EQ(read.findings.render("bank.toml"),
            fmt::format("bank.toml:{}:1: %GTM-E-HWCFGBAD, lease.renew: no such key; nearest: renew_s\n", line));
  EXPECT_EQ(read.findings.summary("bank.toml"), "bank.toml: 1 errors, 0 warnings");
  EXPECT_FALSE(read.domain.has_value());
}

TEST(ReadDomain, AFileThatCannotBeReadIsAFinding) {
  const auto findings_of = [](const std::string& path) { return read_domain_file(path, "/usr").findings.render("f"); };
  EXPECT_EQ(findings_of("/nowhere/bank.toml"), "f:1:1: %GTM-E-HWCFGBAD, file: No such file or directory\n");
  EXPECT_EQ(findings_of("/"), "f:1:1: %GTM-E-HWCFGBAD, file: Is a directory\n");
  const std::string path = testing::TempDir() + "config-" + std::to_string(::getpid());
  ASSERT_TRUE(replace_file(path, std::string(kDomainTextBytesMax + 1, '\n')).has_value());
  EXPECT_EQ(findings_of(path), "f:1:1: %GTM-E-HWCFGBAD, file: File too large\n");
  ASSERT_TRUE(replace_file(path, kSmall).has_value());
  EXPECT_TRUE(read_domain_file(path, "/usr").domain.has_value());
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace hw::cluster
