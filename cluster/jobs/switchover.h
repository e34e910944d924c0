/// cluster/jobs/switchover.h -- a planned change of root: who it would be, and why not.
///
/// Source: operations, section 10.
#pragma once

#include <optional>
#include <string>

#include "cluster/jobs/group_look.h"
#include "cluster/plan/choice.h"
#include "cluster/plan/commands.h"
#include "cluster/plan/plan_steps.h"

namespace hw::cluster {

struct SwitchoverPlan {
  GroupLook look;
  std::string from;               ///< who takes updates, or did last
  std::string to;                 ///< empty: nobody can
  Choice choice;                  ///< beside `from`
  bool already = false;           ///< `to` is root: what an earlier change has left is done
  std::optional<Error> refusal;   ///< nothing will be changed
  bool waits = false;             ///< of a refusal: for want of a feeder alone
  std::string refusal_node = {};  ///< whose fault it is
};

/// Looks at the group and decides. Nobody is named: the best, or the one that a change that did not end was about. Of
/// `unfinished` that one, or the last root again, and only when everybody who may be root has answered.
SwitchoverPlan plan_switchover(JobContext& context, const Group& group, const SwitchoverCommand& command);

/// What `plan switchover` prints.
PlanSteps steps_of(const SwitchoverPlan& plan);

/// Expected pause of a change to `standing`, in seconds: it gets what it lacks, the reign begins, gateways send on.
double expected_pause_s(const Standing& standing);

}  // namespace hw::cluster
