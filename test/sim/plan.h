/// test/sim/plan.h -- what a run does next, chosen at random by the actions' weights.
#pragma once

#include "test/sim/action.h"

namespace hw::sim {

/// The steps that make a tree of instances and start it.
Script plan_tree(Random& random);
/// A step that makes sense now.
Step plan_step(World& world, Random& random);

}  // namespace hw::sim
