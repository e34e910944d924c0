#include "cluster/jobs/group_servers.h"

#include "cluster/jobs/job_time.h"
#include "cluster/jobs/wanted.h"

namespace hw::cluster {

ServerRef ref_of(const DomainServer& server, std::uint32_t copy) {
  return {server.kind, server.name, server.group, copy};
}
ServerRef ref_of(const BoardServer& server) { return {server.kind, server.name, server.group, server.copy}; }

std::vector<BoardServer> running_servers(const Board& board, const std::string& group, const std::string& node) {
  std::vector<BoardServer> running;
  for (const BoardServer& server : board.servers)
    if (server.group == group && server.node == node && server.state != BoardServerState::Down)
      running.push_back(server);
  return running;
}

Status bring_up(JobContext& context, const DomainServer& server, std::uint32_t copy) {
  StartRequest request;
  request.server = ref_of(server, copy);
  request.instance = server.instance;
  request.as_root = server.as_root;
  request.passive = server.passive;
  if (WantedBefore before = want_up(context, request.server, server.node, {}); before.fault)
    return *std::move(before.fault);
  HW_TRY(Site* const site, context.sites.at(server.node));
  if (server.kind == ServerKind::Receiver) {
    HW_TRY(const Position position, site->position(server.instance, step_by(context, kLook)));
    request.update_resync = !position.has_history;
  }
  HW_TRY([[maybe_unused]] const StartOutcome started, site->start(request, step_by(context, kServerStep)));
  return {};
}

Status halt(JobContext& context, Site& site, const ServerRef& server) {
  HW_TRY([[maybe_unused]] const StopOutcome stopped,
         site.stop(server, StopHow::WorkFirst, step_by(context, kServerStep)));
  return {};
}

Status take_down(JobContext& context, const ServerRef& server, const std::string& node) {
  HW_TRY_VOID(want_down(context, server, node, false));
  HW_TRY(Site* const site, context.sites.at(node));
  return halt(context, *site, server);
}

}  // namespace hw::cluster
