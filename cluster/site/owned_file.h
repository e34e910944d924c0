/// cluster/site/owned_file.h -- files that an agent, who may be root, shares with the owner of an instance in the
/// instance's folder: that one may have put anything there.
#pragma once

#include <string>

#include "cluster/keeper/run_as.h"
#include "engine/base/result.h"

namespace hw::cluster {

/// Writes `path`, for that user alone; durable on return. What is there of that name is replaced, not followed.
/// Errors: those of replace_file.
Status write_for(const RunAs& user, const std::string& path, std::string_view content);

/// Reads a plain file of that user's, or of this process's; a link is not followed, and a file with a second name is
/// refused. Errors: SYSCALL with errno ELOOP, EMLINK, EPERM, EFBIG; ENOENT when there is none.
Result<std::string> read_from(const RunAs& user, const std::string& path, std::size_t bytes_max);

}  // namespace hw::cluster
