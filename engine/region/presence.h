/// engine/region/presence.h -- that an instance is up, for whoever may not look into its shared memory.
///
/// Every process that uses a replicating instance's journal pool holds a shared lock on a byte of the instance file.
/// The kernel drops it when the process dies, and it is the same for all users, IPC and PID name spaces of the machine.
/// A second lock, on a byte that follows from the process's number and start, says the same of that process
/// alone: so the end of a container's process is seen where its number means nothing, and its life where the system
/// does not tell which process has the number now.
#pragma once

#include <string>

#include "engine/base/file.h"
#include "engine/base/liveness.h"

namespace hw {

/// Says that this process uses the instance, as long as the file is open. Errors: REPLINSTACC.
Result<File> enter_presence(const std::string& instance_file);

/// Whether any other process does. Errors: REPLINSTACC.
Result<bool> is_present(const std::string& instance_file);

/// What becomes of a process that uses the instance and noted these three. As liveness_of (engine/base/liveness.h), but
/// one of another PID name space is Unseen only as long as it uses the instance, or that cannot be told; and one that
/// is Unsure there lives as long as it uses the instance, and is gone otherwise.
Liveness liveness_in(const std::string& instance_file, std::uint32_t pid, std::uint64_t start, std::uint64_t space);

}  // namespace hw
