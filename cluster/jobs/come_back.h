/// cluster/jobs/come_back.h -- a former root becomes a secondary of the new one: S7 of a switchover, `rejoin`.
///
/// What uses the instance at its node ends, it is closed, gives up what the new root does not have, and comes up. What
/// ran there beside the engine's servers (gateways, servers of place = each) runs again afterwards, be it that the
/// instance could not come back: they say so themselves then.
///
/// Source: operations, section 10.
#pragma once

#include <string>

#include "cluster/jobs/group_look.h"
#include "cluster/jobs/rejoin_step.h"
#include "cluster/plan/placement.h"

namespace hw::cluster {

/// `instance` is heard. `placement` is that with the new root, which is up; the instance's feeder is asked to feed it
/// first. Repeatable at each step. Errors: HWREJOIN as an error with the reason; HWNEEDREFRESH inside it when its
/// journals do not reach back.
Status come_back(JobContext& context, const GroupLook& look, const Placement& placement, const std::string& instance,
                 Expected expected = Expected::Unknown);

/// The instance, which is down and was closed cleanly, comes up as a secondary. Errors: those of bring_up.
Status come_up(JobContext& context, const GroupLook& look, const Placement& placement, const std::string& instance);

}  // namespace hw::cluster
