/// cluster/jobs/wanted.h -- what boot and down write into the orders of a server.
///
/// The board keeps what was booted as wanted until down: so before a server is started, and not when that fails.
/// Source: operations, section 4.
#pragma once

#include <optional>
#include <string>

#include "cluster/jobs/job.h"

namespace hw::cluster {

/// The order of a server as it was.
struct WantedBefore {
  std::optional<ServerOrder> order;  ///< none: there was none
  std::optional<Error> fault;        ///< the new order could not be written
};

/// The server, and its node, are wanted; a hold is released. `options` stay with it until its next down; empty: those
/// that it has stay.
WantedBefore want_up(JobContext& context, const ServerRef& server, const std::string& node, const std::string& options);

/// After a start that failed. Its number stays.
Status put_back(JobContext& context, const ServerRef& server, const std::string& node, const WantedBefore& before);

/// Neither wanted nor with options any more. `hold`: of down -b.
Status want_down(JobContext& context, const ServerRef& server, const std::string& node, bool hold);

}  // namespace hw::cluster
