#include "cluster/jobs/boot_node.h"

#include <algorithm>
#include <set>

#include "cluster/jobs/boot_root.h"
#include "cluster/jobs/group_servers.h"
#include "cluster/jobs/job_time.h"
#include "cluster/jobs/paced_start.h"
#include "cluster/jobs/rejoin_step.h"
#include "cluster/jobs/wanted.h"

namespace hw::cluster {
namespace {

class NodeBoot {
 public:
  NodeBoot(BootRun& run, const std::string& node, Site& site) : run_(run), node_(node), site_(site) {
    for (const PlannedStart& start : run.plan.starts)
      if (start.server.node == node) starts_.push_back(&start);
  }

  void boot() {
    if (!note_generation() || !recover_instances()) return;
    for (std::size_t i = 0; i < starts_.size() && !run_.should_stop(); ++i) {
      const PlannedStart& start = *starts_[i];
      // Its updates are off: what works with them comes with the next boot.
      if (start.server.at_place && run_.roots.state_of(start.server.group) == RootWatch::State::Waits) continue;
      if (is_left_to_rejoin(start.server)) continue;
      if (!open_if_secondary(start.server) || !bring_up(start)) return;
      if (is_last_source_of_root(i)) boot_root(run_, placement_of_server(start.server), node_);
    }
  }

 private:
  const Placement& placement_of_server(const DomainServer& server) const {
    return *placement_of(run_.placements, server.group);
  }
  bool is_root(const DomainServer& server) const { return placement_of_server(server).root == server.instance; }

  bool fail(const std::string& server, const Error& why) {
    run_.fail(node_, server, why);
    return false;
  }

  bool note_generation() {
    if (Status noted = site_.note_generation(run_.context.generation, step_by(run_.context, kSmallStep)); !noted)
      return fail(starts_.front()->server.name, noted.error());
    return true;
  }

  /// Step 1, of every instance that is to be opened, before anything is started.
  bool recover_instances() {
    std::set<std::string> seen;
    for (const PlannedStart* const start : starts_) {
      const std::string& instance = start->server.instance;
      if (!start->server.is_of_instance() || !seen.insert(instance).second) continue;
      if (run_.should_stop()) return false;
      Result<Position> position = site_.position(instance, step_by(run_.context, kSmallStep));
      if (!position) return fail(instance, position.error());
      if (!position->up) {
        if (Status recovered = site_.recover(instance, run_.context.deadline); !recovered)
          return fail(instance, recovered.error());
        position = site_.position(instance, step_by(run_.context, kSmallStep));
        if (!position) return fail(instance, position.error());
      }
      positions_.emplace(instance, *position);
    }
    return true;
  }

  /// A former root gives up what the new one does not have, before it has a pool.
  bool open_if_secondary(const DomainServer& server) {
    if (!server.is_of_instance() || is_root(server) || !rejoined_.insert(server.instance).second) return true;
    const Placement& placement = placement_of_server(server);
    if (!must_rejoin(run_.context.board(), positions_.at(server.instance), server.instance, placement.root))
      return true;
    if (const auto missing = root_is_missing(placement); missing) return fail(server.instance, *missing);
    if (Status rejoined = rejoin_former_root(run_.context, server.group, server.instance, placement.root, site_,
                                             run_.context.deadline);
        !rejoined)
      return fail(server.instance, rejoined.error());
    return true;
  }

  /// It has come up as a root before anybody told it that its reign is over, or that it has rejoined and what it lost
  /// is still waited for. As a secondary it would have a receiver; if it got one now, what it has alone would be taken
  /// out, and nobody would keep it.
  bool is_left_to_rejoin(const DomainServer& server) {
    if (!server.is_of_instance() || is_root(server)) return false;
    const Position& position = positions_.at(server.instance);
    const Board board = run_.context.board();
    if (!position.up || (position.last_root != server.instance && !is_waited_for(board, server.instance))) return false;
    const std::vector<BoardServer> running = running_servers(board, server.group, node_);
    const std::string receiver = "receiver:" + server.instance;
    if (std::ranges::find(running, receiver, &BoardServer::name) != running.end()) return false;
    const std::lock_guard lock(run_.result);
    run_.to_rejoin.insert(server.instance);
    return true;
  }

  /// Why there is no root to rejoin; it may come up at another node at this moment.
  std::optional<Error> root_is_missing(const Placement& placement) const {
    const std::string& instance = placement.root;
    const auto not_up = [&] {
      return make_error<MsgId::HWREMOTE>(placement.place, fmt::format("root {} is not up", instance));
    };
    switch (run_.roots.wait(placement.group->name, run_.context.deadline)) {
      case RootWatch::State::Up:
      case RootWatch::State::Waits:
        return std::nullopt;
      case RootWatch::State::Coming:
      case RootWatch::State::Failed:
        return not_up();
      case RootWatch::State::NotBooted:
        break;
    }
    Result<Site*> site = run_.context.sites.at(placement.place);
    if (!site) return site.error();
    const Result<Position> position = (*site)->position(instance, step_by(run_.context, kLook));
    if (!position) return position.error();
    return position->up ? std::nullopt : std::optional(not_up());
  }

  bool bring_up(const PlannedStart& start) {
    StartRequest request;
    request.server = {start.server.kind, start.server.name, start.server.group, start.copy};
    request.instance = start.server.instance;
    request.as_root = start.server.as_root;
    request.passive = start.server.passive;
    request.options = run_.command.options;
    if (start.server.kind == ServerKind::Receiver) request.update_resync = !has_history(start.server.instance);
    const WantedBefore before = want_up(run_.context, request.server, node_, run_.command.options);
    if (before.fault) return fail(start.server.name, *before.fault);
    const Result<StartOutcome> outcome =
        paced_start(site_, request, run_.context, run_.command, [&] { return run_.should_stop(); });
    if (!outcome) {
      if (const Status undone = put_back(run_.context, request.server, node_, before); !undone)
        run_.lines.message(undone.error(), node_);
      return fail(start.server.name, outcome.error());
    }
    run_.lines.add(node_, start.server.name, outcome->pid,
                   outcome->already_up ? ProcessEnd::AlreadyUp : ProcessEnd::Started);
    return true;
  }

  bool has_history(const std::string& instance) const {
    const auto found = positions_.find(instance);
    return found == positions_.end() || found->second.has_history;
  }

  bool is_last_source_of_root(std::size_t at) const {
    const DomainServer& server = starts_[at]->server;
    if (server.kind != ServerKind::Source || !server.as_root) return false;
    return std::none_of(starts_.begin() + static_cast<std::ptrdiff_t>(at) + 1, starts_.end(),
                        [&](const PlannedStart* const later) {
                          return later->server.kind == ServerKind::Source && later->server.instance == server.instance;
                        });
  }

  BootRun& run_;
  const std::string& node_;
  Site& site_;
  std::vector<const PlannedStart*> starts_;
  std::map<std::string, Position> positions_;  ///< of instances that are opened: before their servers are started
  std::set<std::string> rejoined_;
};

/// Groups that wait for a root on this node wait no longer.
void give_up_roots(BootRun& run, const std::string& node) {
  for (const Placement& placement : run.placements)
    if (placement.place == node && run.roots.state_of(placement.group->name) == RootWatch::State::Coming)
      run.roots.set(placement.group->name, RootWatch::State::Failed);
}

}  // namespace

void boot_node(BootRun& run, const std::string& node) {
  if (const Result<Site*> site = run.context.sites.at(node); site) {
    NodeBoot(run, node, **site).boot();
  } else {
    const auto first =
        std::ranges::find_if(run.plan.starts, [&](const PlannedStart& start) { return start.server.node == node; });
    run.fail(node, first->server.name, site.error());
  }
  give_up_roots(run, node);
}

}  // namespace hw::cluster
