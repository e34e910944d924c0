/// test/unit/cluster_agent/domain_stage.h -- two nodes, an instance at each, and a board of them.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "cluster/board/board_domain.h"
#include "cluster/board/board_parts.h"
#include "test/support/domain_text.h"

namespace hw::cluster::test {

inline const std::string kTwoNodes = R"(format = 1
[domain]
name = "bank"
master = ["n1", "n2"]
[security]
key_file = "/etc/headwater/key"
[node.n1]
[node.n2]
port = 7601
)" + instance_text("A", "n1", 7700, R"(["B"])") +
                                     instance_text("B", "n2", 7701, R"(["A"])") + R"([group.acct]
instances = ["A", "B"]
[server.report]
group = "acct"
run = "/opt/report"
)";

/// `text` with the first `what` in it replaced.
inline std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const auto at = text.find(what);
  if (at == text.npos) ADD_FAILURE() << what << " is not in the text";
  return at == text.npos ? text : text.replace(at, what.size(), by);
}

inline const Domain& two_nodes() {
  static const Domain domain = domain_of(kTwoNodes);
  return domain;
}

/// n1 is coordinator, both nodes are heard; A is root of acct in reign 41, B its secondary.
inline BoardParts two_nodes_up() {
  BoardParts parts;
  Orders& orders = parts.orders;
  apply_domain(orders, two_nodes(), {3, std::string(64, 'a')});
  orders.coordinator = {"n1", 1, 1};
  orders.stamp = {1, 0, 1};
  orders.groups.front().record = {"A", BoardLease::Held, 41, 0, 100, {"A", "B"}};
  orders.groups.front().state = GroupState::Up;
  orders.groups.front().place = "n1";
  orders.instances.back().upstream = "A";
  const auto add = [&](const char* node, ServerKind kind, const char* name) {
    ServerOrder& server = orders.servers.emplace_back();
    server.id = ++orders.last_server_id;
    server.kind = kind;
    server.name = name;
    server.group = "acct";
    server.node = node;
    server.position = 1;
    server.wanted = Wanted::Up;
    NodeReport& report = parts.report(node);
    ServerReport& told = report.servers.emplace_back();
    told.kind = kind;
    told.name = name;
    told.group = "acct";
    told.position = 1;
    told.pid = 4000 + server.id;
    told.state = BoardServerState::Ready;
  };
  add("n1", ServerKind::Source, "source:B");
  add("n1", ServerKind::Application, "report");
  add("n2", ServerKind::Source, "source:A");
  add("n2", ServerKind::Receiver, "receiver:B");
  const auto report = [&](const char* node, const char* name, BoardRole role) {
    NodeReport& told = parts.report(node);
    told.stamp = {1, 0, 1};
    told.release = "Headwater 0.1.0";
    told.running_generation = 3;
    InstanceReport& instance = told.instances.emplace_back();
    instance.name = name;
    instance.role = role;
    instance.accepting = role == BoardRole::Root;
    instance.epoch = 41;
    instance.next_seqno = 100;
  };
  report("n1", "A", BoardRole::Root);
  report("n2", "B", BoardRole::Secondary);
  hear(parts, "n1", 1'000'000);
  hear(parts, "n2", 1'000'000);
  return parts;
}

}  // namespace hw::cluster::test
