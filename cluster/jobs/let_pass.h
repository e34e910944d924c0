/// cluster/jobs/let_pass.h -- where time itself is what is waited for: boot -d, down -w.
#pragma once

#include <functional>

#include "cluster/jobs/site.h"

namespace hw::cluster {

/// Returns at `until`, or soon after `should_stop` says so (50 ms).
void let_pass(Deadline until, const std::function<bool()>& should_stop);

}  // namespace hw::cluster
