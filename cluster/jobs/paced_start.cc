#include "cluster/jobs/paced_start.h"

#include <algorithm>

#include "cluster/jobs/let_pass.h"

namespace hw::cluster {
namespace {

using std::chrono::steady_clock;

Result<StartOutcome> start(Site& site, StartRequest request, bool wait_ready, Deadline deadline) {
  request.wait_ready = wait_ready;
  return site.start(request, deadline);
}

/// Not READY by then is no failure.
Result<StartOutcome> start_and_wait(Site& site, const StartRequest& request, Deadline ready_by, Deadline deadline) {
  Result<StartOutcome> started = start(site, request, false, deadline);
  if (!started || started->already_up) return started;
  const Result<StartOutcome> ready = start(site, request, true, std::min(ready_by, deadline));
  if (!ready && steady_clock::now() < ready_by) return ready.error();
  return started;
}

}  // namespace

Result<StartOutcome> paced_start(Site& site, const StartRequest& request, const JobContext& context,
                                 const BootCommand& command, const std::function<bool()>& should_stop) {
  constexpr auto kLongest_us = static_cast<std::uint64_t>(std::chrono::microseconds(kHowever).count());
  const std::chrono::microseconds length(std::min(command.pace_us, kLongest_us));
  const Deadline by = std::min(context.deadline, steady_clock::now() + length);
  switch (command.pace) {
    case Pace::Registered:
    case Pace::Ready:
      return start(site, request, true, context.deadline);
    case Pace::AtOnce:
      return start(site, request, false, context.deadline);
    case Pace::Wait:
      return start_and_wait(site, request, by, context.deadline);
    case Pace::Delay: {
      Result<StartOutcome> started = start(site, request, false, context.deadline);
      if (started) let_pass(by, should_stop);
      return started;
    }
    case Pace::FullWait: {
      Result<StartOutcome> started = start_and_wait(site, request, by, context.deadline);
      if (started) let_pass(by, should_stop);
      return started;
    }
  }
  return start(site, request, true, context.deadline);
}

}  // namespace hw::cluster
