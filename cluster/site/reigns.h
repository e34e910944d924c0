/// cluster/site/reigns.h -- what an agent alone does to an instance that is up: its reign, and the end of it.
///
/// Each call attaches the instance's memory while it runs. Source: operations, sections 9 and 10;
/// replic/control/fence.h. Thread: any; the caller has the instance's hold, but for wait_for_seqno.
#pragma once

#include <cstdint>

#include "cluster/site/site_parts.h"

namespace hw::cluster {

/// The epoch and the history record are on disk (InstanceFile::begin_reign), then updates are on and not stopped, with
/// no deadline. Its receiver server is down. In that reign already: success.
/// Errors: NOJNLPOOL, REPLREQROLLBACK when it is down; those of Fence::promote and updates_on.
Status begin_reign(const InstancePlace& place, std::uint64_t epoch, Deadline deadline);

/// As begin_reign, but for deadline, stop flag and updates, which stay as they are: with dcs etcd they follow the
/// lease.
Status promote_leased(const InstancePlace& place, std::uint64_t epoch);

/// Errors: as find_pool; those of Fence::stop_updates.
Result<std::uint64_t> stop_updates_of(const InstancePlace& place, Deadline deadline);
/// Errors: as stop_updates_of; HWFENCED when its reign has been given up.
Status allow_updates_of(const InstancePlace& place, Deadline deadline);
/// The stop flag, then deadline 0: what is committed from now on is not acknowledged. One that is down has nothing to
/// give up. Errors: as stop_updates_of.
Status give_up_reign(const InstancePlace& place, Deadline deadline);

/// Until everything below `next_seqno` is applied here. Errors: HWREMOTE at the deadline, with how far it is; those of
/// find_pool.
Status wait_for_seqno(SiteParts& parts, const InstancePlace& place, std::uint64_t next_seqno, Deadline deadline);

}  // namespace hw::cluster
