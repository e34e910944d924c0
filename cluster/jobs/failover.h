/// cluster/jobs/failover.h -- an unplanned change of root: F1 to F5, by `failover` and by `migg` of a group whose place
/// is lost.
///
/// The old root must not take updates: it says so itself, it is stopped here (-force), its node was taken off the board
/// by pclean, or an operator says so when asked. No other instance may be made root until that is known.
///
/// The receipt is opened before the new root begins to reign, so that there is no reign without one, whatever dies in
/// between; it is closed, empty, when that one does not begin.
///
/// Source: operations, section 10, table of failover; section 9 "manual".
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cluster/jobs/group_look.h"
#include "cluster/jobs/settle.h"
#include "cluster/plan/choice.h"
#include "cluster/plan/loss.h"
#include "cluster/plan/plan_steps.h"

namespace hw::cluster {

struct FailoverWish {
  std::string to;      ///< empty: the best
  bool force = false;  ///< stops a root that takes updates, loses more than max_loss
};

struct FailoverPlan {
  FailoverWish wish;
  GroupLook look;
  std::string from;                ///< whose reign was the last
  std::vector<std::string> order;  ///< who takes, who else if that one fails …
  /// The receipt is about: `from`, or the one that may have begun a later reign unseen.
  std::string lost_root;
  std::uint64_t lost_epoch = 0;
  Choice choice;
  Loss loss;             ///< when the first of `order` takes
  bool already = false;  ///< `to` is root, or an earlier change did not end: what it has left is done
  std::string root;      ///< of `already`
  std::optional<Error> refusal;
  std::vector<std::string> questions;  ///< to be said yes to, in this order
};

FailoverPlan plan_failover(JobContext& context, const Group& group, const FailoverWish& wish);

enum class FailoverEnd : std::uint8_t {
  Reigns,        ///< `context.epoch_made` is its epoch
  NothingDone,   ///< the old root reigns, or nobody, as before
  NobodyReigns,  ///< the group is FAILED
};

/// F1 to F3, with the receipt of F5. Messages have been said. `root`: who reigns.
FailoverEnd fail_over(JobContext& context, const FailoverPlan& plan, std::string& root);

/// What `plan failover` prints.
PlanSteps steps_of(const FailoverPlan& plan);

}  // namespace hw::cluster
