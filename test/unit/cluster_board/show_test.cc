#include "cluster/board/show.h"

#include "cluster/board/board_domain.h"
#include "test/support/domain_text.h"
#include "test/unit/cluster_board/board_sample.h"

namespace hw::test {
namespace {

using cluster::test::domain_of;
using cluster::test::instance_text;

const std::string kBank = R"(format=1
[domain]
name="bank"
[security]
key_file="/etc/headwater/key"
[node.n1]
[node.n2]
port=7601
)" + instance_text("A", "n1", 7700, R"(["B"])") +
                          instance_text("B", "n2", 7701, R"(["A"])") +
                          R"([group.acct]
kind="role"
instances=["A", "B"]
[gateway.gwA]
instance="A"
listen="127.0.0.1:6379"
[gateway.gwB]
instance="B"
listen="127.0.0.1:6380"
[server.report]
group="acct"
run="/opt/report"
[resource.vip]
group="acct"
script="/etc/headwater/vip.sh"
)";

Domain bank() { return domain_of(kBank); }

TEST(Show, AllListsWhatEachNodeHas) {
  BoardParts parts = sample_parts();
  ServerReport vip = sample_server(ServerKind::Resource, "vip", 2799);
  vip.restarts = 1;
  parts.report("n1").servers.push_back(vip);
  EXPECT_EQ(show_text(join(parts, "n1", kNow_us), bank(), {}), R"(node n1
CLUSTER  TYPE     NAME        STATUS    DETAIL
bank     network  agent       UP        private 127.0.0.1:7600
bank     network  gwA         UP        public 127.0.0.1:6379
bank     cluster  bank        UP        dcs manual, coordinator n1
bank     file     board       UP        /var/lib/headwater/n1/board.json
bank     file     generation  UP        /var/lib/headwater/n1/config/3.toml, sha256 9f2c01ab44d1
bank     service  acct        UP        auto-restart ON
bank     db       A           UP(ROOT)  /db/A, failed retry cnt 0
bank     group    acct        UP        type role, failover ON
bank     agent    vip         READY     /etc/headwater/vip.sh, start retry cnt 1

node n2
CLUSTER  TYPE     NAME        STATUS  DETAIL
bank     network  agent       DOWN    private 127.0.0.1:7601
bank     network  gwB         DOWN    public 127.0.0.1:6380
bank     cluster  bank        DOWN    dcs manual, coordinator n1
bank     file     board       DOWN    /var/lib/headwater/n2/board.json
bank     file     generation  DOWN    /var/lib/headwater/n2/config/3.toml, sha256 9f2c01ab44d1
bank     service  acct        DOWN    auto-restart ON
bank     db       B           DOWN    /db/B, failed retry cnt 0
bank     group    acct        UP      type role, failover ON
bank     agent    vip         DOWN    /etc/headwater/vip.sh, start retry cnt 0
)");
}

TEST(Show, ASecondaryThatIsHeardIsUp) {
  BoardParts parts = sample_parts();
  hear(parts, "n2", kNow_us);
  const std::string text = show_text(join(parts, "n1", kNow_us), bank(), {});
  EXPECT_NE(text.find("db       B           UP(SEC)"), text.npos) << text;
}

TEST(Show, GroupAndAgentListTheirTypeAlone) {
  const Board board = join(sample_parts(), "n1", kNow_us);
  const Table groups = show_table(board, bank(), {ShowKind::Group, ""});
  ASSERT_EQ(groups.rows.size(), 2u);
  EXPECT_EQ(groups.columns.front().name, "Node");
  EXPECT_EQ(groups.rows[1].front(), Cell(std::string("n2")));
  EXPECT_EQ(groups.rows[1][2], Cell(std::string("group")));
  EXPECT_EQ(show_table(board, bank(), {ShowKind::Agent, ""}).rows.size(), 2u);
  EXPECT_EQ(show_table(board, bank(), {ShowKind::Agent, "vip"}).rows.size(), 2u);
  EXPECT_TRUE(show_table(board, bank(), {ShowKind::Agent, "acct"}).rows.empty());
}

TEST(Show, AGroupThatIsHeldRestartsNothing) {
  BoardParts parts = sample_parts();
  parts.orders.groups.front().hold = true;
  const std::string text = show_text(join(parts, "n1", kNow_us), bank(), {});
  EXPECT_NE(text.find("service  acct        UP        auto-restart OFF"), text.npos) << text;
}

TEST(ApplyDomain, MakesOrdersInFileOrder) {
  Orders orders;
  apply_domain(orders, bank(), {1, std::string(64, 'a')});
  EXPECT_EQ(orders.domain, "bank");
  EXPECT_EQ(orders.stamp.change, 1u);
  ASSERT_EQ(orders.nodes.size(), 2u);
  EXPECT_EQ(orders.nodes[1], (NodeOrder{"n2", "127.0.0.1:7601", Wanted::Down, false}));
  ASSERT_EQ(orders.groups.size(), 1u);
  EXPECT_EQ(orders.groups.front().place, "n1") << "of the first instance that may be root";
  EXPECT_EQ(orders.groups.front().state, GroupState::Down);
  ASSERT_EQ(orders.instances.size(), 2u);
  EXPECT_EQ(orders.instances[1], (InstanceOrder{"B", "acct", "n2", ""}));
}

TEST(ApplyDomain, WhatIsThereKeepsWhatWasWantedOfIt) {
  Orders orders = sample_orders();
  orders.groups.front().place = "n2";
  const Orders before = orders;
  apply_domain(orders, bank(), {4, std::string(64, 'b')});
  EXPECT_EQ(orders.generation.number, 4u);
  EXPECT_EQ(orders.nodes, before.nodes);
  EXPECT_EQ(orders.groups, before.groups);
  EXPECT_EQ(orders.instances, before.instances);
  EXPECT_EQ(orders.servers, before.servers);
  EXPECT_EQ(orders.coordinator, before.coordinator);
}

TEST(ApplyDomain, WhatTheDomainDoesNotHaveGoes) {
  Orders orders = sample_orders();
  orders.nodes.push_back({"n3", "127.0.0.1:7602", Wanted::Up, false});
  orders.servers.back().name = "gone";
  apply_domain(orders, bank(), {4, std::string(64, 'b')});
  EXPECT_EQ(orders.nodes.size(), 2u);
  EXPECT_EQ(orders.servers.size(), 3u);
  EXPECT_EQ(orders.last_server_id, 104u) << "no number is given twice";
}

TEST(PositionIn, IsBootsOrder) {
  const Domain domain = bank();
  const auto position = [&](ServerKind kind, const char* name, const char* node) {
    return position_in(domain, kind, name, "acct", node);
  };
  EXPECT_EQ(position(ServerKind::Source, "source:B", "n1"), 1u) << "that of A, which it belongs to";
  EXPECT_EQ(position(ServerKind::Source, "source:A", "n2"), 2u);
  EXPECT_EQ(position(ServerKind::Receiver, "receiver:B", "n2"), 2u);
  EXPECT_EQ(position(ServerKind::Gateway, "gateway:gwB", "n2"), 2u);
  EXPECT_EQ(position(ServerKind::Handler, "handler:gwB", "n2"), 2u);
  EXPECT_EQ(position(ServerKind::Application, "report", "n1"), 1u);
  EXPECT_EQ(position(ServerKind::Resource, "vip", "n1"), 2u) << "after all application servers";
  EXPECT_EQ(position(ServerKind::Source, "source:X", "n1"), 0u);
  EXPECT_EQ(position(ServerKind::Application, "report", "n9"), 0u);
}

}  // namespace
}  // namespace hw::test
