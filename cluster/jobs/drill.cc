// drill: real faults, on purpose. None is built yet, and the command says so instead of doing half of one.
#include <algorithm>
#include <array>

#include "cluster/jobs/job_end.h"
#include "cluster/jobs/jobs.h"

namespace hw::cluster {
namespace {

struct DrillRow {
  std::string_view fault;
  std::string_view why_not;
};
constexpr std::array<DrillRow, 5> kDrills{{
    {"kill", "an agent cannot kill processes of its node on purpose yet"},
    {"pause", "an agent cannot stop processes of its node on purpose yet"},
    {"partition", "an agent cannot cut its links on purpose yet"},
    {"etcd", "leases are not kept by this release"},
    {"full", "an agent cannot take the room of its disks on purpose yet"},
}};

/// Why nothing is done. Errors of the command line: CLIERR.
Error refusal_of(const DrillCommand& command, const Domain& domain) {
  const auto* const row = std::ranges::find(kDrills, command.fault, &DrillRow::fault);
  if (row == kDrills.end()) return unknown_name("fault", command.fault);
  if (domain.node(command.node) == nullptr) return unknown_name("node", command.node);
  return make_error<MsgId::HWREFUSED>("drill " + command.fault, row->why_not);
}

}  // namespace

JobEnd run(const DrillCommand& command, JobContext& context) {
  return refuse_or_usage(context, refusal_of(command, context.domain));
}

JobEnd plan(const DrillCommand& command, JobContext& context) {
  return end_of_plan(context, refusal_of(command, context.domain));
}

}  // namespace hw::cluster
