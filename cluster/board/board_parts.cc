#include "cluster/board/board_parts.h"

#include <algorithm>
#include <tuple>

namespace hw::cluster {
namespace {

template <typename Rows>
auto at_node(Rows& rows, std::string_view node) {
  return std::ranges::find_if(rows, [&](const auto& row) { return row.node == node; });
}

bool is_cleaned(const Orders& orders, std::string_view node) {
  return std::ranges::any_of(orders.nodes, [&](const NodeOrder& one) { return one.name == node && one.cleaned; });
}

/// What others keep of a cleaned node must not come back with their copies.
std::vector<std::string> take_reports(BoardParts& own_copy, const BoardParts& other, std::string_view own_node) {
  std::vector<std::string> newer;
  for (const NodeReport& theirs : other.reports) {
    if (theirs.stamp == PartStamp{} || (theirs.node != own_node && is_cleaned(own_copy.orders, theirs.node))) continue;
    NodeReport& mine = own_copy.report(theirs.node);
    if (theirs.stamp <= mine.stamp) continue;
    if (theirs.node == own_node) {
      mine.stamp = {theirs.stamp.number + 1, 0, 1};
    } else {
      mine = theirs;
    }
    newer.push_back(theirs.node);
  }
  return newer;
}

void drop_cleaned(BoardParts& parts, std::string_view own_node) {
  std::erase_if(parts.reports, [&](const NodeReport& report) {
    return report.node != own_node && is_cleaned(parts.orders, report.node);
  });
}

bool take_records(BoardParts& own_copy, const BoardParts& other) {
  bool taken = false;
  for (const RecordCopy& theirs : other.records) {
    const auto mine = std::ranges::find(own_copy.records, theirs.group, &RecordCopy::group);
    if (mine == own_copy.records.end()) {
      own_copy.records.push_back(theirs);
    } else if (std::tie(theirs.record.epoch, theirs.record.revision) >
               std::tie(mine->record.epoch, mine->record.revision)) {
      mine->record = theirs.record;
    } else {
      continue;
    }
    taken = true;
  }
  return taken;
}

NodeHeard& heard_of(BoardParts& parts, std::string_view node) {
  if (const auto found = at_node(parts.heard, node); found != parts.heard.end()) return *found;
  return parts.heard.emplace_back(NodeHeard{std::string(node), 0, NodeState::Unheard});
}

bool is_of(const ServerOrder& order, std::string_view node, const ServerReport& report) {
  return order.node == node && order.group == report.group && order.name == report.name && order.copy == report.copy;
}

/// Takes the names out of the list; returns how many were there.
std::uint64_t take_out(std::vector<std::string>& list, const std::vector<std::string>& names) {
  return std::erase_if(list, [&](const std::string& one) { return std::ranges::find(names, one) != names.end(); });
}

}  // namespace

std::strong_ordering operator<=>(const PartStamp& a, const PartStamp& b) {
  // A lower rank is the newer one of two coordinators that took the same number.
  return std::tie(a.number, b.rank, a.change) <=> std::tie(b.number, a.rank, b.change);
}

NodeReport& BoardParts::report(std::string_view node) {
  if (const auto found = at_node(reports, node); found != reports.end()) return *found;
  NodeReport& made = reports.emplace_back();
  made.node = node;
  return made;
}

const NodeReport* BoardParts::find_report(std::string_view node) const {
  const auto found = at_node(reports, node);
  return found == reports.end() ? nullptr : &*found;
}

BoardChange merge(BoardParts& own_copy, const BoardParts& other, std::string_view own_node) {
  BoardChange change;
  const std::string& domain = own_copy.orders.domain;
  if (!domain.empty() && !other.orders.domain.empty() && domain != other.orders.domain) return change;
  if (other.orders.stamp > own_copy.orders.stamp) {
    own_copy.orders = other.orders;
    change.orders = true;
  }
  drop_cleaned(own_copy, own_node);
  change.reports = take_reports(own_copy, other, own_node);
  change.records = take_records(own_copy, other);
  return change;
}

bool number_servers(BoardParts& parts) {
  struct Unnumbered {
    const NodeReport* node;
    const ServerReport* server;
  };
  std::vector<Unnumbered> found;
  for (const NodeReport& report : parts.reports) {
    for (const ServerReport& server : report.servers) {
      const auto is_its = [&](const ServerOrder& order) { return is_of(order, report.node, server); };
      if (server.state != BoardServerState::Down && std::ranges::none_of(parts.orders.servers, is_its))
        found.push_back({&report, &server});
    }
  }
  std::ranges::stable_sort(found, {}, [](const Unnumbered& one) { return one.server->since_us; });
  for (const auto& [node, server] : found) {
    ServerOrder& order = parts.orders.servers.emplace_back();
    order.id = ++parts.orders.last_server_id;
    order.kind = server->kind;
    order.name = server->name;
    order.group = server->group;
    order.node = node->node;
    order.copy = server->copy;
    order.position = server->position;
    order.wanted = Wanted::Up;
  }
  if (!found.empty()) ++parts.orders.stamp.change;
  return !found.empty();
}

CleanedNode clean_node(BoardParts& parts, std::string_view node) {
  CleanedNode removed;
  Orders& orders = parts.orders;
  std::vector<std::string> names{std::string(node)};
  for (const InstanceOrder& instance : orders.instances)
    if (instance.node == node) names.push_back(instance.name);
  for (NodeOrder& order : orders.nodes)
    if (order.name == node) order.cleaned = true;
  removed.servers = static_cast<std::uint64_t>(std::ranges::count_if(
      orders.servers, [&](const ServerOrder& server) { return server.node == node && server.wanted == Wanted::Up; }));
  std::erase_if(orders.servers, [&](const ServerOrder& server) { return server.node == node; });
  std::erase_if(parts.reports, [&](const NodeReport& report) { return report.node == node; });
  for (GroupOrder& group : orders.groups) removed.candidates += take_out(group.record.candidates, names);
  for (RecordCopy& copy : parts.records) removed.candidates += take_out(copy.record.candidates, names);
  ++orders.stamp.change;
  return removed;
}

bool restore_node(BoardParts& parts, std::string_view node) {
  const auto found = std::ranges::find(parts.orders.nodes, node, &NodeOrder::name);
  if (found == parts.orders.nodes.end() || !found->cleaned) return false;
  found->cleaned = false;
  ++parts.orders.stamp.change;
  return true;
}

void begin_report(BoardParts& parts, std::string_view node, std::uint64_t start_number) {
  NodeReport& report = parts.report(node);
  report.stamp = {std::max(start_number, report.stamp.number + 1), 0, 1};
  for (NodeHeard& heard : parts.heard) heard.state = NodeState::Unheard;
}

void hear(BoardParts& parts, std::string_view node, std::uint64_t now_us) {
  NodeHeard& heard = heard_of(parts, node);
  heard.last_us = now_us;
  heard.state = NodeState::Running;
}

void note_silence(BoardParts& parts, std::string_view node) { heard_of(parts, node).state = NodeState::Silent; }

BoardParts own_parts(const BoardParts& parts, std::string_view node) {
  BoardParts own;
  if (parts.orders.coordinator.node == node) own.orders = parts.orders;
  if (const NodeReport* const report = parts.find_report(node); report != nullptr) own.reports.push_back(*report);
  own.records = parts.records;
  return own;
}

}  // namespace hw::cluster
