/// replic/control/applied.h -- waiting until secondaries have applied a transaction, without waiting for a heartbeat.
///
/// The seqno is noted in the slot of each source server, which asks its receiver to say when it is applied
/// (replic/link/control_kinds.h). One of an older version is not asked: what it says ten times a second counts.
///
/// Source: ours. Thread: any. Blocks: until the deadline.
#pragma once

#include <chrono>
#include <cstddef>
#include <string_view>

#include "engine/base/types.h"
#include "journal/pool.h"

namespace hw {

/// Whether the secondary of that name has applied `seqno`, at the latest at `until`. False when it has no source
/// server.
bool wait_applied(PoolHeader& pool, std::string_view secondary, Seqno seqno,
                  std::chrono::steady_clock::time_point until);

/// How many secondaries have applied `seqno`: as soon as there are `wanted`, else at `until`.
std::size_t wait_applied_by(PoolHeader& pool, std::size_t wanted, Seqno seqno,
                            std::chrono::steady_clock::time_point until);

}  // namespace hw
