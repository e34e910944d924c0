/// cluster/board/topology.h -- who feeds whom: a tree a group.
#pragma once

#include <string>
#include <vector>

#include "cluster/board/board.h"
#include "cluster/board/table.h"

namespace hw::cluster {

/// An instance in its group's tree.
struct TreePlace {
  const BoardInstance* instance = nullptr;
  const BoardInstance* feeder = nullptr;  ///< null: none, or not in the group
  std::size_t depth = 0;
};

/// The group's instances, each after the one that feeds it: the root with all below it, then those that no way leads to
/// from the root. What does feed an instance counts, else what shall. Siblings are in file order.
std::vector<TreePlace> tree_of(const Board& board, const BoardGroup& group);

/// The trees as lines, an empty line between two groups.
std::string topology_text(const Board& board);
/// The same as rows for JSON.
Table topology_table(const Board& board);

}  // namespace hw::cluster
