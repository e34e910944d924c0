/// test/sim/lease/rule_names.h -- the rules by the names of their fields.
#pragma once

#include <span>
#include <string_view>

#include "cluster/lease/rules.h"
#include "test/sim/lease/world.h"

namespace hw::lease_sim {

struct RuleName {
  const char* name;
  bool cluster::lease::Rules::*of_machine;  ///< null: of what is around it
  bool OuterRules::*outer;
};

/// All, in the order of cluster/lease/rules.h.
std::span<const RuleName> rule_names();
/// False when there is no rule of that name.
bool leave_out(std::string_view name, cluster::lease::Rules& rules, OuterRules& outer);

}  // namespace hw::lease_sim
