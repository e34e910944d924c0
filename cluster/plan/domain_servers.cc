#include "cluster/plan/domain_servers.h"

#include <algorithm>
#include <tuple>

#include "cluster/board/board_domain.h"

namespace hw::cluster {
namespace {

/// Where a group's root or files are, and, kind role, where its other instances are.
struct InstancePlace {
  const Instance* instance;
  std::string node;
  const Placement* placement;
  bool is_root() const { return instance->name == placement->root; }
};

std::vector<InstancePlace> instances_of(const Domain& domain, const Placement& placement) {
  std::vector<InstancePlace> places;
  for (const std::string& name : placement.group->instances) {
    const Instance* const instance = domain.instance(name);
    if (instance == nullptr) continue;
    const bool moves = placement.group->kind == GroupKind::Files;
    places.push_back({instance, moves ? placement.place : instance->node, &placement});
  }
  return places;
}

DomainServer server_at(const InstancePlace& at, ServerKind kind, std::string name) {
  DomainServer server;
  server.kind = kind;
  server.name = std::move(name);
  server.group = at.placement->group->name;
  server.node = at.node;
  server.instance = at.instance->name;
  server.relay = at.instance->relay;
  server.at_place = at.is_root() && at.placement->group->kind == GroupKind::Files;
  return server;
}

void add_source_servers(std::vector<DomainServer>& servers, const InstancePlace& at) {
  std::vector<std::string> names = at.placement->fed_by(at.instance->name);
  const bool passive = names.empty();
  if (passive) names = {at.instance->upstreams.empty() ? std::string(kNoSecondary) : at.instance->upstreams.front()};
  for (const std::string& name : names) {
    DomainServer& server = servers.emplace_back(server_at(at, ServerKind::Source, "source:" + name));
    server.as_root = at.is_root();
    server.passive = passive;
  }
}

void add_gateways(std::vector<DomainServer>& servers, const Domain& domain, const InstancePlace& at) {
  for (const Gateway& gateway : domain.gateways) {
    if (gateway.instance != at.instance->name) continue;
    servers.push_back(server_at(at, ServerKind::Gateway, "gateway:" + gateway.name));
    DomainServer& handler = servers.emplace_back(server_at(at, ServerKind::Handler, "handler:" + gateway.name));
    handler.min = static_cast<std::uint32_t>(gateway.min);
    handler.max = static_cast<std::uint32_t>(gateway.max);
  }
}

void add_application_servers(std::vector<DomainServer>& servers, const Domain& domain, const InstancePlace& at) {
  const bool here = at.node == at.placement->place;
  for (const Server& one : domain.servers) {
    if (one.group != at.placement->group->name || (one.place == Place::Root && !here)) continue;
    DomainServer& server = servers.emplace_back(server_at(at, ServerKind::Application, one.name));
    server.min = static_cast<std::uint32_t>(one.min);
    server.max = static_cast<std::uint32_t>(one.max);
    server.backup = one.backup;
    server.restart = one.restart;
    server.at_place = one.place == Place::Root;
  }
  for (const Resource& one : domain.resources) {
    if (one.group != at.placement->group->name || !here) continue;
    servers.emplace_back(server_at(at, ServerKind::Resource, one.name)).at_place = true;
  }
}

std::size_t place_in_file(const Domain& domain, const std::string& node) {
  const auto found = std::ranges::find(domain.nodes, node, &Node::name);
  return static_cast<std::size_t>(found - domain.nodes.begin());
}

/// Handlers come with their gateway, which has the same position.
unsigned step_of(ServerKind kind) {
  return static_cast<unsigned>(kind == ServerKind::Handler ? ServerKind::Gateway : kind);
}

}  // namespace

std::vector<DomainServer> domain_servers(const Domain& domain, const std::vector<Placement>& placements) {
  std::vector<DomainServer> servers;
  for (const Placement& placement : placements) {
    for (const InstancePlace& at : instances_of(domain, placement)) {
      add_source_servers(servers, at);
      if (!at.is_root()) servers.push_back(server_at(at, ServerKind::Receiver, "receiver:" + at.instance->name));
      add_gateways(servers, domain, at);
      add_application_servers(servers, domain, at);
    }
  }
  for (DomainServer& server : servers)
    server.position = position_in(domain, server.kind, server.name, server.group, server.node);
  std::ranges::stable_sort(servers, {}, [&](const DomainServer& server) {
    // A former root waits for the new one, which may be at a node that has another such pair the other way round.
    return std::tuple(place_in_file(domain, server.node), step_of(server.kind), !server.as_root, server.position,
                      server.kind);
  });
  return servers;
}

std::vector<std::uint32_t> copies_up(const Board& board, const DomainServer& server) {
  std::vector<std::uint32_t> copies;
  for (const BoardServer& one : board.servers) {
    if (one.node != server.node || one.group != server.group || one.name != server.name) continue;
    if (one.state == BoardServerState::Failed) continue;
    if (one.state != BoardServerState::Down || one.wanted == Wanted::Up) copies.push_back(one.copy);
  }
  std::ranges::sort(copies);
  return copies;
}

}  // namespace hw::cluster
