#include "cluster/board/board_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>
#include <tuple>

namespace hw::cluster {
namespace {

constexpr std::size_t kShaDigits = 12;

/// Whether the selection leaves it in; an empty one leaves in all.
bool selects(const std::string& selected, const std::string& name) { return selected.empty() || selected == name; }

/// Handlers follow their gateway; application servers and resources are one list.
unsigned boot_step(ServerKind kind) {
  if (kind == ServerKind::Handler) return static_cast<unsigned>(ServerKind::Gateway);
  if (kind == ServerKind::Resource) return static_cast<unsigned>(ServerKind::Application);
  return static_cast<unsigned>(kind);
}

bool boots_before(const BoardServer* a, const BoardServer* b) {
  const auto order = [](const BoardServer& server) {
    const std::uint32_t id = server.id == 0 ? std::numeric_limits<std::uint32_t>::max() : server.id;
    return std::tuple(boot_step(server.kind), server.position, server.kind, id, server.copy);
  };
  return order(*a) < order(*b);
}

/// The rows of one node.
std::vector<const BoardServer*> servers_at(const Board& board, const std::string& node, const std::string& group) {
  std::vector<const BoardServer*> servers;
  for (const BoardServer& server : board.servers)
    if (server.node == node && selects(group, server.group) && server.state != BoardServerState::Down)
      servers.push_back(&server);
  std::ranges::stable_sort(servers, boots_before);
  return servers;
}

std::string working_or(const std::string& service) { return service.empty() ? "-" : service; }

std::string service_of(const BoardServer& server) {
  if (server.state == BoardServerState::Migrating) return fmt::format("- {}", word_of(server.state));
  if (server.state != BoardServerState::Ready) return std::string(word_of(server.state));
  return working_or(server.service);
}

std::string service_of(const BoardNode& node, const std::string& service) {
  return node.state == NodeState::Running ? working_or(service) : std::string(word_of(BoardServerState::Partitioned));
}

void add_agents(Table& table, const Board& board, const BoardNode& node, std::uint64_t number) {
  const auto add = [&](const char* name, const std::optional<std::uint64_t>& requests, const std::string& service) {
    table.rows.push_back(
        {cell_of(name), node.address, node.name, number, cell_of(requests), Cell(), service_of(node, service)});
  };
  if (board.coordinator.node == node.name) add("coordinator", board.coordinator.requests, board.coordinator.service);
  add("agent", node.requests, node.service);
}

const Hop* hop_to(const Board& board, std::string_view instance) {
  const Hop* found = nullptr;
  const BoardInstance* const to = board.instance(instance);
  for (const Hop& hop : board.hops) {
    if (hop.to != instance) continue;
    if (found == nullptr || (to != nullptr && hop.from == to->fed_by)) found = &hop;
  }
  return found;
}

/// The hops that lead to an instance, the root's first.
std::vector<const Hop*> way_to(const Board& board, std::string_view instance) {
  std::vector<const Hop*> way;
  for (const Hop* hop = hop_to(board, instance); hop != nullptr && std::ranges::find(way, hop) == way.end();
       hop = hop_to(board, hop->from))
    way.push_back(hop);
  std::ranges::reverse(way);
  return way;
}

std::size_t place_in_file(const Board& board, std::string_view instance) {
  const auto found = std::ranges::find(board.instances, instance, &BoardInstance::name);
  return static_cast<std::size_t>(found - board.instances.begin());
}

std::vector<const Hop*> all_hops(const Board& board) {
  std::vector<const Hop*> hops;
  for (const Hop& hop : board.hops) hops.push_back(&hop);
  std::ranges::stable_sort(hops, {}, [&](const Hop* hop) {
    return std::pair(place_in_file(board, hop->from), place_in_file(board, hop->to));
  });
  return hops;
}

}  // namespace

Table psr_table(const Board& board, const BoardSelection& selection) {
  Table table;
  table.underlined = true;
  table.columns = {{"Prog Name", Align::Left, 12},  {"Queue Name", Align::Left, 15}, {"Grp Name"},
                   {"ID", Align::Right, 3},         {"RqDone", Align::Right, 7},     {"Load Done", Align::Right},
                   {"Current Service", Align::Left}};
  table.columns.back().bracketed = true;
  std::uint64_t number = 0;
  for (const BoardNode& node : board.nodes) {
    ++number;
    if (!selects(selection.node, node.name)) continue;
    if (selection.group.empty() && node.state != NodeState::Cleaned) add_agents(table, board, node, number);
    for (const BoardServer* const server : servers_at(board, node.name, selection.group))
      table.rows.push_back({server->name, server->queue, server->group, unless_zero(server->id),
                            cell_of(server->requests), cell_of(server->kib), service_of(*server)});
  }
  return table;
}

Table process_table(const Board& board, const BoardSelection& selection) {
  Table table;
  table.columns = {{"Server"},
                   {"Group"},
                   {"Node"},
                   {"Spr_no", Align::Right},
                   {"Pid", Align::Right},
                   {"Status"},
                   {"Restarts", Align::Right},
                   {"Count", Align::Right},
                   {"Since"}};
  for (const BoardNode& node : board.nodes) {
    if (!selects(selection.node, node.name)) continue;
    for (const BoardServer* const server : servers_at(board, node.name, selection.group))
      table.rows.push_back({server->name, server->group, server->node, unless_zero(server->id),
                            unless_zero(server->pid), cell_of(word_of(server->state)),
                            Cell(std::uint64_t{server->restarts}), cell_of(server->requests),
                            TimeCell{server->since_us}});
  }
  return table;
}

Table lag_table(const Board& board, std::string_view instance) {
  Table table;
  table.columns = {{"From"},
                   {"To"},
                   {"Unsent", Align::Right},
                   {"Unacked", Align::Right},
                   {"Seconds", Align::Right},
                   {"Bytes/s", Align::Right}};
  for (const Hop* const hop : instance.empty() ? all_hops(board) : way_to(board, instance))
    table.rows.push_back(
        {hop->from, hop->to, hop->unsent, hop->unacked, cell_of(hop->seconds), cell_of(hop->bytes_per_s)});
  return table;
}

Table receipt_table(const Board& board) {
  Table table;
  table.columns = {{"Id"},
                   {"Instance"},
                   {"Epoch", Align::Right},
                   {"Count", Align::Right},
                   {"First", Align::Right},
                   {"Last", Align::Right},
                   {"State"}};
  for (const Receipt& receipt : board.receipts)
    table.rows.push_back({receipt.id, receipt.old_instance, unless_zero(receipt.old_epoch), cell_of(receipt.count),
                          unless_zero(receipt.first), unless_zero(receipt.last), state_text(receipt)});
  return table;
}

Table generation_table(const std::vector<GenerationRow>& generations) {
  Table table;
  table.columns = {{"Generation"}, {"Time"}, {"By"}, {"Sha256"}, {"State"}};
  for (const GenerationRow& row : generations) {
    const Generation& one = row.generation;
    const std::uint64_t time_us = one.time_s > 0 ? static_cast<std::uint64_t>(one.time_s) * 1'000'000 : 0;
    table.rows.push_back({one.number, TimeCell{time_us}, one.by, short_sha256(one.sha256), row.state()});
  }
  return table;
}

std::string short_sha256(std::string_view sha256) { return std::string(sha256.substr(0, kShaDigits)); }

std::string state_text(const Receipt& receipt) {
  if (receipt.state != ReceiptState::Conflicts) return std::string(word_of(receipt.state));
  return fmt::format("{} {}", word_of(receipt.state), receipt.conflicts);
}

}  // namespace hw::cluster
