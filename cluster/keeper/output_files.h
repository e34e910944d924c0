/// cluster/keeper/output_files.h -- the files that take what a server prints.
///
/// They are opened by the server's process as its user, so that root's rights open nothing for that user. Where the
/// folder is the agent's alone, the agent has made them before and given them to the user. No link is followed but
/// those of root and of the agent's user on the way to the folder: a link of another user could lead the agent to make
/// a file in a folder where that one may not.
#pragma once

#include <sys/types.h>

#include <string>

#include "cluster/keeper/descriptor.h"
#include "cluster/keeper/run_as.h"
#include "engine/base/result.h"

namespace hw::cluster {

struct OutputFiles {
  Descriptor folder;
  std::string out_name, err_name;
};

/// Prepares `<base>.out` and `<base>.err`; makes their folder when it is missing. Errors: SYSCALL; with errno ELOOP for
/// a link that is not followed.
Result<OutputFiles> prepare_output(const std::string& base, const RunAs& user, mode_t umask);

/// Opens one of them for appending, or -1 and errno: EMLINK for a file with a second name, EPERM for one that belongs
/// neither to `user` nor to `agent`, EINVAL for what is no file. Between fork and exec: makes no call that is not
/// async-signal-safe.
int open_output(int folder, const char* name, uid_t user, uid_t agent);

}  // namespace hw::cluster
