/// replic/receiver/receiver_start.h -- what must hold before a receiver server may start, and the receive pool it
/// starts with.
#pragma once

#include <optional>

#include "replic/instance/instance_file.h"
#include "replic/instance/receive_pool.h"
#include "replic/receiver/receiver_options.h"

namespace hw {

/// What can be said before a process is made, and holds again for it under the journal pool's admin lock: the journal
/// pool is not a root's, no receiver server lives, and -updateresync finds an empty history.
/// Errors: PRIMARYISROOT, RECVPOOLSETUP, UPDSYNC2MTINS; those of resync_history; HWUNSEEN while an update process runs
/// in another PID name space.
/// Source: docs/conformance.md 3.*, "-receiver -start".
Status check_receiver_start(const ReceiverStartOptions& options, const JournalPool& pool, const InstanceFile& instance);

/// The history of the instance file that -updateresync names; none when it names none.
/// Errors: UPDSYNCINSTFILE, with why the file is not taken.
Result<std::optional<History>> resync_history(const ReceiverStartOptions& options, const InstanceFile& instance);

/// The receive pool that the journal pool names, or a new one; `created` tells which.
/// Errors: those of ReceivePool::create.
Result<ReceivePool> enter_receive_pool(const JournalPool& journal_pool, std::uint64_t bytes, bool& created);

}  // namespace hw
