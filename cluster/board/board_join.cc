// The parts of a board side by side, and what follows from them.
#include <algorithm>
#include <iterator>

#include "cluster/board/board_parts.h"
#include "engine/base/result.h"

namespace hw::cluster {
namespace {

constexpr unsigned kSilence_s = 3;  // Source: section 3 of the specification.

/// Who is heard, and what each node told last.
class Reports {
 public:
  Reports(const BoardParts& parts, std::string_view own_node) : parts_(parts), own_node_(own_node) {}

  NodeState state_of(std::string_view node) const {
    if (node == own_node_) return NodeState::Running;
    const auto order = std::ranges::find(parts_.orders.nodes, node, &NodeOrder::name);
    if (order != parts_.orders.nodes.end() && order->cleaned) return NodeState::Cleaned;
    const NodeHeard* const heard = heard_of(node);
    return heard == nullptr ? NodeState::Unheard : heard->state;
  }
  std::uint64_t heard_us(std::string_view node) const {
    const NodeHeard* const heard = heard_of(node);
    return heard == nullptr ? 0 : heard->last_us;
  }
  bool is_running(std::string_view node) const { return state_of(node) == NodeState::Running; }
  /// It was heard, or should have been by now.
  bool is_lost(std::string_view node) const {
    const NodeState state = state_of(node);
    return state == NodeState::Silent || state == NodeState::Cleaned;
  }

  const InstanceReport* instance(std::string_view node, std::string_view name) const {
    const NodeReport* const report = parts_.find_report(node);
    if (report == nullptr) return nullptr;
    const auto found = std::ranges::find(report->instances, name, &InstanceReport::name);
    return found == report->instances.end() ? nullptr : &*found;
  }

 private:
  const NodeHeard* heard_of(std::string_view node) const {
    const auto found = std::ranges::find(parts_.heard, node, &NodeHeard::node);
    return found == parts_.heard.end() ? nullptr : &*found;
  }

  const BoardParts& parts_;
  std::string_view own_node_;
};

const BoardRecord& record_of(const BoardParts& parts, const GroupOrder& group) {
  static const BoardRecord kNone;
  if (parts.orders.dcs != Dcs::Etcd) return group.record;
  const auto copy = std::ranges::find(parts.records, group.name, &RecordCopy::group);
  return copy == parts.records.end() ? kNone : copy->record;
}

const InstanceOrder* instance_named(const Orders& orders, std::string_view name) {
  const auto found = std::ranges::find(orders.instances, name, &InstanceOrder::name);
  return found == orders.instances.end() ? nullptr : &*found;
}

/// With etcd a candidate may have taken over without a coordinator: then the record knows better.
std::string place_of(const BoardParts& parts, const GroupOrder& group, const BoardRecord& record) {
  if (parts.orders.dcs != Dcs::Etcd || record.lease != BoardLease::Held) return group.place;
  if (group.kind == GroupKind::Files) return record.holder;
  const InstanceOrder* const holder = instance_named(parts.orders, record.holder);
  return holder == nullptr ? group.place : holder->node;
}

GroupState shown_state(GroupState state, bool place_lost) {
  const bool lives = state == GroupState::Up || state == GroupState::Quiescing || state == GroupState::Migrating;
  return lives && place_lost ? GroupState::Partitioned : state;
}

std::vector<BoardNode> nodes_of(const BoardParts& parts, const Reports& reports) {
  std::vector<BoardNode> nodes;
  const auto add = [&](const std::string& name) -> BoardNode& {
    BoardNode& node = nodes.emplace_back();
    node.name = name;
    node.state = reports.state_of(name);
    node.heard_us = reports.heard_us(name);
    const NodeReport* const report = parts.find_report(name);
    if (report == nullptr) return node;
    node.release = report->release;
    node.running_generation = report->running_generation;
    if (node.state != NodeState::Running) return node;
    node.requests = report->requests;
    node.service = report->service;
    return node;
  };
  for (const NodeOrder& order : parts.orders.nodes) {
    BoardNode& node = add(order.name);
    node.address = order.address;
    node.wanted = order.wanted;
  }
  // An agent that has no configuration yet.
  for (const NodeReport& report : parts.reports)
    if (std::ranges::find(nodes, report.node, &BoardNode::name) == nodes.end()) add(report.node);
  return nodes;
}

Coordinator coordinator_of(const BoardParts& parts, const Reports& reports) {
  const CoordinatorOrder& order = parts.orders.coordinator;
  Coordinator coordinator;
  coordinator.node = order.node;
  coordinator.since_us = order.since_us;
  coordinator.number = order.number;
  coordinator.for_lost = order.for_lost;
  const NodeReport* const report = parts.find_report(order.node);
  if (report == nullptr || !reports.is_running(order.node)) return coordinator;
  coordinator.requests = report->coordinator_requests;
  coordinator.service = report->coordinator_service;
  return coordinator;
}

BoardGroup group_of(const BoardParts& parts, const GroupOrder& order, const Reports& reports) {
  const BoardRecord& record = record_of(parts, order);
  BoardGroup group;
  group.name = order.name;
  group.kind = order.kind;
  group.wanted = order.wanted;
  group.hold = order.hold;
  group.place = place_of(parts, order, record);
  group.move_to = order.move_to;
  group.state = shown_state(order.state, reports.is_lost(group.place));
  group.holder = record.holder;
  group.epoch = record.epoch;
  const bool manual = parts.orders.dcs == Dcs::Manual && record.lease == BoardLease::Held;
  group.lease = manual ? BoardLease::Manual : record.lease;
  group.candidates = record.candidates;
  group.record_seqno = record.seqno;
  return group;
}

BoardInstance instance_of(const InstanceOrder& order, const std::string& node, const Reports& reports) {
  BoardInstance instance;
  instance.name = order.name;
  instance.node = node;
  instance.group = order.group;
  instance.upstream = order.upstream;
  const InstanceReport* const report = reports.instance(node, order.name);
  if (report == nullptr) return instance;
  instance.role = report->role;
  instance.accepting = report->accepting && reports.is_running(node);
  instance.epoch = report->epoch;
  instance.next_seqno = report->next_seqno;
  instance.received_seqno = report->received_seqno;
  instance.last_commit_us = report->last_commit_us;
  instance.fed_by = report->fed_by;
  instance.needs = report->needs;
  instance.restarts = report->restarts;
  return instance;
}

/// Instances, with their lags, and what the groups' roots say of their leases.
void add_instances(Board& board, const Orders& orders, const Reports& reports) {
  for (const InstanceOrder& order : orders.instances) {
    const BoardGroup* const group = board.group(order.group);
    const bool follows = group != nullptr && group->kind == GroupKind::Files && !group->place.empty();
    board.instances.push_back(instance_of(order, follows ? group->place : order.node, reports));
  }
  for (BoardInstance& instance : board.instances)
    if (const BoardInstance* const root = root_of(board, instance.group); root != nullptr)
      instance.lag = lag_between(*root, instance);
  for (BoardGroup& group : board.groups) {
    const BoardInstance* const root = root_of(board, group.name);
    const InstanceReport* const report = root == nullptr ? nullptr : reports.instance(root->node, root->name);
    if (report == nullptr || !reports.is_running(root->node)) continue;
    group.lease_left_s = report->lease_left_s;
    group.failsafe = report->failsafe;
  }
}

BoardServer server_of(const ServerOrder& order) {
  BoardServer server;
  server.id = order.id;
  server.kind = order.kind;
  server.name = order.name;
  server.group = order.group;
  server.node = order.node;
  server.copy = order.copy;
  server.position = order.position;
  server.wanted = order.wanted;
  server.hold = order.hold;
  server.options = order.options;
  return server;
}

void fill_in(BoardServer& server, const ServerReport& report, bool running) {
  server.pid = report.pid;
  server.pid_start = report.pid_start;
  server.state = running || report.state == BoardServerState::Down ? report.state : BoardServerState::Partitioned;
  server.restarts = report.restarts;
  server.since_us = report.since_us;
  server.queue = report.queue;
  if (!running) return;
  server.requests = report.requests;
  server.kib = report.kib;
  server.service = report.service;
}

bool is_of(const BoardServer& server, std::string_view node, const ServerReport& report) {
  return server.node == node && server.group == report.group && server.name == report.name &&
         server.copy == report.copy;
}

void add_servers(Board& board, const BoardParts& parts, const Reports& reports) {
  std::vector<BoardServer> unnumbered;
  for (const ServerOrder& order : parts.orders.servers) board.servers.push_back(server_of(order));
  for (const NodeReport& report : parts.reports) {
    const bool running = reports.is_running(report.node);
    for (const ServerReport& one : report.servers) {
      const auto found = std::ranges::find_if(
          board.servers, [&](const BoardServer& server) { return is_of(server, report.node, one); });
      if (found != board.servers.end()) {
        fill_in(*found, one, running);
        continue;
      }
      ServerOrder none;
      none.kind = one.kind;
      none.name = one.name;
      none.group = one.group;
      none.node = report.node;
      none.copy = one.copy;
      none.position = one.position;
      fill_in(unnumbered.emplace_back(server_of(none)), one, running);
    }
  }
  std::ranges::stable_sort(board.servers, {}, &BoardServer::id);
  std::ranges::move(unnumbered, std::back_inserter(board.servers));
}

void add_problem(Board& board, BoardProblem problem) {
  const auto same = [&](const BoardProblem& one) { return one.code == problem.code && one.text == problem.text; };
  if (std::ranges::none_of(board.problems, same)) board.problems.push_back(std::move(problem));
}

void add_problem(Board& board, const Error& error, const std::string& node) {
  add_problem(board, {severity_letter(error.severity), std::string(message_row(error.id).name), error.text, node});
}

/// First what every agent sees by itself; then what those say that are heard.
void add_problems(Board& board, const BoardParts& parts) {
  if (!board.domain.empty() && !has_coordinator(board)) add_problem(board, make_error<MsgId::HWLIMITED>(), "");
  for (const BoardNode& node : board.nodes) {
    if (node.state != NodeState::Silent) continue;
    const std::string why = fmt::format("no answer in {} s", kSilence_s);
    add_problem(board, make_error<MsgId::HWREMOTE>(node.name, why).as(Severity::Warning), node.name);
  }
  for (const BoardNode& node : board.nodes) {
    const NodeReport* const report = parts.find_report(node.name);
    if (report == nullptr || node.state != NodeState::Running) continue;
    for (const BoardProblem& problem : report->problems) add_problem(board, problem);
  }
}

void add_receipts_and_hops(Board& board, const BoardParts& parts, const Reports& reports) {
  for (const NodeReport& report : parts.reports)
    for (const Receipt& receipt : report.receipts) {
      const auto known = std::ranges::find(board.receipts, receipt.id, &Receipt::id);
      if (known == board.receipts.end())
        board.receipts.push_back(receipt);
      else if (receipt.node == report.node)  // It was brought there; where it was it stays, too, and names that node.
        *known = receipt;
    }
  for (const NodeReport& report : parts.reports)
    if (reports.is_running(report.node)) board.hops.insert(board.hops.end(), report.hops.begin(), report.hops.end());
}

}  // namespace

Board join(const BoardParts& parts, std::string_view own_node, std::uint64_t now_us) {
  const Reports reports(parts, own_node);
  const Orders& orders = parts.orders;
  Board board;
  board.domain = orders.domain;
  board.dcs = orders.dcs;
  board.generation = orders.generation;
  board.coordinator = coordinator_of(parts, reports);
  const bool paused = orders.paused_until_us > now_us;
  board.paused_until_us = paused ? orders.paused_until_us : 0;
  board.time_us = now_us;
  board.nodes = nodes_of(parts, reports);
  for (BoardNode& node : board.nodes)
    if (node.name == own_node) node.heard_us = now_us;
  for (const GroupOrder& group : orders.groups) board.groups.push_back(group_of(parts, group, reports));
  add_instances(board, orders, reports);
  add_servers(board, parts, reports);
  add_problems(board, parts);
  add_receipts_and_hops(board, parts, reports);
  return board;
}

}  // namespace hw::cluster
