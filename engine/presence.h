/// engine/presence.h -- that an instance is up, for whoever may not look into its shared memory.
///
/// Every process that uses a replicating instance's journal pool holds a shared lock on a byte of the instance file.
/// The kernel drops it when the process dies, and it is the same for all users, IPC and PID name spaces of the machine.
#pragma once

#include <string>

#include "engine/base/file.h"

namespace hw {

/// Says that this process uses the instance, as long as the file is open. Errors: REPLINSTACC.
Result<File> enter_presence(const std::string& instance_file);

/// Whether any other process does. Errors: REPLINSTACC.
Result<bool> is_present(const std::string& instance_file);

}  // namespace hw
