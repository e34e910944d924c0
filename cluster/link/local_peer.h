/// cluster/link/local_peer.h -- whose process is at the other end of a socket in the file system, and what it may do.
///
/// The user decides, as the kernel says it: root and this process's own user may do all, members of the operators'
/// group nearly all, everybody else may watch. Members are those whom the user database names; the groups that the
/// process itself has do not count, so that membership that is taken away is gone at the next connection. Source:
/// operations, section 13.
#pragma once

#include <string>

#include "cluster/link/peer.h"
#include "engine/base/result.h"

namespace hw::cluster {

/// Errors: SYSCALL when the kernel does not say. Blocks: as long as the user database does.
Result<Peer> local_peer(int socket, const std::string& operator_group);

}  // namespace hw::cluster
