/// cluster/site/instance_care.h -- an instance that is down: what it needs before it may be started, and proof that
/// nothing of it is left. Thread: any; the caller has the instance's hold.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cluster/site/site_parts.h"

namespace hw::cluster {

/// Rundown, and a rollback where it was not closed cleanly. Neither is broken off at the deadline.
/// Errors: HWINUSE when it is up; HWREMOTE at the deadline; what the commands say. Source: operations, section 4.
Status recover_instance(SiteParts& parts, const Steps::Call& call);

/// Rundown, and then no memory of it is there. Errors: HWIPCLEFT with the processes that use it; what the command says.
Status close_instance(SiteParts& parts, const Steps::Call& call);

/// `Instance A`, for messages.
std::string instance_text(const InstancePlace& place);

/// Processes that have a shared-memory segment attached, as far as this user may know.
std::vector<std::uint32_t> users_of_memory(int id);

/// A mupip command that removes the instance's memory. It is given again while what hinders it is a look into that
/// memory, this agent's or a command's, that has ended meanwhile. Errors: those of Steps::run.
Result<StepResult> run_alone(SiteParts& parts, const Steps::Call& call, std::string_view deed,
                             const std::vector<std::string>& arguments);

}  // namespace hw::cluster
