/// cluster/jobs/handover.h -- S2 to S5: the root stops, another instance gets all that it has, and takes.
///
/// Where nobody takes updates, because an earlier change did not end or the root has crashed, there is nothing to stop:
/// then every other instance is fenced, the new root must have all that is known to exist, and if it cannot, whoever
/// has all becomes root, so that the group has one.
///
/// Source: operations, section 10, table of switchover.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cluster/jobs/group_look.h"
#include "cluster/plan/change_steps.h"

namespace hw::cluster {

/// What is true afterwards. Messages have been said.
enum class HandoverEnd : std::uint8_t {
  NewReigns,
  OldReigns,  ///< the one that did, or that has all
  NobodyYet,  ///< the group is FAILED, or with IfInVain::Stay as it was
};

/// When nobody takes updates: the first seqno that the last root has not, as it says itself or as the record has it
/// since it gave up. Nothing: it is not known, and only a failover can go on.
std::optional<std::uint64_t> all_below(const GroupLook& look);

/// When the change does not come about, and the root had been stopped before.
enum class IfInVain : std::uint8_t {
  GoOn,  ///< whoever has all becomes root again; if nobody can the group is FAILED
  Stay,  ///< the group stays as it is, to be tried again or called off
};

/// Nobody takes updates unseen (Reign::unproven is empty), `all_below` is known if nobody does; `to` is heard, up,
/// follows the last root, and is not who takes updates now.
HandoverEnd hand_over(JobContext& context, const GroupLook& look, const std::string& to,
                      IfInVain if_in_vain = IfInVain::GoOn);

}  // namespace hw::cluster
