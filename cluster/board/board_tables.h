/// cluster/board/board_tables.h -- the tables of `psr`, `st -p`, `lag`, `losttn list` and `config list`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cluster/board/board.h"
#include "cluster/board/table.h"
#include "cluster/config/generation_store.h"

namespace hw::cluster {

/// Which rows; empty: all.
struct BoardSelection {
  std::string group;  ///< its servers alone: agents are of no group
  std::string node;
};

/// Nodes in file order, on each coordinator, agent, servers in boot's order. What was taken down has no row, nor has
/// the agent of a node that is off the board.
Table psr_table(const Board& board, const BoardSelection& selection);

/// `st -p`: the same servers, with their processes.
Table process_table(const Board& board, const BoardSelection& selection);

/// One row a hop; with an instance, the hops from its root to it. In file order.
Table lag_table(const Board& board, std::string_view instance);

/// `losttn list`: the former root with the epoch of its reign.
Table receipt_table(const Board& board);

/// `config list`.
Table generation_table(const std::vector<GenerationRow>& generations);

/// The digits of a SHA-256 that are printed.
std::string short_sha256(std::string_view sha256);

/// `collected`, `conflicts 3`.
std::string state_text(const Receipt& receipt);

}  // namespace hw::cluster
