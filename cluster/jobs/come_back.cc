#include "cluster/jobs/come_back.h"

#include <algorithm>

#include "cluster/jobs/feeding.h"
#include "cluster/jobs/group_edit.h"
#include "cluster/jobs/group_servers.h"
#include "cluster/jobs/job_time.h"
#include "cluster/jobs/place_servers.h"
#include "cluster/jobs/rejoin_step.h"

namespace hw::cluster {
namespace {

Error no_return(const std::string& instance, const Error& why) {
  if (why.id == MsgId::HWREJOIN) return why;
  return make_error<MsgId::HWREJOIN>(instance, message_line(why.id, why.severity, why.text)).as(Severity::Error);
}

/// In down's order: application servers from the last on, handlers, gateways, the receiver, source servers.
std::vector<BoardServer> downs_order(std::vector<BoardServer> servers) {
  std::ranges::stable_sort(servers, [](const BoardServer& a, const BoardServer& b) {
    return std::pair(a.kind, a.position) > std::pair(b.kind, b.position);
  });
  return servers;
}

class Return {
 public:
  Return(JobContext& context, const GroupLook& look, const Placement& placement, const Member& member,
         Expected expected)
      : context_(context),
        expected_(expected),
        look_(look),
        placement_(placement),
        member_(member),
        stopped_(downs_order(running_servers(look.board, look.group->name, member.node()))) {}

  Status run() {
    Status back = give_up_and_come_up();
    // From the last on: as boot starts them.
    for (auto server = stopped_.rbegin(); server != stopped_.rend(); ++server)
      if (Status again = start_again(*server); !again && back) back = std::move(again);
    return back;
  }

 private:
  Status give_up_and_come_up() {
    if (member_.is_up()) {
      for (const BoardServer& server : stopped_) HW_TRY_VOID(halt(context_, *member_.site, ref_of(server)));
      HW_TRY_VOID(member_.site->close(member_.name(), step_by(context_, kServerStep)));
    } else {
      HW_TRY_VOID(member_.site->recover(member_.name(), context_.deadline));
    }
    HW_TRY_VOID(feed_from_root());
    HW_TRY_VOID(rejoin_former_root(context_, look_.group->name, member_.name(), placement_.root, *member_.site,
                                   context_.deadline, expected_));
    return come_up(context_, look_, placement_, member_.name());
  }

  /// The rollback asks the root itself, whoever feeds the instance later.
  Status feed_from_root() {
    DomainServer source;
    for (const DomainServer& server : engine_servers(look_, placement_, placement_.root))
      if (server.kind == ServerKind::Source) source = server;
    source.kind = ServerKind::Source;
    source.name = "source:" + member_.name();
    source.group = look_.group->name;
    source.node = placement_.place;
    source.instance = placement_.root;
    source.as_root = true;
    source.passive = false;
    return bring_up(context_, source);
  }

  /// The engine's own have come up, or could not.
  Status start_again(const BoardServer& server) {
    // What is where the root is has moved with it.
    if (server.kind <= ServerKind::Receiver || is_at_place(context_.domain, server.kind, server.name)) return {};
    DomainServer again;
    again.kind = server.kind;
    again.name = server.name;
    again.group = server.group;
    again.node = server.node;
    again.instance = member_.name();
    return bring_up(context_, again, server.copy);
  }

  JobContext& context_;
  Expected expected_;
  const GroupLook& look_;
  const Placement& placement_;
  const Member& member_;
  std::vector<BoardServer> stopped_;
};

/// Source servers of the group at the node that it shall not have as a secondary are not wanted any more.
Status forget_others(JobContext& context, const std::vector<DomainServer>& wanted, const Member& member,
                     const std::string& group) {
  return context.orders.change([&](Orders& orders) {
    for (ServerOrder& order : orders.servers) {
      if (order.node != member.node() || order.group != group || order.kind > ServerKind::Receiver) continue;
      const bool is_to_be =
          std::ranges::any_of(wanted, [&](const DomainServer& server) { return server.name == order.name; });
      if (!is_to_be) order.wanted = Wanted::Down;
    }
  });
}

}  // namespace

Status come_up(JobContext& context, const GroupLook& look, const Placement& placement, const std::string& instance) {
  const std::vector<DomainServer> wanted = engine_servers(look, placement, instance);
  HW_TRY_VOID(forget_others(context, wanted, *look.member(instance), look.group->name));
  for (const DomainServer& server : wanted) HW_TRY_VOID(bring_up(context, server));
  return {};
}

Status come_back(JobContext& context, const GroupLook& look, const Placement& placement, const std::string& instance,
                 Expected expected) {
  Status back = Return(context, look, placement, *look.member(instance), expected).run();
  return back ? std::move(back) : Status(no_return(instance, back.error()));
}

}  // namespace hw::cluster
