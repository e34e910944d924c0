/// cluster/plan/placement.h -- where each group of a domain is: its root, its place, who feeds whom.
///
/// Pure. Source: operations, sections 1 "place", 2 HWTREE, 4 "Root".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cluster/board/board.h"
#include "cluster/config/domain.h"
#include "cluster/config/feed_tree.h"
#include "engine/base/result.h"

namespace hw::cluster {

struct Placement {
  const Group* group = nullptr;
  std::string root;              ///< instance that is, or is to be, root
  std::string place;             ///< its node
  std::vector<Feeding> feeding;  ///< of every other instance, in the order of the group

  /// Empty: the root, and one that nobody feeds.
  std::string feeder_of(std::string_view instance) const;
  std::vector<std::string> fed_by(std::string_view instance) const;
};

/// The root is the group's holder on record, else who is root as the board has it; in a group that never had one, the
/// first of its instances with priority above 0. Each instance is fed as the board says, be it by `reparent`, where
/// that leads to the root by upstreams; else as feed_tree says. A group of kind files has one instance, at its place.
/// Errors: HWNOCAND when the holder is no instance of the group any more, or no instance may be root.
Result<Placement> place_group(const Domain& domain, const Board& board, const Group& group);

/// Of all groups, in file order. Errors: those of place_group.
Result<std::vector<Placement>> place_groups(const Domain& domain, const Board& board);

/// By the group's name; null: there is none.
const Placement* placement_of(const std::vector<Placement>& placements, std::string_view group);

}  // namespace hw::cluster
