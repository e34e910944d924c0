/// cluster/board/board_fields.h -- each field of the board's parts with its key, once for the writer and the reader.
#pragma once

#include <type_traits>

#include "cluster/board/board_parts.h"

namespace hw::cluster {

/// What an archive visits: a reader changes it, a writer does not.
template <typename Archive, typename Part>
using Visited = std::conditional_t<Archive::kReads, Part, const Part>;

template <typename A>
void visit_fields(A& a, Visited<A, PartStamp>& stamp) {
  a("number", stamp.number);
  a("rank", stamp.rank);
  a("change", stamp.change);
}

template <typename A>
void visit_fields(A& a, Visited<A, BoardGeneration>& generation) {
  a("number", generation.number);
  a("sha256", generation.sha256);
}

template <typename A>
void visit_fields(A& a, Visited<A, CoordinatorOrder>& coordinator) {
  a("node", coordinator.node);
  a("since_us", coordinator.since_us);
  a("number", coordinator.number);
  if (A::kReads || coordinator.for_lost) a("for_lost", coordinator.for_lost);
}

template <typename A>
void visit_fields(A& a, Visited<A, BoardRecord>& record) {
  a("holder", record.holder);
  a("lease", record.lease);
  a("epoch", record.epoch);
  a("revision", record.revision);
  a("seqno", record.seqno);
  a("candidates", record.candidates);
}

template <typename A>
void visit_fields(A& a, Visited<A, NodeOrder>& node) {
  a("name", node.name);
  a("address", node.address);
  a("wanted", node.wanted);
  a("cleaned", node.cleaned);
}

template <typename A>
void visit_fields(A& a, Visited<A, GroupOrder>& group) {
  a("name", group.name);
  a("kind", group.kind);
  a("wanted", group.wanted);
  a("hold", group.hold);
  a("state", group.state);
  a("place", group.place);
  a("move_to", group.move_to);
  a("record", group.record);
}

template <typename A>
void visit_fields(A& a, Visited<A, InstanceOrder>& instance) {
  a("name", instance.name);
  a("group", instance.group);
  a("node", instance.node);
  a("upstream", instance.upstream);
}

template <typename A>
void visit_fields(A& a, Visited<A, ServerOrder>& server) {
  a("id", server.id);
  a("kind", server.kind);
  a("name", server.name);
  a("group", server.group);
  a("node", server.node);
  a("copy", server.copy);
  a("position", server.position);
  a("wanted", server.wanted);
  a("hold", server.hold);
  a("options", server.options);
}

template <typename A>
void visit_fields(A& a, Visited<A, Orders>& orders) {
  a("stamp", orders.stamp);
  a("domain", orders.domain);
  a("dcs", orders.dcs);
  a("generation", orders.generation);
  a("coordinator", orders.coordinator);
  a("paused_until_us", orders.paused_until_us);
  a("nodes", orders.nodes);
  a("groups", orders.groups);
  a("instances", orders.instances);
  a("servers", orders.servers);
  a("last_server_id", orders.last_server_id);
}

template <typename A>
void visit_fields(A& a, Visited<A, InstanceReport>& instance) {
  a("name", instance.name);
  a("role", instance.role);
  a("accepting", instance.accepting);
  a("failsafe", instance.failsafe);
  a("lease_left_s", instance.lease_left_s);
  a("epoch", instance.epoch);
  a("next_seqno", instance.next_seqno);
  a("received_seqno", instance.received_seqno);
  a("last_commit_us", instance.last_commit_us);
  a("fed_by", instance.fed_by);
  a("needs", instance.needs);
  a("restarts", instance.restarts);
}

template <typename A>
void visit_fields(A& a, Visited<A, ServerReport>& server) {
  a("kind", server.kind);
  a("name", server.name);
  a("group", server.group);
  a("copy", server.copy);
  a("position", server.position);
  a("pid", server.pid);
  a("pid_start", server.pid_start);
  a("state", server.state);
  a("restarts", server.restarts);
  a("since_us", server.since_us);
  a("requests", server.requests);
  a("kib", server.kib);
  a("queue", server.queue);
  a("service", server.service);
}

template <typename A>
void visit_fields(A& a, Visited<A, BoardProblem>& problem) {
  a("severity", problem.severity);
  a("code", problem.code);
  a("text", problem.text);
  a("node", problem.node);
}

template <typename A>
void visit_fields(A& a, Visited<A, Receipt>& receipt) {
  a("id", receipt.id);
  a("group", receipt.group);
  a("node", receipt.node);
  a("state", receipt.state);
  a("conflicts", receipt.conflicts);
  a("old_instance", receipt.old_instance);
  a("old_epoch", receipt.old_epoch);
  a("last_known", receipt.last_known);
  a("new_instance", receipt.new_instance);
  a("new_epoch", receipt.new_epoch);
  a("first_own", receipt.first_own);
  a("count", receipt.count);
  a("first", receipt.first);
  a("last", receipt.last);
}

template <typename A>
void visit_fields(A& a, Visited<A, Hop>& hop) {
  a("from", hop.from);
  a("to", hop.to);
  a("unsent", hop.unsent);
  a("unacked", hop.unacked);
  a("seconds", hop.seconds);
  a("bytes_per_s", hop.bytes_per_s);
}

template <typename A>
void visit_fields(A& a, Visited<A, NodeReport>& report) {
  a("stamp", report.stamp);
  a("node", report.node);
  a("release", report.release);
  a("running_generation", report.running_generation);
  a("requests", report.requests);
  a("service", report.service);
  a("coordinator_requests", report.coordinator_requests);
  a("coordinator_service", report.coordinator_service);
  a("instances", report.instances);
  a("servers", report.servers);
  a("problems", report.problems);
  a("receipts", report.receipts);
  a("hops", report.hops);
}

template <typename A>
void visit_fields(A& a, Visited<A, RecordCopy>& copy) {
  a("group", copy.group);
  a("record", copy.record);
}

template <typename A>
void visit_fields(A& a, Visited<A, NodeHeard>& heard) {
  a("node", heard.node);
  a("last_us", heard.last_us);
  a("state", heard.state);
}

template <typename A>
void visit_fields(A& a, Visited<A, BoardParts>& parts) {
  a("orders", parts.orders);
  a("reports", parts.reports);
  a("records", parts.records);
  a("heard", parts.heard);
}

}  // namespace hw::cluster
