/// cluster/config/feed_tree.h -- who is fed by whom in a group, for one of its instances as root.
///
/// An instance with a priority above 0 is fed by the root itself. Every other instance is fed by the first of its
/// upstreams from which the root is reached without coming back to it. Where two could feed each other, the one that
/// comes first in the group chooses first, and the other's way leads past it; so what comes out is a tree whenever
/// everyone has a feeder.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cluster/config/domain.h"

namespace hw::cluster {

struct Feeding {
  std::string instance;
  std::string feeder;  ///< empty: none of its upstreams leads to the root

  bool operator==(const Feeding&) const = default;
};

/// In the order of the group, without the root, which is one of its instances (checked). Names that are no instances of
/// the group are passed over. Cost: the third power of the number of instances, at worst.
/// Source: operations specification, section 2, HWTREE.
std::vector<Feeding> feed_tree(const Domain& domain, const Group& group, const std::string& root);

}  // namespace hw::cluster
