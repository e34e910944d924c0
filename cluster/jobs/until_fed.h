/// cluster/jobs/until_fed.h -- a planned change just after a boot, or after another one, waits for who is to be fed.
#pragma once

#include "cluster/jobs/job_time.h"
#include "cluster/jobs/let_pass.h"

namespace hw::cluster {

/// A source server that has not reached its secondary for 5 s tries again only within 5 s.
inline constexpr std::chrono::seconds kFed{15};
inline constexpr std::chrono::milliseconds kFedAgain{100};

/// What `look` finds; found again, on fresh news, as long as `waits` says of it that it is only for want of a feeder.
template <typename Look, typename Waits>
auto look_until_fed(JobContext& context, Look look, Waits waits) {
  const Deadline until = step_by(context, kFed);
  for (;;) {
    auto found = look();
    const Deadline now = std::chrono::steady_clock::now();
    if (!context.look_now || !waits(found) || now >= until || should_end(context)) return found;
    let_pass(now + kFedAgain, [&] { return should_end(context); });
    context.look_now();
  }
}

}  // namespace hw::cluster
