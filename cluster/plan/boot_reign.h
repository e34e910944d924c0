/// cluster/plan/boot_reign.h -- whether a root that has been booted may take updates, and under which epoch: dcs
/// manual.
///
/// A reign that was ended by `down`, or the first one, begins again; its number is above all that are known. One that
/// nobody ended (the node or the instance crashed) goes on under its number, once nobody can have taken over meanwhile.
/// Neither happens while an epoch is known that is above that of any reign that is seen, and one that may have it
/// is silent.
///
/// Pure. Source: operations, section 9 "manual".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cluster/plan/reign.h"

namespace hw::cluster {

enum class BootReign : std::uint8_t {
  Reigns,  ///< it does already
  GoesOn,  ///< under `epoch`
  Anew,    ///< under the epoch above all that are known
  Waits,   ///< updates stay off until those of `waits_for` have answered
  Over,    ///< another has reigned since
  ByHand   ///< it takes updates without an epoch: a person made it root past the agents, and must end that
};

struct BootReignDecision {
  BootReign what = BootReign::Waits;
  std::uint64_t epoch = 0;             ///< Reigns, GoesOn; Over: the later reign's
  std::vector<std::string> waits_for;  ///< instances
};

/// `root` is one of the facts. What is not heard of it counts as down.
BootReignDecision decide_boot_reign(const BoardRecord& record, const std::string& root,
                                    const std::vector<ReignFact>& facts);

}  // namespace hw::cluster
