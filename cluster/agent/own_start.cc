#include "cluster/agent/own_start.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "cluster/plan/domain_servers.h"
#include "cluster/plan/placement.h"

namespace hw::cluster {
namespace {

/// Wanted at this node, and not stopped by hand (down -b).
bool is_wanted(const BoardServer& server, const std::string& node) {
  return server.node == node && server.wanted == Wanted::Up && !server.hold;
}

bool is_engine(ServerKind kind) { return kind == ServerKind::Source || kind == ServerKind::Receiver; }

StartRequest request_for(const DomainServer& server, std::uint32_t copy, const std::string& options) {
  StartRequest request;
  request.server = {server.kind, server.name, server.group, copy};
  request.instance = server.instance;
  request.as_root = server.as_root;
  request.passive = server.passive;
  request.options = options;
  return request;
}

/// Groups whose place is known; what is wrong with the others is said.
std::vector<Placement> placements_of(const Domain& domain, const Board& board, std::vector<Error>& faults) {
  std::vector<Placement> out;
  for (const Group& group : domain.groups) {
    auto placement = place_group(domain, board, group);
    if (placement.has_value())
      out.push_back(*std::move(placement));
    else
      faults.push_back(std::move(placement).error());
  }
  return out;
}

/// Servers of an instance end together, when none of them is wanted: who feeds whom, and who is root, is for jobs.
void add_unwanted(const Domain& domain, const Board& board, const std::string& node,
                  const std::vector<ServerRef>& running, OwnStartPlan& plan) {
  for (const ServerRef& server : running) {
    if (is_wanted_here(board, node, server)) continue;
    plan.unwanted.push_back(server);
    const Group* const group = domain.group(server.group);
    const Instance* const instance = group == nullptr ? nullptr : domain.instance_at(*group, node);
    if (instance == nullptr || !is_engine(server.kind)) continue;
    if (std::ranges::find(plan.closed, instance->name) == plan.closed.end()) plan.closed.push_back(instance->name);
  }
  std::ranges::stable_sort(plan.unwanted, [](const ServerRef& a, const ServerRef& b) { return a.kind > b.kind; });
}

Deadline in(std::chrono::milliseconds time) { return std::chrono::steady_clock::now() + time; }

void start(const StartRequest& request, const OwnStartDoing& doing) {
  const auto started = doing.site.start(request, in(doing.step));
  if (!started.has_value()) return doing.say(started.error());
  doing.line(fmt::format("{} {} pid {} {}", doing.site.node(), request.server.name, started->pid,
                         started->already_up ? "already up" : "started"));
}

void start_instance(const OwnStartPlan::OwnInstance& instance, const OwnStartDoing& doing) {
  const auto position = doing.site.position(instance.name, in(doing.step));
  if (!position.has_value()) return doing.say(position.error());
  if (!position->up) {
    if (!instance.is_root && position->last_root == instance.name) {
      // What it has beyond the new root is to be taken back, and kept.
      const Status rejoined = doing.ask_rejoin(instance.name);
      if (!rejoined.has_value()) doing.say(make_error<MsgId::HWREJOIN>(instance.name, rejoined.error().text));
      return;
    }
    if (const Status recovered = doing.site.recover(instance.name, in(doing.step)); !recovered.has_value())
      return doing.say(recovered.error());
  }
  for (StartRequest request : instance.servers) {
    if (!doing.wanted(request.server)) continue;
    request.update_resync = request.server.kind == ServerKind::Receiver && !position->has_history;
    start(request, doing);
  }
}

}  // namespace

bool is_wanted_here(const Board& board, const std::string& node, const ServerRef& server) {
  return std::ranges::any_of(board.servers, [&](const BoardServer& one) {
    if (!is_wanted(one, node) || one.group != server.group) return false;
    return is_engine(server.kind) ? is_engine(one.kind) : one.name == server.name && one.copy == server.copy;
  });
}

OwnStartPlan plan_own_start(const Domain& domain, const Board& board, const std::string& node,
                            const std::vector<ServerRef>& running) {
  OwnStartPlan plan;
  add_unwanted(domain, board, node, running, plan);
  std::vector<DomainServer> servers = domain_servers(domain, placements_of(domain, board, plan.faults));
  std::erase_if(servers, [&](const DomainServer& server) { return server.node != node; });
  // An instance is wanted as a whole: which servers it has follows from who is root now.
  const auto instance_wanted = [&](const DomainServer& server) {
    return std::ranges::any_of(board.servers, [&](const BoardServer& one) {
      return is_wanted(one, node) && is_engine(one.kind) && one.group == server.group;
    });
  };
  for (const DomainServer& server : servers) {
    if (!is_engine(server.kind) || !instance_wanted(server)) continue;
    auto found = std::ranges::find(plan.instances, server.instance, &OwnStartPlan::OwnInstance::name);
    if (found == plan.instances.end()) found = plan.instances.insert(found, {server.instance, server.as_root, {}});
    found->servers.push_back(request_for(server, 1, ""));
  }
  for (const DomainServer& server : servers) {
    if (is_engine(server.kind)) continue;
    for (const BoardServer& one : board.servers)
      if (is_wanted(one, node) && one.group == server.group && one.name == server.name && one.pid == 0)
        plan.others.push_back({request_for(server, one.copy, one.options), server.at_place});
  }
  return plan;
}

void end_unwanted(const OwnStartPlan& plan, const OwnStartDoing& doing) {
  for (const ServerRef& server : plan.unwanted) {
    const auto stopped = doing.site.stop(server, StopHow::WorkFirst, in(doing.step));
    if (!stopped.has_value())
      doing.say(stopped.error());
    else
      doing.line(fmt::format("{} {} pid {} stopped", doing.site.node(), server.name, stopped->pid));
  }
  for (const std::string& instance : plan.closed)
    if (const Status closed = doing.site.close(instance, in(doing.step)); !closed.has_value())
      doing.say(closed.error());
}

std::vector<OwnStartPlan::OwnServer> do_own_start(const OwnStartPlan& plan, const OwnStartDoing& doing) {
  for (const Error& fault : plan.faults) doing.say(fault);
  for (const OwnStartPlan::OwnInstance& instance : plan.instances) start_instance(instance, doing);
  return start_after_root(plan.others, doing);
}

std::vector<OwnStartPlan::OwnServer> start_after_root(const std::vector<OwnStartPlan::OwnServer>& waiting,
                                                      const OwnStartDoing& doing) {
  std::vector<OwnStartPlan::OwnServer> later;
  for (const OwnStartPlan::OwnServer& server : waiting) {
    if (!doing.wanted(server.request.server)) continue;
    if (server.after_root && !doing.accepts(server.request.instance))
      later.push_back(server);
    else
      start(server.request, doing);
  }
  return later;
}

}  // namespace hw::cluster
