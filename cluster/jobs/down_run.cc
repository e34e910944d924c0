#include "cluster/jobs/down_run.h"

#include <algorithm>
#include <set>

#include "cluster/jobs/group_edit.h"
#include "cluster/jobs/job_end.h"
#include "cluster/jobs/job_time.h"
#include "cluster/jobs/lease_change.h"
#include "cluster/jobs/wanted.h"

namespace hw::cluster {
namespace {

ServerRef ref_of(const PlannedStop& stop) { return {stop.server.kind, stop.server.name, stop.server.group, stop.copy}; }

std::vector<const PlannedStop*> stops_at(const DownPlan& plan, const std::string& node) {
  std::vector<const PlannedStop*> stops;
  for (const PlannedStop& stop : plan.stops)
    if (stop.server.node == node) stops.push_back(&stop);
  return stops;
}

/// Whole seconds where they are whole.
std::string seconds_of(Milliseconds time) { return fmt::format("{}", static_cast<double>(time.count()) / 1000); }

class NodeDown {
 public:
  NodeDown(DownRun& run, const std::string& node, Site& site)
      : run_(run), context_(run.context), node_(node), site_(site), board_(run.context.board()) {}

  void down() {
    for (const PlannedStop* const stop : stops_at(run_.plan, node_)) {
      if (context_.cancelled.load()) return;
      if (stop->server.is_of_instance()) end_reign_of(stop->server.instance);
      take_down(*stop);
    }
    for (const PlannedClose& close : run_.plan.closes) {
      if (close.node != node_ || context_.cancelled.load()) continue;
      end_reign_of(close.instance);
      if (!close.reign_alone && !failed_.contains(close.instance)) close_instance(close);
    }
    if (failed_.empty() && run_.plan.empties(board_, node_)) say_empty();
  }

 private:
  void fail(const PlannedStop& stop, const Error& why) {
    failed_.insert(stop.server.instance);
    run_.fail(node_, stop.server.name, why);
  }

  void take_down(const PlannedStop& stop) {
    const ServerRef server = ref_of(stop);
    if (const Status noted = want_down(context_, server, node_, run_.command.hold); !noted)
      return fail(stop, noted.error());
    const StopHow how = run_.command.at_once ? StopHow::AtOnce : StopHow::WorkFirst;
    const Result<StopOutcome> outcome = site_.stop(server, how, context_.deadline);
    if (!outcome) return fail(stop, outcome.error());
    if (outcome->already_down) return run_.lines.add(node_, stop.server.name, 0, ProcessEnd::AlreadyDown);
    run_.lines.add(node_, stop.server.name, outcome->pid, outcome->killed ? ProcessEnd::Killed : ProcessEnd::Stopped);
    if (!outcome->killed) return;
    const Node* const node = context_.domain.node(node_);
    const Milliseconds limit = node == nullptr ? Milliseconds(0) : node->agent.stop;
    run_.lines.message(make_error<MsgId::HWKILLED>(stop.server.name, seconds_of(limit)), node_);
  }

  /// A root goes down: no update begins any more, and the record says that it was taken back.
  void end_reign_of(const std::string& instance) {
    const auto close = std::ranges::find(run_.plan.closes, instance, &PlannedClose::instance);
    if (close == run_.plan.closes.end() || !close->is_root || !ended_.insert(instance).second) return;
    Status ended = end_reign(*close);
    if (ended) return;
    run_.partly = true;
    run_.lines.message(ended.error(), node_);
  }

  Status end_reign(const PlannedClose& close) {
    HW_TRY(const Position position, site_.position(close.instance, step_by(context_, kSmallStep)));
    std::uint64_t seqno = position.next_seqno;
    const bool leased = context_.domain.domain.dcs == Dcs::Etcd;
    if (leased) {
      // Whatever the store says: who goes down takes no updates, and its lease runs out.
      if (Status given = end_lease(context_, site_, close.instance); !given) {
        run_.partly = true;
        run_.lines.message(given.error(), node_);
      }
    }
    if (position.up) {
      HW_TRY(seqno, site_.stop_updates(close.instance, step_by(context_, kSmallStep)));
    } else if (!position.clean) {
      seqno = 0;
    }
    HW_TRY_VOID(edit_group(context_, close.group, [&](GroupOrder& group) {
      group.wanted = Wanted::Down;
      group.state = GroupState::Down;
      group.move_to.clear();
      group.hold = group.hold || run_.command.hold;
      if (group.record.lease == BoardLease::None) return;
      group.record.lease = BoardLease::Down;
      if (seqno != 0) group.record.seqno = seqno;
    }));
    return position.up ? site_.give_up(close.instance, step_by(context_, kSmallStep)) : Status{};
  }

  void close_instance(const PlannedClose& close) {
    Status closed = site_.close(close.instance, context_.deadline);
    if (closed) return;
    run_.partly = true;
    run_.lines.message(closed.error(), node_);
  }

  /// Nothing runs here any more: what comes next may be of another generation.
  void say_empty() {
    Status noted = site_.note_generation(0, step_by(context_, kSmallStep));
    if (noted) {
      noted = context_.orders.change([&](Orders& orders) {
        for (NodeOrder& order : orders.nodes)
          if (order.name == node_) order.wanted = Wanted::Down;
      });
    }
    if (noted) return;
    run_.partly = true;
    run_.lines.message(noted.error(), node_);
  }

  DownRun& run_;
  JobContext& context_;
  const std::string& node_;
  Site& site_;
  const Board board_;             ///< before anything was stopped
  std::set<std::string> failed_;  ///< instances of which a server did not stop
  std::set<std::string> ended_;
};

}  // namespace

void DownRun::fail(const std::string& node, const std::string& server, const Error& why) {
  if (is_over(context)) {
    out_of_time = true;
    lines.message(why, node);
  } else {
    lines.failed(node, server, why);
  }
}

void down_node(DownRun& run, const std::string& node) {
  const Result<Site*> site = run.context.sites.at(node);
  if (site) return NodeDown(run, node, **site).down();
  run.partly = true;
  run.lines.message(site.error(), node);
  for (const PlannedStop* const stop : stops_at(run.plan, node)) {
    const Status noted = want_down(run.context, ref_of(*stop), node, run.command.hold);
    if (!noted) run.lines.message(noted.error(), node);
  }
}

}  // namespace hw::cluster
