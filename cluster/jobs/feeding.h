/// cluster/jobs/feeding.h -- everybody is fed as the new root needs it: S8 of a switchover, F4 of a failover, reparent.
///
/// A new feeder's source server is started before the old one's ends; where the new one cannot be started the old one
/// stays. Source: operations, section 10.
#pragma once

#include <string>
#include <vector>

#include "cluster/jobs/group_look.h"
#include "cluster/plan/domain_servers.h"
#include "cluster/plan/placement.h"

namespace hw::cluster {

/// Where the group is with `root`: who is up is fed by who is up; who is not keeps the feeder that it would have, if
/// that is up, so that it finds one when it comes.
Placement placement_under(const GroupLook& look, const std::string& root);

/// Instances below the root, each after its feeder; those that are, or are fed through, one of `late` last.
std::vector<std::string> downwards(const Placement& placement, const std::vector<std::string>& late);

/// `instance` is fed by its feeder in `placement`, and by nobody else. Errors: those of bring_up and take_down of the
/// servers.
Status feed(JobContext& context, const GroupLook& look, const Placement& placement, const std::string& instance);

/// The engine servers that an instance which is down needs to come up: source servers first.
std::vector<DomainServer> engine_servers(const GroupLook& look, const Placement& placement,
                                         const std::string& instance);

}  // namespace hw::cluster
