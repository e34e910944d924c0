// fence off I: the instance is in hands again, until an agent boots it.
#include "cluster/jobs/group_look.h"
#include "cluster/jobs/job_end.h"
#include "cluster/jobs/job_time.h"
#include "cluster/jobs/jobs.h"

namespace hw::cluster {

JobEnd run(const FenceCommand& command, JobContext& context) {
  const Instance* const instance = context.domain.instance(command.instance);
  if (instance == nullptr) return end_with(context, Outcome::Usage, unknown_name("instance", command.instance));
  if (const Group* const group = context.domain.group_of_instance(command.instance); group != nullptr)
    context.group = group->name;
  const Result<Site*> site = context.sites.at(instance->node);
  if (!site) return refuse(context, site.error(), instance->node);
  const Result<Position> position = (*site)->position(command.instance, step_by(context, kLook));
  if (!position) return refuse(context, position.error(), instance->node);
  const std::string done = fmt::format("{} is not fenced", command.instance);
  if (!position->fence_required) {
    context.say.line(done);
    return end_of(Outcome::Done);
  }
  if (position->up) return refuse(context, make_error<MsgId::HWINUSE>(command.instance, "its servers"), instance->node);
  if (context.yes < 1)
    return ask_first(
        fmt::format("{} can be root without its agent from now on, beside another root.", command.instance));
  const Status taken_off = (*site)->fence_off(command.instance, step_by(context, kSmallStep));
  if (!taken_off) return refuse(context, taken_off.error(), instance->node);
  context.say.line(done);
  return end_of(Outcome::Done);
}

}  // namespace hw::cluster
