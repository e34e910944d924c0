/// cluster/site/steps.h -- commands that run to their end while the caller waits.
///
/// At the caller's deadline a step is told to end (TERM), or runs on: a rollback is not broken off. Either way it keeps
/// its instance until it has ended, so that nothing else is done to that one meanwhile.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "cluster/keeper/step_runner.h"
#include "cluster/site/instance_place.h"
#include "cluster/site/site_waits.h"

namespace hw::cluster {

/// What becomes of a step that has not ended at the deadline.
enum class AtDeadline : std::uint8_t { Cancel, RunOn };

/// Thread: any but the loop's, where nothing else is said.
class Steps {
 public:
  /// Loop and runner outlive it. `node` is who answers HWREMOTE.
  Steps(EventLoop& loop, StepRunner& runner, std::shared_ptr<SiteWaits> waits, std::string node)
      : loop_(loop), runner_(runner), waits_(std::move(waits)), node_(std::move(node)) {}

  struct Call {
    const InstancePlace& place;
    std::shared_ptr<InstanceHold> hold;
    Deadline deadline;
    AtDeadline at_deadline = AtDeadline::Cancel;
    CancelFlag cancelled = {};  ///< the step is told to end at once
  };

  /// Runs a program of home/bin, as program_at has it; `deed` is what tables and messages call it: `rollback`.
  /// Errors: HWREMOTE when it has not ended at the deadline, or could not be started; those of program_at. How it ended
  /// is in the result. Blocks: until then.
  Result<StepResult> run(const Call& call, std::string_view deed, std::string_view program,
                         std::vector<std::string> arguments);
  /// The same, and an exit status that is not 0 is an error: the first that it has printed, else HWREMOTE.
  Result<StepResult> run_well(const Call& call, std::string_view deed, std::string_view program,
                              std::vector<std::string> arguments);

  /// Waits for one that an earlier agent has left, and keeps `hold` until it has ended. In the loop's thread.
  void adopt(const ProcessRow& found, std::shared_ptr<InstanceHold> hold);

  /// Of a step that did not end well.
  Error failure(const InstancePlace& place, std::string_view deed, const StepResult& result) const;

 private:
  EventLoop& loop_;
  StepRunner& runner_;
  const std::shared_ptr<SiteWaits> waits_;
  const std::string node_;
};

/// The instance that a step is about, by its name in the process table: `rollback A`.
std::string step_name(std::string_view deed, std::string_view instance);
std::string instance_of_step(std::string_view name);

}  // namespace hw::cluster
