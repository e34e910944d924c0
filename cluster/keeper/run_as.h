/// cluster/keeper/run_as.h -- as whom a server runs.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace hw::cluster {

/// A user with all that a process needs to become that one; found before a fork, because the lists of users may be
/// asked over the network.
struct RunAs {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;  ///< all of them, `gid` too
  std::string name;           ///< the number where the system knows no name
  std::string home = "/";
  std::string shell = "/bin/sh";
};

/// This process's user. Errors: SYSCALL. Blocks: as the lists of users do.
Result<RunAs> own_user();
/// None: there is no such user. Errors: SYSCALL. Blocks: as the lists of users do.
Result<std::optional<RunAs>> user_named(const std::string& name);
/// Of a file or folder; a link is followed. Errors: SYSCALL. Blocks: as the lists of users do.
Result<RunAs> owner_of(const std::string& path);

/// As whom `server` runs: the configured user, else the owner of the instance's folder when this process is root, else
/// this process's user. Never root, unless the folder is root's.
/// Errors: HWDENIED for a user that this process may not become, or who may not be root; SYSCALL.
/// Blocks: as the lists of users do. Source: operations specification, sections 2 and 3.
Result<RunAs> user_of_server(std::string_view server, const std::string& instance_folder,
                             const std::string& configured);

}  // namespace hw::cluster
