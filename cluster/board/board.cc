#include "cluster/board/board.h"

#include <algorithm>

namespace hw::cluster {
namespace {

template <typename Row, typename Matches>
const Row* find(const std::vector<Row>& rows, Matches matches) {
  const auto found = std::ranges::find_if(rows, matches);
  return found == rows.end() ? nullptr : &*found;
}

template <typename Row>
const Row* named(const std::vector<Row>& rows, std::string_view name) {
  return find(rows, [&](const Row& row) { return row.name == name; });
}

}  // namespace

const BoardNode* Board::node(std::string_view name) const { return named(nodes, name); }
const BoardGroup* Board::group(std::string_view name) const { return named(groups, name); }
const BoardInstance* Board::instance(std::string_view name) const { return named(instances, name); }
const BoardServer* Board::server(std::uint32_t id) const {
  return find(servers, [&](const BoardServer& server) { return server.id == id && id != 0; });
}
const Receipt* Board::receipt(std::string_view id) const {
  return find(receipts, [&](const Receipt& receipt) { return receipt.id == id; });
}

const BoardInstance* root_of(const Board& board, std::string_view group) {
  const BoardInstance* root = nullptr;
  for (const BoardInstance& instance : board.instances) {
    if (instance.group != group || instance.role != BoardRole::Root) continue;
    if (root == nullptr || instance.epoch > root->epoch) root = &instance;
  }
  return root;
}

bool is_heard(const Board& board, std::string_view node) {
  const BoardNode* const found = board.node(node);
  return found != nullptr && found->state == NodeState::Running;
}

bool has_coordinator(const Board& board) {
  const BoardNode* const node = board.node(board.coordinator.node);
  return node != nullptr && (node->state == NodeState::Running || node->state == NodeState::Unheard);
}

Lag lag_between(const BoardInstance& ahead, const BoardInstance& behind) {
  Lag lag;
  if (ahead.next_seqno == 0 || behind.next_seqno == 0) return lag;
  // Reports are of different moments: one that seems to be ahead is not behind.
  lag.transactions = ahead.next_seqno - std::min(ahead.next_seqno, behind.next_seqno);
  if (*lag.transactions == 0) {
    lag.seconds = 0.0;
  } else if (ahead.last_commit_us != 0 && behind.last_commit_us != 0) {
    const std::uint64_t us = ahead.last_commit_us - std::min(ahead.last_commit_us, behind.last_commit_us);
    lag.seconds = static_cast<double>(us) / 1e6;
  }
  return lag;
}

}  // namespace hw::cluster
