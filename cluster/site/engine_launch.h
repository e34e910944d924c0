/// cluster/site/engine_launch.h -- how a source or receiver server comes up: what its instance needs first, the mupip
/// command, its pid from the instance's memory, and when it is READY.
///
/// READY is what -checkhealth says: a source server that lives in the mode asked for; a receiver server that listens,
/// with an update process that runs. Thread: any, and each call may take long.
#pragma once

#include <optional>

#include "cluster/keeper/process.h"
#include "cluster/site/site_parts.h"

namespace hw::cluster {

/// One of the instance's engine servers, as its memory has it.
struct EngineSeen {
  ProcessIdentity identity;
  bool passive = false;  ///< a source server that waits to be activated
  bool ready = false;
};

/// None when it does not live. `server`: source:B, receiver:A.
std::optional<EngineSeen> find_engine(const InstanceLook& look, const StartRequest& request);

/// Starts it, unless it lives already. What died with the instance is recovered first; Fence Required is set. With
/// -rootprimary where `request.as_root` says so, or the instance is up as a root; else with -propagateprimary.
/// Errors: what the commands say; HWREMOTE at the deadline, and when the server is not to be found afterwards.
Result<EngineSeen> launch_engine(SiteParts& parts, const StartRequest& request, Deadline deadline,
                                 const CancelFlag& cancelled);

/// A passive source server becomes active. Done already: success. Errors: what the command says; HWREMOTE at the
/// deadline.
Status activate_source(SiteParts& parts, const StartRequest& request, Deadline deadline);

/// An update process that has died while its receiver server lives is started again. It runs, was asked to end, or
/// there is no receiver server: success. Errors: what the command says; HWREMOTE at the deadline.
Status start_update_process(SiteParts& parts, const std::string& instance, Deadline deadline);

/// Waits until the process is READY. False when it has ended, at the deadline, and when that is cancelled.
bool wait_ready(SiteParts& parts, const StartRequest& request, const ProcessIdentity& process, Deadline deadline,
                const CancelFlag& cancelled);

}  // namespace hw::cluster
