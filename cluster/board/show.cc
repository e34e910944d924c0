#include "cluster/board/show.h"

#include <fmt/format.h>

#include <algorithm>

#include "cluster/board/board_tables.h"

namespace hw::cluster {
namespace {

constexpr std::string_view kUp = "UP";
constexpr std::string_view kDown = "DOWN";

std::string_view on_or_off(bool on) { return on ? "ON" : "OFF"; }
std::string_view up_or_down(bool up) { return up ? kUp : kDown; }

/// The rows of one node.
class Listing {
 public:
  Listing(const Board& board, const Domain& domain, const ShowSelection& selection, const Node& node)
      : board_(board), domain_(domain), selection_(selection), node_(node), up_(is_heard(board, node.name)) {}

  std::vector<std::vector<Cell>> rows() {
    if (selection_.kind == ShowKind::All) {
      add_networks();
      add_domain();
      add_services();
      add_databases();
    }
    if (selection_.kind != ShowKind::Agent) add_groups();
    if (selection_.kind != ShowKind::Group) add_agents();
    return std::move(rows_);
  }

 private:
  void add(std::string_view type, std::string_view name, std::string_view status, std::string detail) {
    const bool of_the_kind = selection_.name.empty() || selection_.name == name;
    if (of_the_kind)
      rows_.push_back(
          {node_.name, domain_.domain.name, cell_of(type), cell_of(name), cell_of(status), std::move(detail)});
  }

  void add_networks() {
    add("network", "agent", up_or_down(up_), fmt::format("private {}", node_.endpoint().text()));
    for (const Gateway& gateway : domain_.gateways) {
      const std::string server = "gateway:" + gateway.name;
      const BoardServer* const found = server_here(server);
      const Instance* const instance = domain_.instance(gateway.instance);
      if (found == nullptr && (instance == nullptr || instance->node != node_.name)) continue;
      add("network", gateway.name, up_or_down(is_up(found)), fmt::format("public {}", gateway.listen.text()));
    }
  }

  void add_domain() {
    const bool led = has_coordinator(board_);
    const std::string& coordinator = board_.coordinator.node;
    add("cluster", domain_.domain.name, up_or_down(up_),
        fmt::format("dcs {}, coordinator {}{}", word_of(board_.dcs), coordinator.empty() ? "-" : coordinator,
                    led || coordinator.empty() ? "" : " (not heard)"));
    add("file", "board", up_or_down(up_), node_.dir + "/board.json");
    const BoardGeneration& generation = board_.generation;
    add("file", "generation", up_or_down(up_ && generation.number != 0),
        fmt::format("{}/config/{}.toml, sha256 {}", node_.dir, generation.number, short_sha256(generation.sha256)));
  }

  void add_services() {
    for (const Group& group : domain_.groups) {
      if (!is_here(group)) continue;
      const bool up = std::ranges::any_of(board_.servers, [&](const BoardServer& server) {
        return server.node == node_.name && server.group == group.name && is_up(&server);
      });
      const BoardGroup* const now = board_.group(group.name);
      const bool restarts = now == nullptr || !now->hold;
      add("service", group.name, up_or_down(up), fmt::format("auto-restart {}", on_or_off(restarts)));
    }
  }

  void add_databases() {
    for (const Instance& instance : domain_.instances) {
      const BoardInstance* const now = board_.instance(instance.name);
      if ((now == nullptr ? instance.node : now->node) != node_.name) continue;
      const BoardRole role = now == nullptr || !up_ ? BoardRole::Down : now->role;
      const std::string_view status = role == BoardRole::Root        ? "UP(ROOT)"
                                      : role == BoardRole::Secondary ? "UP(SEC)"
                                      : role == BoardRole::Unseen    ? "UNSEEN"
                                                                     : kDown;
      add("db", instance.name, status,
          fmt::format("{}, failed retry cnt {}", instance.dir, now == nullptr ? 0 : now->restarts));
    }
  }

  void add_groups() {
    for (const Group& group : domain_.groups) {
      if (!is_here(group)) continue;
      const BoardGroup* const now = board_.group(group.name);
      add("group", group.name, word_of(now == nullptr ? GroupState::Down : now->state),
          fmt::format("type {}, failover {}", word_of(group.kind), on_or_off(group.failover)));
    }
  }

  void add_agents() {
    for (const Resource& resource : domain_.resources) {
      const Group* const group = domain_.group(resource.group);
      if (group == nullptr || !is_here(*group)) continue;
      const BoardServer* const now = server_here(resource.name);
      add("agent", resource.name, word_of(now == nullptr ? BoardServerState::Down : now->state),
          fmt::format("{}, start retry cnt {}", resource.script, now == nullptr ? 0 : now->restarts));
    }
  }

  bool is_here(const Group& group) const { return std::ranges::find(group.nodes, node_.name) != group.nodes.end(); }
  const BoardServer* server_here(std::string_view name) const {
    const auto found = std::ranges::find_if(
        board_.servers, [&](const BoardServer& server) { return server.node == node_.name && server.name == name; });
    return found == board_.servers.end() ? nullptr : &*found;
  }
  static bool is_up(const BoardServer* server) {
    return server != nullptr &&
           (server->state == BoardServerState::Ready || server->state == BoardServerState::Draining);
  }

  const Board& board_;
  const Domain& domain_;
  const ShowSelection& selection_;
  const Node& node_;
  bool up_;
  std::vector<std::vector<Cell>> rows_;
};

Table empty_table() {
  Table table;
  table.columns = {{"Node"}, {"CLUSTER"}, {"TYPE"}, {"NAME"}, {"STATUS"}, {"DETAIL"}};
  table.columns.front().printed = false;  // It is in the heading.
  return table;
}

}  // namespace

std::string show_text(const Board& board, const Domain& domain, const ShowSelection& selection) {
  std::string text;
  for (const Node& node : domain.nodes) {
    Table table = empty_table();
    table.rows = Listing(board, domain, selection, node).rows();
    if (!text.empty()) text += '\n';
    text += fmt::format("node {}\n{}", on_one_line(node.name), text_of(table));
  }
  return text;
}

Table show_table(const Board& board, const Domain& domain, const ShowSelection& selection) {
  Table table = empty_table();
  for (const Node& node : domain.nodes)
    for (auto& row : Listing(board, domain, selection, node).rows()) table.rows.push_back(std::move(row));
  return table;
}

}  // namespace hw::cluster
