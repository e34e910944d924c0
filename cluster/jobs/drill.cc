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

}  // namespace

JobEnd run(const DrillCommand& command, JobContext& context) {
  const auto* const row = std::ranges::find(kDrills, command.fault, &DrillRow::fault);
  if (row == kDrills.end())
    return end_with(context, Outcome::Usage,
                    make_error<MsgId::CLIERR>(fmt::format("{}: kill, pause, partition, etcd or full", command.fault)));
  if (context.domain.node(command.node) == nullptr)
    return end_with(context, Outcome::Usage, make_error<MsgId::CLIERR>(fmt::format("{}: no such node", command.node)));
  return refuse(context, make_error<MsgId::HWREFUSED>("drill " + command.fault, row->why_not));
}

}  // namespace hw::cluster
