#include "cluster/agent/unfinished_change.h"

#include <algorithm>

namespace hw::cluster {
namespace {

bool all_are_heard(const Domain& domain, const Board& board, const Group& group) {
  return std::ranges::all_of(group.instances, [&](const std::string& name) {
    const Instance* const instance = domain.instance(name);
    if (instance == nullptr || instance->priority <= 0) return true;
    const BoardNode* const node = board.node(instance->node);
    return node != nullptr && (node->state == NodeState::Running || node->state == NodeState::Cleaned);
  });
}

/// Stopped for a change; or an instance has been named that is to be root. One that crashed is neither.
bool is_between_roots(const Board& board, const BoardGroup& group) {
  for (const BoardInstance& instance : board.instances)
    if (instance.group == group.name && instance.accepting) return false;
  const BoardInstance* const holder = board.instance(group.holder);
  return !group.move_to.empty() || (holder != nullptr && holder->role == BoardRole::Root);
}

}  // namespace

std::vector<std::string> unfinished_changes(const Domain& domain, const Board& board) {
  std::vector<std::string> out;
  if (board.dcs != Dcs::Manual || board.paused_until_us != 0 || board.coordinator.service != "IDLE") return out;
  for (const BoardGroup& shown : board.groups) {
    const Group* const group = domain.group(shown.name);
    if (group == nullptr || shown.kind != GroupKind::Role || shown.state != GroupState::Up) continue;
    if (shown.lease != BoardLease::Manual && shown.lease != BoardLease::Released) continue;
    if (all_are_heard(domain, board, *group) && is_between_roots(board, shown)) out.push_back(shown.name);
  }
  return out;
}

std::vector<std::string> unsettled_groups(const Board& board, const Orders& orders) {
  std::vector<std::string> out;
  if (board.dcs != Dcs::Etcd || board.paused_until_us != 0 || board.coordinator.service != "IDLE") return out;
  for (const GroupOrder& order : orders.groups) {
    const BoardGroup* const shown = board.group(order.name);
    if (shown == nullptr || order.kind != GroupKind::Role || order.wanted != Wanted::Up) continue;
    const BoardInstance* const holder = board.instance(shown->holder);
    if (holder == nullptr || shown->lease != BoardLease::Held || !holder->accepting) continue;
    if (order.place != holder->node || !order.move_to.empty()) out.push_back(order.name);
  }
  return out;
}

}  // namespace hw::cluster
