/// cluster/jobs/take.h -- the one way in which a job makes an instance root, with dcs manual.
///
/// The record names the new holder and the epoch before the instance begins to reign, as with etcd: whoever finds the
/// record later, another coordinator too, knows who may be root. When the beginning fails, or its end is not known, the
/// instance learns an epoch above the one that it was given, so that an order that is still on its way is refused
/// there; only then, and when it says that it takes no updates, has the take failed. Else nobody knows, and nobody else
/// may be made root before an operator has said that it does not run.
///
/// Source: operations, section 9 "manual", section 10 S5 and F3.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cluster/jobs/group_look.h"

namespace hw::cluster {

enum class TakeEnd : std::uint8_t {
  Reigns,
  Failed,    ///< it takes no updates: another one may be made root
  MayReign,  ///< it does not say
};

struct Take {
  TakeEnd end = TakeEnd::Failed;
  std::optional<Error> fault;  ///< why it does not reign
  std::string node;            ///< whose fault it is
};

/// No other instance may take updates when this is called, nor later: it was stopped and said so, or an operator has
/// said that it does not run. `seqno`: the next one of the old root, for the record; 0: not known.
/// Blocks: until the steps are done, whatever time the command has left.
Take take_root(JobContext& context, const GroupLook& look, const std::string& to, std::uint64_t epoch,
               std::uint64_t seqno);

/// Each other instance of the group that is heard learns `epoch`, so that no earlier reign is begun or gone on with
/// there, says that it takes no updates, and, if it has reigned, gives up. Those of priority 0 are left out.
/// Errors: HWREMOTE, HWINUSE when it takes updates.
Status fence_others(JobContext& context, const GroupLook& look, const std::string& but, std::uint64_t epoch);

/// An instance that may have begun the reign `epoch` does not take updates, and will not in that reign.
/// Errors: HWREMOTE; HWINUSE when it takes updates all the same.
Status make_sure_it_is_stopped(Site& site, const std::string& instance, std::uint64_t epoch);

}  // namespace hw::cluster
