/// cluster/board/show.h -- `show all|group|agent [--name X]`: what is configured at each node, and whether it is up.
#pragma once

#include <string>

#include "cluster/board/board.h"
#include "cluster/board/table.h"
#include "cluster/config/domain.h"

namespace hw::cluster {

enum class ShowKind : std::uint8_t { All, Group, Agent };

struct ShowSelection {
  ShowKind kind = ShowKind::All;
  std::string name;  ///< of a group or agent; empty: all
};

/// For each node a heading, and a line for each of its addresses, files, groups, databases and agents; an empty line
/// between two nodes. An agent is a resource's script.
std::string show_text(const Board& board, const Domain& domain, const ShowSelection& selection);
/// The same as rows for JSON, each with its node.
Table show_table(const Board& board, const Domain& domain, const ShowSelection& selection);

}  // namespace hw::cluster
