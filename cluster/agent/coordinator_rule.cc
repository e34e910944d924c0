#include "cluster/agent/coordinator_rule.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace hw::cluster {
namespace {

/// The numbers of a release, as far as there are any.
std::array<std::uint32_t, 3> version_in(std::string_view release) {
  std::array<std::uint32_t, 3> out{};
  const std::size_t begin = release.find_first_of("0123456789");
  if (begin == release.npos) return out;
  const char* at = release.data() + begin;
  const char* const end = release.data() + release.size();
  for (std::uint32_t& part : out) {
    const auto read = std::from_chars(at, end, part);
    if (read.ec != std::errc{} || read.ptr == end || *read.ptr != '.') break;
    at = read.ptr + 1;
  }
  return out;
}

}  // namespace

std::optional<std::uint32_t> rank_in(const Domain& domain, std::string_view node) {
  const auto& masters = domain.domain.master;
  const auto found = std::ranges::find(masters, node);
  if (found == masters.end()) return std::nullopt;
  return static_cast<std::uint32_t>(found - masters.begin());
}

bool becomes_first(const Domain& domain, const Board& board, std::string_view own_node, bool settled) {
  if (!settled || !board.coordinator.node.empty() || !rank_in(domain, own_node)) return false;
  // A running master that comes before this one does it.
  for (const std::string& master : domain.domain.master) {
    if (master == own_node) return true;
    if (is_heard(board, master)) return false;
  }
  return false;
}

bool takes_lost_seat(const Domain& domain, const Board& board, std::string_view own_node) {
  if (domain.domain.dcs != Dcs::Etcd || !rank_in(domain, own_node)) return false;
  const BoardNode* const before = board.node(board.coordinator.node);
  if (before == nullptr || before->name == own_node) return false;
  if (before->state != NodeState::Silent && before->state != NodeState::Cleaned) return false;
  for (const std::string& master : domain.domain.master) {
    if (master == own_node) return true;
    if (is_heard(board, master)) return false;
  }
  return false;
}

bool lost_seat_is_taken(const Domain& domain, const Board& board, std::string_view own_node) {
  return domain.domain.dcs == Dcs::Etcd && std::ranges::any_of(domain.domain.master, [&](const std::string& master) {
           return master != board.coordinator.node && (master == own_node || is_heard(board, master));
         });
}

void take_orders(Orders& orders, const Domain& domain, std::string_view own_node, std::uint64_t now_us,
                 bool handed_over) {
  const auto is_first = [&](std::string_view node) { return rank_in(domain, node) == 0U; };
  CoordinatorOrder& before = orders.coordinator;
  // The first one's loss is remembered from one backup to the next, until it is coordinator again.
  const bool is_first_gone = before.node.empty() || is_first(before.node) ? !handed_over : before.for_lost;
  before.for_lost = !is_first(own_node) && is_first_gone;
  const std::uint64_t number = std::max(orders.coordinator.number, orders.stamp.number) + 1;
  orders.coordinator.node = own_node;
  orders.coordinator.number = number;
  orders.coordinator.since_us = now_us;
  const auto last = static_cast<std::uint32_t>(domain.domain.master.size());
  orders.stamp = {number, rank_in(domain, own_node).value_or(last), 1};
}

bool first_is_back(const Domain& domain, const Board& board) {
  if (domain.domain.master.empty() || board.coordinator.node.empty()) return false;
  const std::string& first = domain.domain.master.front();
  return board.coordinator.for_lost && board.coordinator.node != first && is_heard(board, first);
}

Status check_release(const Board& board, std::string_view node) {
  const BoardNode* const own = board.node(node);
  if (own == nullptr || own->release.empty()) return {};
  for (const BoardNode& other : board.nodes) {
    if (other.name == node || other.state != NodeState::Running || other.release.empty()) continue;
    if (version_in(other.release) > version_in(own->release))
      return make_error<MsgId::HWRELMISMATCH>(own->release, own->name, other.release, other.name);
  }
  return {};
}

}  // namespace hw::cluster
