#include "cluster/agent/command_carrier.h"

#include <algorithm>

#include "cluster/agent/agent_sites.h"
#include "cluster/agent/config_job.h"
#include "cluster/config/finding.h"
#include "cluster/jobs/job_end.h"
#include "cluster/jobs/jobs.h"

namespace hw::cluster {
namespace {

bool is_config(std::string_view verb) { return verb == "config.apply" || verb == "config.add"; }

JobEnd say_and_end(Say& say, const Error& why, Outcome outcome) {
  say.message(why, {});
  return end_of(outcome);
}

}  // namespace

JobEnd CommandCarrier::carry(const Asked& asked, std::optional<Deadline> deadline, Say& say) {
  // The first configuration of all comes before there is a coordinator; any other command may have waited for its turn
  // while another node became one.
  const bool first = is_config(asked.verb) && parts_.config.current().domain == nullptr;
  if (!first && !parts_.coordinator.is_here())
    return say_and_end(say, make_error<MsgId::HWLIMITED>(), Outcome::Limited);
  CommandRecord record(parts_.history, asked.verb, asked.request);
  JobEnd end = run(asked, deadline, say, &record);
  record.end(end);
  return end;
}

JobEnd CommandCarrier::look(const Asked& asked, Say& say) { return run(asked, std::nullopt, say, nullptr); }

Result<NamedDomain> CommandCarrier::domain_of_jobs() const {
  std::uint64_t running = parts_.config.running();
  for (const BoardNode& node : parts_.board.board().nodes)
    if (node.state == NodeState::Running) running = std::max(running, node.running_generation);
  const NamedDomain current = parts_.config.current();
  if (running != 0 && running != current.number) return parts_.config.read(running);
  if (current.domain == nullptr) return bad_key("configuration", "missing; hwadm config apply FILE");
  return current;
}

JobEnd CommandCarrier::run(const Asked& asked, std::optional<Deadline> deadline, Say& say, CommandRecord* record) {
  // What is decided is decided on what is so now, not on what the last heartbeats told.
  parts_.look_now();
  (void)parts_.coordinator.tend();  // Nodes that are back. What keeps it from that keeps the command from its orders.
  if (is_config(asked.verb)) return run_config(asked, say);
  const auto named = domain_of_jobs();
  if (!named.has_value()) return say_and_end(say, named.error(), Outcome::Refused);
  AgentSites sites(parts_.site, parts_.links, parts_.board);
  RecordedOrders orders(parts_.orders, record);
  RecordedSay recorded_say(say, record);
  JobContext context{.domain = *named->domain,
                     .generation = named->number,
                     .board = [this] { return parts_.board.board(); },
                     .sites = sites,
                     .orders = orders,
                     .say = recorded_say,
                     .deadline = ends_by_deadline(asked.verb) ? deadline.value_or(Deadline::max()) : Deadline::max(),
                     .cancelled = parts_.cancelled,
                     .yes = asked.request.yes};
  context.stored = [this](std::uint64_t number) -> Result<Domain> {
    HW_TRY(const NamedDomain stored, parts_.config.read(number));
    return *stored.domain;
  };
  context.look_now = parts_.look_now;
  JobEnd end = run_job(asked.verb, asked.request.arguments, context);
  if (record != nullptr) record->about(context.epoch_made, context.group);
  return end;
}

JobEnd CommandCarrier::run_config(const Asked& asked, Say& say) {
  const auto arguments = decode_apply(asked.request.arguments);
  if (!arguments.has_value()) return say_and_end(say, arguments.error(), Outcome::Usage);
  ConfigJob::Context context{.home = parts_.home,
                             .config = parts_.config,
                             .board = parts_.board,
                             .nodes = parts_.config_nodes,
                             .publish = {},
                             .say = say,
                             .by = asked.request.user + "@" + asked.request.host};
  if (parts_.coordinator.is_here())
    context.publish = [this](const Domain& domain, const BoardGeneration& generation) {
      return parts_.coordinator.publish(domain, generation);
    };
  ConfigJob job(std::move(context));
  return asked.verb == "config.add" ? job.add(*arguments) : job.apply(*arguments);
}

}  // namespace hw::cluster
