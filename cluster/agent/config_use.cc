#include "cluster/agent/config_use.h"

#include <algorithm>

namespace hw::cluster {
namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

bool is_used(const BoardServer& server) {
  return server.state != BoardServerState::Down || server.wanted == Wanted::Up;
}

/// Of servers: whether one that runs is touched.
template <typename Touches>
bool any_used(const Board& board, Touches touches) {
  return std::ranges::any_of(board.servers, [&](const BoardServer& one) { return is_used(one) && touches(one); });
}

bool instance_runs(const Board& board, const std::string& name) {
  const BoardInstance* const instance = board.instance(name);
  if (instance == nullptr) return false;
  return instance->role != BoardRole::Down || any_used(board, [&](const BoardServer& server) {
           return server.group == instance->group && server.node == instance->node &&
                  (server.kind == ServerKind::Source || server.kind == ServerKind::Receiver);
         });
}

bool is_in_use(const ObjectChange& change, const Board& board) {
  const std::string& name = change.name;
  switch (change.kind) {
    case ObjectKind::Domain:
    case ObjectKind::Etcd:
    case ObjectKind::Lease:
    case ObjectKind::Security:
      return any_used(board, [](const BoardServer&) { return true; });
    case ObjectKind::Node:
      return any_used(board, [&](const BoardServer& server) { return server.node == name; });
    case ObjectKind::Instance:
      return instance_runs(board, name);
    case ObjectKind::Group:
      return any_used(board, [&](const BoardServer& server) { return server.group == name; });
    case ObjectKind::Gateway:
      return any_used(board, [&](const BoardServer& server) {
        return server.name == "gateway:" + name || server.name == "handler:" + name;
      });
    case ObjectKind::Server:
    case ObjectKind::Resource:
      return any_used(board, [&](const BoardServer& server) {
        return server.name == name && (change.groups.empty() || contains(change.groups, server.group));
      });
  }
  return false;
}

}  // namespace

std::string first_in_use(const Difference& difference, const Board& board) {
  for (const ObjectChange& change : difference.objects)
    if (!change.is_addition() && is_in_use(change, board)) return change.first_key();
  return {};
}

}  // namespace hw::cluster
