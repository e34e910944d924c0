#include "cluster/agent/coordinator_seat.h"

#include <algorithm>

#include "cluster/agent/coordinator_rule.h"
#include "cluster/board/board_domain.h"
#include "cluster/config/finding.h"
#include "engine/base/clock.h"

namespace hw::cluster {
namespace {

/// Nodes that pclean took off the board, and that are heard again.
std::vector<std::string> heard_again(const BoardParts& parts) {
  std::vector<std::string> out;
  for (const NodeOrder& order : parts.orders.nodes) {
    const auto heard = std::ranges::find(parts.heard, order.name, &NodeHeard::node);
    if (order.cleaned && heard != parts.heard.end() && heard->state == NodeState::Running) out.push_back(order.name);
  }
  return out;
}

}  // namespace

CoordinatorSeat::Standing CoordinatorSeat::standing() const {
  const Board board = board_.board();
  const std::string& node = board.coordinator.node;
  if (node == board_.node()) return {settled_ ? Where::Here : Where::Pending, node};
  const NamedDomain current = config_.current();
  if (node.empty()) {
    if (current.domain == nullptr) return {};
    const bool one_comes =
        !settled_ || std::ranges::any_of(current.domain->domain.master, [&](const std::string& master) {
          return master == board_.node() || is_heard(board, master);
        });
    return {one_comes ? Where::Pending : Where::None, ""};
  }
  if (is_heard(board, node)) return {Where::There, node};
  const BoardNode* const known = board.node(node);
  const bool not_yet = known != nullptr && known->state == NodeState::Unheard;
  const bool one_comes = current.domain != nullptr && lost_seat_is_taken(*current.domain, board, board_.node());
  return {not_yet || one_comes ? Where::Pending : Where::None, node};
}

Status CoordinatorSeat::take(bool handed_over) {
  const NamedDomain current = config_.current();
  if (current.domain == nullptr) return bad_key("configuration", "missing");
  HW_TRY_VOID(board_.take_over([&](BoardParts& parts) {
    take_orders(parts.orders, *current.domain, board_.node(), wall_clock_us(), handed_over);
    if (parts.orders.generation.number <= current.number)
      apply_domain(parts.orders, *current.domain, {current.number, current.sha256});
    return true;
  }));
  told_();
  return {};
}

Result<bool> CoordinatorSeat::take_if_first() {
  const NamedDomain current = config_.current();
  if (current.domain == nullptr || !becomes_first(*current.domain, board_.board(), board_.node(), settled_))
    return false;
  HW_TRY_VOID(take(false));
  return true;
}

Result<bool> CoordinatorSeat::take_if_lost(bool store_answers) {
  const NamedDomain current = config_.current();
  if (current.domain == nullptr || !settled_ || !store_answers) return false;
  if (!takes_lost_seat(*current.domain, board_.board(), board_.node())) return false;
  HW_TRY_VOID(take(false));
  return true;
}

Status CoordinatorSeat::publish(const Domain& domain, const BoardGeneration& generation) {
  HW_TRY_VOID(board_.change([&](BoardParts& parts) {
    apply_domain(parts.orders, domain, generation);
    return true;
  }));
  told_();
  return {};
}

Status CoordinatorSeat::tend() {
  if (!is_here()) return {};
  const NamedDomain current = config_.current();
  bool changed = false;
  // The next change of the orders would tell the others all the same: nothing is lost when this one fails.
  HW_TRY_VOID(board_.change([&](BoardParts& parts) {
    for (const std::string& node : heard_again(parts)) changed = restore_node(parts, node) || changed;
    changed = number_servers(parts) || changed;
    if (current.domain != nullptr && current.number > parts.orders.generation.number) {
      apply_domain(parts.orders, *current.domain, {current.number, current.sha256});
      changed = true;
    }
    return changed;
  }));
  if (changed) told_();
  return {};
}

}  // namespace hw::cluster
