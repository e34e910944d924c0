/// cluster/jobs/lease_change.h -- changes of root with dcs etcd: asked of the lease machines of the instances, which
/// alone make them (cluster/lease/machine.h). A coordinator that dies in the middle leaves nothing undone.
///
/// Source: operations, sections 4, 9 and 10.
#pragma once

#include "cluster/jobs/failover.h"
#include "cluster/jobs/handover.h"

namespace hw::cluster {

/// Boot: the instance takes the lease, or has it. Returns the epoch. Errors: HWFENCED: not within the time that a lease
/// may last, its updates stay off; those of Site::lease.
Result<std::uint64_t> boot_lease(JobContext& context, const GroupLook& look, const std::string& root);

/// Down: the instance's reign ends, and the record says so. Has it none: success. Errors: HWREMOTE: the store has not
/// confirmed it, so that a candidate may take when the lease is over.
Status end_lease(JobContext& context, Site& site, const std::string& instance);

/// Switchover: as hand_over.
HandoverEnd hand_over_lease(JobContext& context, const GroupLook& look, const std::string& to);

/// Failover: as fail_over.
FailoverEnd take_lease(JobContext& context, const FailoverPlan& plan, std::string& root);

/// `config epoch-base`: of each group of kind role whose record the store does not have. A line for each.
JobEnd make_records(JobContext& context);

}  // namespace hw::cluster
