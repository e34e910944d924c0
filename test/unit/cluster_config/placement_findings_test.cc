// Findings of the check about where and how a domain runs: files, ports, leases, security.
#include "test/unit/cluster_config/findings_case.h"

namespace hw::cluster {
namespace {

using test::edited;
using test::Edits;
using Case = test::FindingCase;

class PlacementFindingOf : public test::FindingTest {};

TEST_P(PlacementFindingOf, StandsAtItsKey) { check(); }

const std::string kFiles = R"([instance.F]
dir = "/db/F"
[group.files]
kind = "files"
instance = "F"
nodes = ["n2", "n1"]
move = "/opt/move"
)";

INSTANTIATE_TEST_SUITE_P(
    Files, PlacementFindingOf,
    testing::Values(
        Case{"Pass", {{"[group.acct]", kFiles + "[group.acct]"}}, {}},
        Case{"NodeIsNotTheFirst",
             {{"[group.acct]", edited(kFiles, {{"dir", "node = \"n1\"\ndir"}}) + "[group.acct]"}},
             {"29:1: E-HWCFGBAD, instance.F.node: n1 is not n2, the first of group files"}},
        Case{"AllMissing",
             {{"[group.acct]",
               edited(kFiles, {{"instance = \"F\"\nnodes = [\"n2\", \"n1\"]\nmove = \"/opt/move\"\n", ""},
                               {"[instance.F]\ndir = \"/db/F\"\n", ""}}) +
                   "[group.acct]"}},
             {"28:1: E-HWCFGBAD, group.files.instance: missing", "28:1: E-HWCFGBAD, group.files.nodes: missing",
              "28:1: E-HWCFGBAD, group.files.move: missing"}},
        Case{"Move",
             {{"[group.acct]", edited(kFiles, {{"/opt/move", "copy"}}) + "[group.acct]"}},
             {"34:1: E-HWSCRIPT, group.files.move: \"copy\" is no absolute path"}},
        Case{"Idle",
             {{"[group.acct]",
               edited(kFiles, {{"move =", "max_loss = 3\nmove ="}, {"dir", "upstreams = []\ndir"}}) + "[group.acct]"}},
             {"29:1: W-HWKEYIDLE, instance.F.upstreams has no effect: its group is of kind files",
              "35:1: W-HWKEYIDLE, group.files.max_loss has no effect: the group is of kind files"}},
        Case{"IdleInRole",
             {{"[group.acct]", "[group.acct]\nmove = \"shared\""}},
             {"29:1: W-HWKEYIDLE, group.acct.move has no effect: the group is of kind role"}}),
    test::finding_case_name);

INSTANTIATE_TEST_SUITE_P(
    Ports, PlacementFindingOf,
    testing::Values(Case{"Nodes", {{"port = 7602", "port = 7601"}}, {"10:1: E-HWPORTDUP, Port 7601 of n2 and n3"}},
                    Case{"NotOfADefaultInPlaceOfAnError",
                         {{"port = 7602", "port = 0"}},
                         {"10:1: E-HWCFGBAD, node.n3.port: 0 is not 1 to 65535"}},
                    Case{"NodesByDefault", {{"port = 7602\n", ""}}, {"9:1: E-HWPORTDUP, Port 7600 of n1 and n3"}},
                    Case{"OneAddressWrittenInTwoWays",
                         {{"[node.n1]\n[node.n2]\nport = 7601",
                           "[node.n1]\naddress=\"::1\"\n[node.n2]\naddress=\"0:0::1\"\nport = 7600"}},
                         {"10:1: E-HWPORTDUP, Port 7600 of n1 and n2"}},
                    Case{"OtherAddress", {{"port = 7601", "address = \"127.0.0.2\""}}, {}},
                    Case{"InstanceAndNode",
                         {{"listen = 7701", "listen = 7602"}},
                         {"19:1: E-HWPORTDUP, Port 7602 of n3 and instance B"}},
                    Case{"ListenAndRefresh",
                         {{"listen = 7701", "listen = 7701\nrefresh_port = 7701"}},
                         {"20:1: E-HWPORTDUP, Port 7701 of instance B and instance B"}},
                    Case{"Gateways",
                         {{"127.0.0.1:6380", "127.0.0.1:6379"}},
                         {"36:1: E-HWPORTDUP, Port 6379 of gateway gwA and gateway gwB"}},
                    Case{"GatewayOnAllAddresses",
                         {{"127.0.0.1:6380", "0.0.0.0:6379"}},
                         {"36:1: E-HWPORTDUP, Port 6379 of gateway gwA and gateway gwB"}},
                    Case{"GatewaysOfTwoMachines",
                         {{"port = 7601", "address = \"127.0.0.2\""}, {"127.0.0.1:6380", "0.0.0.0:6379"}},
                         {}}),
    test::finding_case_name);

INSTANTIATE_TEST_SUITE_P(
    Lease, PlacementFindingOf,
    testing::Values(
        Case{"Renewal",
             {{"[security]", "[lease]\nrenew_s = 2\n[security]"}},
             {"5:1: E-HWLEASEMATH, Numbers do not fit: renew_s 2 + 2 retry_s 0.5 > ttl_s 3 - margin_s 0.5"}},
        Case{"RenewalJustFits", {{"[security]", "[lease]\nrenew_s = 1.5\n[security]"}}, {}},
        Case{"Clocks",
             {{"[security]", "[lease]\nmargin_s = 0.4\n[security]"}},
             {"5:1: E-HWLEASEMATH, Numbers do not fit: (ttl_s 3 - margin_s 0.4) / ttl_s > (1 - e) / (1 + e), e 0.085"}},
        Case{"ClockError",
             {{"[security]", "[lease]\nclock_rate_error = 0.091\n[security]"}},
             {"5:1: E-HWLEASEMATH, Numbers do not fit: (ttl_s 3 - margin_s 0.5) / ttl_s > (1 - e) / (1 + e), e 0.091"}},
        Case{"ClockErrorJustFits", {{"[security]", "[lease]\nclock_rate_error = 0.0909\n[security]"}}, {}},
        Case{"Both",
             {{"[security]", "[lease]\nttl_s = 1\nmargin_s = 0\n[security]"}},
             {"5:1: E-HWLEASEMATH, Numbers do not fit: renew_s 1 + 2 retry_s 0.5 > ttl_s 1 - margin_s 0",
              "6:1: E-HWLEASEMATH, Numbers do not fit: (ttl_s 1 - margin_s 0) / ttl_s > (1 - e) / (1 + e), e 0.085"}}),
    test::finding_case_name);

const Edits kEtcd = {{"name = \"bank\"", "name = \"bank\"\ndcs = \"etcd\""}};

Edits with_etcd(const std::string& keys, Edits more = {}) {
  more.insert(more.end(), kEtcd.begin(), kEtcd.end());
  more.push_back({"[security]", "[etcd]\n" + keys + "\n[security]"});
  return more;
}

INSTANTIATE_TEST_SUITE_P(
    Security, PlacementFindingOf,
    testing::Values(
        Case{"KeyFile",
             {{"key_file = \"/etc/headwater/key\"\n", ""}},
             {"4:1: E-HWCFGBAD, security.key_file: missing, two nodes with mode key need it"}},
        Case{"NoSection",
             {{"[security]\nkey_file = \"/etc/headwater/key\"\n", ""}},
             {"1:1: E-HWCFGBAD, security.key_file: missing, two nodes with mode key need it"}},
        Case{"TlsNeedsFiles",
             {{"key_file = \"/etc/headwater/key\"", "mode = \"tls\"\ncert = \"/c\""}},
             {"4:1: E-HWCFGBAD, security.ca: missing, mode tls needs it",
              "4:1: E-HWCFGBAD, security.key: missing, mode tls needs it"}},
        Case{"Tls",
             {{"key_file = \"/etc/headwater/key\"", "mode = \"tls\"\nca = \"/a\"\ncert = \"/c\"\nkey = \"/k\""},
              {"port = 7601", "address = \"10.0.0.2\""}},
             {}},
        Case{"Plain",
             {{"port = 7601", "address = \"10.0.0.2\""}},
             {"8:1: E-HWCFGBAD, node.n2.address: 10.0.0.2 is beyond loopback in the clear; security.mode tls, or "
              "security.allow_plain"}},
        Case{"PlainAllowed",
             {{"port = 7601", "address = \"10.0.0.2\""}, {"[security]", "[security]\nallow_plain = true"}},
             {}},
        Case{"GatewayTls",
             {{"backup = [\"gwB\"]", "tls = true"}},
             {"33:1: E-HWCFGBAD, gateway.gwA.tls: security.cert and security.key are missing"}},
        Case{"EtcdNeedsEndpoints", kEtcd, {"1:1: E-HWCFGBAD, etcd.endpoints: missing"}},
        Case{"EtcdHasNoEndpoint", with_etcd("endpoints = []"), {"6:1: E-HWCFGBAD, etcd.endpoints: names none"}},
        Case{"EtcdEndpoint",
             with_etcd("endpoints = [\"10.0.0.1:2379\"]"),
             {"6:1: E-HWCFGBAD, etcd.endpoints: \"10.0.0.1:2379\" is not http://HOST:PORT or https://HOST:PORT"}},
        Case{"EtcdOnLoopback", with_etcd("endpoints = [\"http://127.0.0.1:2379\", \"http://[::1]:2379\"]"), {}},
        Case{"EtcdPlain",
             with_etcd("endpoints = [\"http://10.0.0.1:2379\"]"),
             {"6:1: E-HWCFGBAD, etcd.endpoints: http://10.0.0.1:2379 is beyond loopback in the clear; https, or "
              "security.allow_plain"}},
        Case{"EtcdPlainAllowed",
             with_etcd("endpoints = [\"http://10.0.0.1:2379\"]", {{"key_file", "allow_plain = true\nkey_file"}}),
             {}},
        Case{"EtcdCa",
             with_etcd("endpoints = [\"https://10.0.0.1:2379\"]"),
             {"5:1: E-HWCFGBAD, etcd.ca: missing, https needs it"}},
        Case{"EtcdPairs",
             with_etcd("endpoints = [\"https://e:1\"]\nca = \"/a\"\ncert = \"/c\"\nuser = \"u\""),
             {"5:1: E-HWCFGBAD, etcd.key: missing, etcd.cert needs it",
              "5:1: E-HWCFGBAD, etcd.password_file: missing, etcd.user needs it"}}),
    test::finding_case_name);

}  // namespace
}  // namespace hw::cluster
