#include "cluster/jobs/boot_recover.h"

#include "cluster/jobs/job_time.h"
#include "cluster/jobs/rejoin_step.h"

namespace hw::cluster {
namespace {

/// Returns whether it was up.
Result<bool> recover(BootRun& run, const PlannedRecovery& recovery, Site& site) {
  JobContext& context = run.context;
  HW_TRY(const Position position, site.position(recovery.instance, step_by(context, kSmallStep)));
  if (position.up) return true;
  HW_TRY_VOID(site.recover(recovery.instance, context.deadline));
  const std::string& root = placement_of(run.placements, recovery.group)->root;
  if (recovery.with_rejoin && is_former_root(position, recovery.instance, root))
    HW_TRY_VOID(rejoin_former_root(context, recovery.group, recovery.instance, root, site, context.deadline));
  return false;
}

}  // namespace

void recover_node(BootRun& run, const std::string& node) {
  for (const PlannedRecovery& recovery : run.plan.recoveries) {
    if (recovery.node != node || run.should_stop()) continue;
    const std::string worker = "recovery:" + recovery.instance;
    const Result<Site*> site = run.context.sites.at(node);
    const Result<bool> was_up = site ? recover(run, recovery, **site) : Result<bool>(site.error());
    if (was_up) {
      run.lines.add(node, worker, 0, *was_up ? ProcessEnd::AlreadyUp : ProcessEnd::Recovered);
    } else {
      run.fail(node, worker, was_up.error());
    }
  }
}

}  // namespace hw::cluster
