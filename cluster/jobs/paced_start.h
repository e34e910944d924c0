/// cluster/jobs/paced_start.h -- one start at the pace that boot was told: letters -w, -d, -D, -W.
///
/// letter | READY is waited for | then
/// ---|---|---
/// none | as long as the command has time | the next
/// -W | however long: the command has kHowever | the next
/// -d USEC below 0, -w | so long; not READY then: the next all the same | the next
/// -d 0 | not | the next
/// -d USEC above 0 | not | so long is waited
/// -D USEC | so long | the rest of that time is waited
///
/// Source: operations, section 4 (GT.M has nothing of the kind; the letters are those of Tmax's tmboot).
#pragma once

#include <functional>

#include "cluster/jobs/job.h"
#include "cluster/plan/commands.h"

namespace hw::cluster {

/// Longer than anybody waits, and not so long that a sum of times overflows.
inline constexpr std::chrono::hours kHowever{24 * 365};

/// Errors: those of Site::start. Ends its waiting, but not a start under way, when `should_stop` says so.
Result<StartOutcome> paced_start(Site& site, const StartRequest& request, const JobContext& context,
                                 const BootCommand& command, const std::function<bool()>& should_stop);

}  // namespace hw::cluster
