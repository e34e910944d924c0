// Every finding of the check, each from one change of a configuration that passes.
#include "test/unit/cluster_config/findings_case.h"

namespace hw::cluster {
namespace {

using test::edited;
using test::kSmall;
using test::read_text;
using Case = test::FindingCase;

class FindingOf : public test::FindingTest {};

TEST_P(FindingOf, StandsAtItsKey) { check(); }

INSTANTIATE_TEST_SUITE_P(
    Keys, FindingOf,
    testing::Values(
        Case{"Unknown",
             {{"upstreams = [\"B\"]", "upstream = [\"B\"]"}},
             {"15:1: E-HWCFGBAD, instance.A.upstream: no such key; nearest: upstreams"}},
        Case{"UnknownSection",
             {{"[security]", "[secure]\nx=1\n[security]"}},
             {"4:2: E-HWCFGBAD, secure: no such key; nearest: security"}},
        Case{"UnknownOfNode",
             {{"port = 7601", "port = 7601\nprobe=3"}},
             {"9:1: E-HWCFGBAD, node.n2.probe: no such key; nearest: probe_s"}},
        Case{"AgentKeyInDomain",
             {{"name = \"bank\"", "name = \"bank\"\n  port=1"}},
             {"4:3: E-HWCFGBAD, domain.port: no such key; nearest: name"}},
        Case{"Missing", {{"dir = \"/db/B\"\n", ""}}, {"16:1: E-HWCFGBAD, instance.B.dir: missing"}},
        Case{"MissingListen", {{"listen = 7701\n", ""}}, {"16:1: E-HWCFGBAD, instance.B.listen: missing"}},
        Case{"MissingNode", {{"node = \"n3\"\n", ""}}, {"21:1: E-HWCFGBAD, instance.C.node: missing"}},
        Case{"MissingName", {{"name = \"bank\"\n", ""}}, {"2:1: E-HWCFGBAD, domain.name: missing"}},
        Case{"MissingSection", {{"[domain]\nname = \"bank\"\n", ""}}, {"1:1: E-HWCFGBAD, domain.name: missing"}},
        Case{"MissingOfGateway",
             {{"listen = \"127.0.0.1:6380\"\n", ""}},
             {"34:1: E-HWCFGBAD, gateway.gwB.listen: missing"}},
        Case{"MissingOfServer", {{"run = \"/opt/report\"\n", ""}}, {"37:1: E-HWCFGBAD, server.report.run: missing"}},
        Case{"MissingOfResource",
             {{"script = \"/etc/headwater/vip.sh\"\n", ""}},
             {"40:1: E-HWCFGBAD, resource.vip.script: missing"}},
        Case{"MissingOfGroup",
             {{"instances = [\"A\", \"B\", \"C\"]\n", ""}},
             {"28:1: E-HWCFGBAD, group.acct.instances: missing"}},
        Case{"Format", {{"format = 1", "format = 2"}}, {"1:1: E-HWCFGBAD, format: 2 is not 1 to 1"}},
        Case{"NoTable", {{"format = 1", "lease = 3"}}, {"1:1: E-HWCFGBAD, lease: a table is wanted"}},
        Case{"NoTableOfObject",
             {{"[server.report]", "[gateway]\nx = 3\n[server.report]"}},
             {"38:1: E-HWCFGBAD, gateway.x: a table is wanted"}},
        Case{"TableInTable",
             {{"[node.n3]", "[node.n2.port]\n[node.n3]"}, {"port = 7601\n", ""}},
             {"8:10: E-HWCFGBAD, node.n2.port: a whole number is wanted"}}),
    test::finding_case_name);

INSTANTIATE_TEST_SUITE_P(
    Values, FindingOf,
    testing::Values(
        Case{"NoWholeNumber",
             {{"port = 7601", "port = 7601.0"}},
             {"8:1: E-HWCFGBAD, node.n2.port: a whole number is wanted"}},
        Case{"NoText",
             {{"dir = \"/db/B\"", "dir = 3"}},
             {"18:1: E-HWCFGBAD, instance.B.dir: a text in quotes is wanted"}},
        Case{"NoFlag",
             {{"relay = true", "relay = \"true\""}},
             {"26:1: E-HWCFGBAD, instance.C.relay: true or false is wanted"}},
        Case{"NoList",
             {{"backup = [\"gwB\"]", "backup = \"gwB\""}},
             {"33:1: E-HWCFGBAD, gateway.gwA.backup: a list of texts in brackets is wanted"}},
        Case{"NoListOfTexts",
             {{"backup = [\"gwB\"]", "backup = [1]"}},
             {"33:1: E-HWCFGBAD, gateway.gwA.backup: a list of texts in brackets is wanted"}},
        Case{"NoSeconds",
             {{"[node.n1]", "[node.n1]\nstop_s = 2026-11-28"}},
             {"7:1: E-HWCFGBAD, node.n1.stop_s: a number of seconds is wanted"}},
        Case{"Infinite",
             {{"[node.n1]", "[node.n1]\nstop_s = inf"}},
             {"7:1: E-HWCFGBAD, node.n1.stop_s: a number of seconds is wanted"}},
        Case{"Negative",
             {{"[node.n1]", "[node.n1]\nstop_s = -0.1"}},
             {"7:1: E-HWCFGBAD, node.n1.stop_s: -0.1 is not 0 to 1000000000"}},
        Case{"PortZero", {{"port = 7601", "port = 0"}}, {"8:1: E-HWCFGBAD, node.n2.port: 0 is not 1 to 65535"}},
        Case{"PortHigh",
             {{"listen = 7701", "listen = 65536\nrefresh_port = 0"}},
             {"19:1: E-HWCFGBAD, instance.B.listen: 65536 is not 1 to 65535"}},
        Case{"RefreshPort",
             {{"listen = 7701", "listen = 7701\nrefresh_port = -1"}},
             {"20:1: E-HWCFGBAD, instance.B.refresh_port: -1 is not 0 to 65535"}},
        Case{"Ttl",
             {{"[security]", "[lease]\nttl_s = 61\nmargin_s = 20\n[security]"}},
             {"5:1: E-HWCFGBAD, lease.ttl_s: 61 is not 1 to 60"}},
        Case{"MaxLoss",
             {{"[group.acct]", "[group.acct]\nmax_loss = -2"}},
             {"29:1: E-HWCFGBAD, group.acct.max_loss: -2 is not -1 to 9223372036854775807"}},
        Case{"MinAboveMax",
             {{"run = \"/opt/report\"", "run = \"/opt/report\"\nmax = 2\nmin = 3"}},
             {"41:1: E-HWCFGBAD, server.report.min: min 3 is above max 2"}},
        Case{"MinAboveDefaultMax",
             {{"backup = [\"gwB\"]", "min = 5"}},
             {"33:1: E-HWCFGBAD, gateway.gwA.min: min 5 is above max 4"}},
        Case{"MaxBelowDefaultMin",
             {{"run = \"/opt/report\"", "run = \"/opt/report\"\nmax = 0"}},
             {"40:1: E-HWCFGBAD, server.report.max: min 1 is above max 0"}},
        Case{"Word",
             {{"name = \"bank\"", "name = \"bank\"\ndcs = \"zookeeper\""}},
             {"4:1: E-HWCFGBAD, domain.dcs: \"zookeeper\" is not manual, etcd or pacemaker"}},
        Case{"Ready",
             {{"run = \"/opt/report\"", "run = \"/opt/report\"\nready = \"port:0\""}},
             {"40:1: E-HWCFGBAD, server.report.ready: \"port:0\" is not alive, notify, port:N (1 to 65535) or exit0"}},
        Case{"Listen",
             {{"127.0.0.1:6380", "6380"}},
             {"36:1: E-HWCFGBAD, gateway.gwB.listen: \"6380\" is not HOST:PORT"}},
        Case{"ListenIpv6Bare",
             {{"127.0.0.1:6380", "::1:6380"}},
             {"36:1: E-HWCFGBAD, gateway.gwB.listen: \"::1:6380\" is not HOST:PORT"}},
        Case{"Umask",
             {{"[node.n1]", "[node.n1]\numask = \"0088\""}},
             {"7:1: E-HWCFGBAD, node.n1.umask: \"0088\" is not octal, 0 to 0777"}},
        Case{"Address",
             {{"[node.n1]", "[node.n1]\naddress = \"10.0.0.300\""}},
             {"7:1: E-HWCFGBAD, node.n1.address: \"10.0.0.300\" is no IPv4 or IPv6 address and no name of a host"}},
        Case{"Path", {{"\"/db/B\"", "\"db/B\""}}, {"18:1: E-HWCFGBAD, instance.B.dir: \"db/B\" is no absolute path"}},
        Case{"PathWithNewline",
             {{"\"/db/B\"", "\"/db\\nB\""}},
             {"18:1: E-HWCFGBAD, instance.B.dir: a control character"}},
        Case{"ArgumentWithZero",
             {{"run = ", "args = [\"a\\tb\\n\", \"\\u0000\"]\nrun = "}},
             {"39:1: E-HWCFGBAD, server.report.args: a character of code 0"}},
        Case{"Script",
             {{"/etc/headwater/vip.sh", "vip.sh"}},
             {"42:1: E-HWSCRIPT, resource.vip.script: \"vip.sh\" is no absolute path"}},
        Case{"Global",
             {{"backup = [\"gwB\"]", "plain_global = \"^r\""}},
             {"33:1: E-HWCFGBAD, gateway.gwA.plain_global: \"^r\" is no name of a global"}},
        Case{"NoSdp",
             {{"name = \"bank\"", "name = \"bank\"\nsystem_protocol = \"SDP\""}},
             {"4:1: E-HWNOSDP, There is no SDP"}},
        Case{"Protocol",
             {{"name = \"bank\"", "name = \"bank\"\nsystem_protocol = \"IPV5\""}},
             {"4:1: E-HWCFGBAD, domain.system_protocol: \"IPV5\" is not IPV4 or IPV6"}},
        Case{"BadWait", {{"[node.n1]", "[agent]\nwait_s = 0\n[node.n1]"}}, {"7:1: E-HWBADWAIT, Wait time 0"}},
        Case{"BadWaitOfNode", {{"[node.n1]", "[node.n1]\nwait_s = 0.0"}}, {"7:1: E-HWBADWAIT, Wait time 0"}}),
    test::finding_case_name);

INSTANTIATE_TEST_SUITE_P(
    Names, FindingOf,
    testing::Values(Case{"Domain",
                         {{"name = \"bank\"", "name = \"my bank\""}},
                         {"3:1: E-HWCFGBAD, domain.name: a name is 1 to 31 of A-Z a-z 0-9 _ -"}},
                    Case{"DomainEmpty",
                         {{"name = \"bank\"", "name = \"\""}},
                         {"3:1: E-HWCFGBAD, domain.name: a name is 1 to 31 of A-Z a-z 0-9 _ -"}},
                    Case{"DomainLong",
                         {{"name = \"bank\"", "name = \"" + std::string(32, 'b') + "\""}},
                         {"3:1: E-HWCFGBAD, domain.name: a name is 1 to 31 of A-Z a-z 0-9 _ -"}},
                    Case{"InstanceLong",
                         {{"[group.acct]",
                           "[instance.A234567890123456]\nnode=\"n1\"\ndir=\"/x\"\nlisten=1\npriority=0\n"
                           "upstreams=[\"A\", \"B\"]\n[group.x]\ninstances=[\"A234567890123456\"]\n[group.acct]"}},
                         {"28:11: E-HWCFGBAD, instance.A234567890123456: a name is 1 to 15 of A-Z a-z 0-9 _ -",
                          "33:1: E-HWCFGBAD, instance.A234567890123456.upstreams: A is of group acct, not x",
                          "33:1: E-HWCFGBAD, instance.A234567890123456.upstreams: B is of group acct, not x",
                          "35:1: E-HWCFGBAD, group.x.instances: none of them has priority above 0"}},
                    Case{"NodeCharacters",
                         {{"[node.n3]", "[node.\"n 4\"]\nport=1\n[node.n3]"}},
                         {"9:7: E-HWCFGBAD, node.n 4: a name is 1 to 31 of A-Z a-z 0-9 _ -"}},
                    Case{"NoNode",
                         {{"node = \"n2\"", "node = \"n22\""}},
                         {"17:1: E-HWCFGBAD, instance.B.node: no node n22; nearest: n2"}},
                    Case{"EmptyNode",
                         {{"node = \"n2\"", "node = \"\""}},
                         {"17:1: E-HWCFGBAD, instance.B.node: no node \"\"; nearest: n1"}},
                    Case{"NoInstanceInGroup",
                         {{"[\"A\", \"B\", \"C\"]", "[\"A\", \"B\", \"C\", \"D\"]"}},
                         {"29:1: E-HWCFGBAD, group.acct.instances: no instance D; nearest: A"}},
                    Case{"NoUpstream",
                         {{"[\"B\", \"A\"]", "[\"B\", \"a\"]"}},
                         {"27:1: E-HWCFGBAD, instance.C.upstreams: no instance a; nearest: A"}},
                    Case{"NoMaster",
                         {{"name = \"bank\"", "name = \"bank\"\nmaster = [\"n9\"]"}},
                         {"4:1: E-HWCFGBAD, domain.master: no node n9; nearest: n1"}},
                    Case{"NoInstanceOfGateway",
                         {{"instance = \"B\"", "instance = \"BB\""}},
                         {"35:1: E-HWCFGBAD, gateway.gwB.instance: no instance BB; nearest: B"}},
                    Case{"NoBackup",
                         {{"backup = [\"gwB\"]", "backup = [\"gw\"]"}},
                         {"33:1: E-HWCFGBAD, gateway.gwA.backup: no gateway gw; nearest: gwA"}},
                    Case{"NoGroupOfServer",
                         {{"group = \"acct\"\nrun", "group = \"act\"\nrun"}},
                         {"38:1: E-HWCFGBAD, server.report.group: no group act; nearest: acct"}},
                    Case{"NoGroupOfResource",
                         {{"group = \"acct\"\nscript", "group = \"act\"\nscript"}},
                         {"41:1: E-HWCFGBAD, resource.vip.group: no group act; nearest: acct"}},
                    Case{"NamedTwice",
                         {{"[\"B\", \"A\"]", "[\"B\", \"A\", \"B\"]"}},
                         {"27:1: E-HWCFGBAD, instance.C.upstreams: B is named twice"}},
                    Case{"NamesItself",
                         {{"backup = [\"gwB\"]", "balance = [\"gwA\"]"}},
                         {"33:1: E-HWCFGBAD, gateway.gwA.balance: gwA names itself"}}),
    test::finding_case_name);

/// A second group, whose instance is at n3.
const std::string kOther = R"([instance.D]
node = "n3"
dir = "/db/D"
listen = 7703
[group.other]
instances = ["D"]
[gateway.gwD]
instance = "D"
listen = "127.0.0.1:6381"
)";

INSTANTIATE_TEST_SUITE_P(
    Groups, FindingOf,
    testing::Values(
        Case{"Two", {{"[group.acct]", kOther + "[group.acct]"}}, {}},
        Case{"InTwo",
             {{"[gateway.gwA]", "[group.other]\ninstances = [\"A\"]\n[gateway.gwA]"}},
             {"31:1: E-HWCFGBAD, group.other.instances: A is in group acct already"}},
        Case{"InNone", {{"[\"A\", \"B\", \"C\"]", "[\"A\", \"B\"]"}}, {"21:1: E-HWCFGBAD, instance.C: in no group"}},
        Case{"TwoOnOneNode",
             {{"node = \"n3\"", "node = \"n2\""}},
             {"22:1: E-HWCFGBAD, instance.C.node: n2 has B of group acct already"}},
        Case{"NoCandidate",
             {{"[group.acct]", edited(kOther, {{"listen = 7703", "listen = 7703\npriority = 0"}}) + "[group.acct]"}},
             {"34:1: E-HWCFGBAD, group.other.instances: none of them has priority above 0"}},
        Case{"BackupOfOther",
             {{"[group.acct]", kOther + "[group.acct]"}, {"backup = [\"gwB\"]", "backup = [\"gwD\"]"}},
             {"42:1: E-HWCFGBAD, gateway.gwA.backup: gwD is of group other, not acct"}},
        Case{"BalanceOfOther",
             {{"[group.acct]", kOther + "[group.acct]"}, {"backup = [\"gwB\"]", "balance = [\"gwD\"]"}},
             {"42:1: E-HWCFGBAD, gateway.gwA.balance: gwD is of group other, not acct"}},
        Case{"ServerAndResource",
             {{"[resource.vip]", "[resource.report]"}},
             {"40:1: E-HWCFGBAD, resource.report: group acct has a server of that name"}}),
    test::finding_case_name);

INSTANTIATE_TEST_SUITE_P(
    Trees, FindingOf,
    testing::Values(Case{"CandidateNotNamed",
                         {{"listen = 7701\nupstreams = [\"A\"]", "listen = 7701"}},
                         {"16:1: E-HWTREE, Tree from A: B has priority above 0 and does not name it"}},
                    Case{"NobodyLeadsToOneRoot",
                         {{"[\"B\", \"A\"]", "[\"C2\"]"},
                          {"[group.acct]",
                           "[instance.C2]\nnode=\"n4\"\ndir=\"/"
                           "x\"\nlisten=1\npriority=0\nupstreams=[\"C\"]\n[node.n4]\nport=2\n[group.acct]"},
                          {"\"B\", \"C\"]", "\"B\", \"C\", \"C2\"]"}},
                         {"27:1: E-HWTREE, Tree from A, B: no upstream of C leads to it",
                          "33:1: E-HWTREE, Tree from A, B: no upstream of C2 leads to it"}},
                    Case{"NotWhileANameIsWrong",
                         {{"[\"B\", \"A\"]", "[\"X\"]"}},
                         {"27:1: E-HWCFGBAD, instance.C.upstreams: no instance X; nearest: A"}}),
    test::finding_case_name);

INSTANTIATE_TEST_SUITE_P(
    Resources, FindingOf,
    testing::Values(Case{"NotProbed",
                         {{"script = ",
                           "use_cm = false\nstartup_timeout = 1\nreply_timeout = 1\ninterval = 1\nmax_fail = 1\n"
                           "cm_probe_timeout = 0\nretry_cnt = 1\nscript = "}},
                         {"43:1: W-HWKEYIDLE, resource.vip.startup_timeout has no effect: use_cm is false",
                          "44:1: W-HWKEYIDLE, resource.vip.reply_timeout has no effect: use_cm is false",
                          "45:1: W-HWKEYIDLE, resource.vip.interval has no effect: use_cm is false",
                          "46:1: W-HWKEYIDLE, resource.vip.max_fail has no effect: use_cm is false",
                          "47:1: W-HWKEYIDLE, resource.vip.cm_probe_timeout has no effect: use_cm is false"}},
                    Case{"WaitsForEver",
                         {{"script = ", "cm_probe_timeout = 0\nscript = "}},
                         {"42:1: W-HWCFGBAD, resource.vip.cm_probe_timeout: 0: its process waits for ever"}}),
    test::finding_case_name);

TEST(Findings, WarningsDoNotRefuse) {
  const CheckedDomain read = read_text(edited(kSmall, {{"script = ", "cm_probe_timeout = 0\nscript = "}}));
  EXPECT_EQ(read.findings.summary("f"), "f: 0 errors, 1 warnings");
  EXPECT_TRUE(read.findings.passed());
}

TEST(Findings, OneFeedsNoMoreThanSixteen) {
  const auto with = [](int count) {
    std::string nodes, instances, names;
    for (int i = 0; i < count; ++i) {
      nodes += fmt::format("[node.m{}]\nport = {}\n", i, 8000 + i);
      instances += fmt::format("[instance.R{}]\nnode=\"m{}\"\ndir=\"/r\"\nlisten={}\npriority=0\nupstreams=[\"C\"]\n",
                               i, i, 8100 + i);
      names += fmt::format(", \"R{}\"", i);
    }
    return test::lines_of(read_text(edited(kSmall, {{"[node.n1]\n", nodes + "[node.n1]\n"},
                                                    {"[instance.A]\n", instances + "[instance.A]\n"},
                                                    {"\"B\", \"C\"]", "\"B\", \"C\"" + names + "]"}}))
                              .findings);
  };
  EXPECT_EQ(with(16), std::vector<std::string>());
  const int line_of_c = 21 + 2 * 17 + 6 * 17;
  EXPECT_EQ(with(17), (std::vector<std::string>{
                          fmt::format("{}:1: E-HWTREE, Tree from A, B: C would feed 17, at most 16", line_of_c)}));
}

TEST(Findings, WhatIsNoTomlIsOneFinding) {
  const auto of = [](std::string_view text) { return test::lines_of(read_text(text).findings); };
  using Lines = std::vector<std::string>;
  const auto one_at = [&](std::string_view text, std::string_view begin) {
    const Lines lines = of(text);
    return lines.size() == 1 && lines.front().starts_with(begin);
  };
  EXPECT_TRUE(one_at("[domain\n", "1:8: E-HWCFGBAD, TOML: ")) << of("[domain\n").front();
  EXPECT_TRUE(one_at("a = 1\na = 2\n", "2:5: E-HWCFGBAD, TOML: ")) << of("a = 1\na = 2\n").front();
  EXPECT_TRUE(one_at("[n\xce\xa7]", "1:3: E-HWCFGBAD, TOML: ")) << of("[n\xce\xa7]").front();
  EXPECT_TRUE(one_at("[=]", "1:2: E-HWCFGBAD, TOML: ")) << of("[=]").front();
  EXPECT_TRUE(one_at("a = \"\xff\"", "1:5: E-HWCFGBAD, TOML: ")) << of("a = \"\xff\"").front();
  EXPECT_EQ(of(std::string(kDomainTextBytesMax + 1, '#')),
            Lines{"1:1: E-HWCFGBAD, file: 262145 bytes, at most 262144"});
  EXPECT_EQ(of("#\n" + std::string(256, '.')), Lines{"2:1: E-HWCFGBAD, TOML: more than 255 dots in a line"});
}

TEST(Findings, NestingIsNoDanger) {
  std::string dotted = "a";
  for (int i = 0; i < 250; ++i) dotted += ".a";
  std::string nested;
  for (int i = 0; i < 14; ++i) nested += dotted + " = [{";
  EXPECT_FALSE(read_text("[" + dotted + "]\n" + nested).domain.has_value());
  EXPECT_FALSE(read_text(std::string(100000, '[')).domain.has_value());
  EXPECT_FALSE(read_text("a=" + std::string(100000, '[')).domain.has_value());
  EXPECT_FALSE(read_text("[" + dotted + "]\n" + dotted + "=1").domain.has_value());
}

TEST(Findings, WhatIsWrongIsShownOnOneLineAndCut) {
  EXPECT_EQ(shown("a\nb\x7f"), "a?b?");
  EXPECT_EQ(shown(std::string(81, 'x')), std::string(80, 'x') + "...");
  EXPECT_EQ(shown(std::string(79, 'x') + "\xc3\xa4"), std::string(79, 'x') + "...");
  const auto lines = test::lines_of(read_text("\"" + std::string(500, 'k') + "\" = 1").findings);
  EXPECT_TRUE(std::ranges::all_of(lines, [](const auto& line) { return line.size() < 160; }));
}

TEST(Findings, ManyObjectsAndNamesAreRefused) {
  std::string text;
  for (std::size_t i = 0; i <= kDomainObjectsMax; ++i) text += fmt::format("[node.n{}]\n", i);
  const auto lines = test::lines_of(read_text(text).findings);
  EXPECT_EQ(std::ranges::count(lines, "1025:7: E-HWCFGBAD, node.n1024: more than 1024"), 1);
  std::string names;
  for (std::size_t i = 0; i <= kDomainNamesMax; ++i) names += "\"x\",";
  const auto of_list =
      test::lines_of(read_text(edited(kSmall, {{"[\"A\", \"B\", \"C\"]", "[" + names + "]"}})).findings);
  EXPECT_EQ(std::ranges::count(of_list, "29:1: E-HWCFGBAD, group.acct.instances: 257 entries, at most 256"), 1);
}

}  // namespace
}  // namespace hw::cluster
