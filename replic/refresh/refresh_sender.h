/// replic/refresh/refresh_sender.h -- the process that sends copies of this instance to one that is refreshed.
///
/// A source server with -refreshport makes one for each connection (replic/refresh/refresh_port.h); the connection is
/// its standard input, the server's log its standard output. It copies first and sends then: the copies are of one
/// moment, made as those of mupip backup are, into files that have no name. So a slow line holds neither checkpoints
/// nor the journal pool, which it has left before the first byte is sent, and nothing is left over whatever ends it.
/// What that costs is room, in the folder of each database, for a copy of it.
///
/// It ends with the connection, after a minute in which the other side says and takes nothing, by SIGTERM, and with its
/// source server.
#pragma once

#include <functional>
#include <string_view>

#include "engine/base/result.h"
#include "replic/link/link_options.h"

namespace hw {

/// Exit status of a sender that has not let the other side in. It says nothing itself: the port tells the operator,
/// and counts (replic/refresh/refresh_port.h).
inline constexpr int kSenderNotTls = 20;
inline constexpr int kSenderNotAccepted = 21;

/// The instance is that of the environment. `connection` is closed in any case. `say` gets each line for the log.
/// Errors: HWREFRESHPEER when the other side is to blame or has gone; what stops a backup
/// (replic/instance/site_backup.h), which the other side has been told; with `tls`, which is a receiver server's, also
/// TLSINIT, and REPLNOTLS or TLSHANDSHAKE for who is not let in. Blocks: until all is sent.
Status run_refresh_sender(int connection, const TlsOptions& tls, const std::function<void(std::string_view)>& say);

}  // namespace hw
