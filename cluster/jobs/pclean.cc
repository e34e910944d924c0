// pclean: a node that is gone leaves the board, so that what was on it can be started elsewhere.
#include "cluster/jobs/job_end.h"
#include "cluster/jobs/jobs.h"
#include "cluster/jobs/let_pass.h"

namespace hw::cluster {
namespace {

/// After so long no lease of a node that is not heard is valid. With dcs manual there is none.
Milliseconds lease_time(const Domain& domain) {
  return domain.domain.dcs == Dcs::Etcd ? domain.lease.ttl + domain.lease.margin : Milliseconds(0);
}

double seconds(Milliseconds time) { return std::chrono::duration<double>(time).count(); }

std::string question_for(const Domain& domain, const std::string& node) {
  const Milliseconds wait = lease_time(domain);
  if (wait == Milliseconds(0))
    return fmt::format("Takes {0} off the board: {0} must not run, neither now nor later by itself.", node);
  return fmt::format("Takes {} off the board, after {:.1f} s.", node, seconds(wait));
}

/// Nothing of it is in the orders any more; its report goes when boards are merged.
Result<CleanedNode> clean(JobContext& context, const std::string& node) {
  CleanedNode removed;
  HW_TRY_VOID(context.orders.change([&](Orders& orders) {
    BoardParts parts;
    parts.orders = std::move(orders);
    removed = clean_node(parts, node);
    orders = std::move(parts.orders);
  }));
  return removed;
}

}  // namespace

JobEnd run(const PcleanCommand& command, JobContext& context) {
  const std::string& name = command.node;
  const Board board = context.board();
  const BoardNode* const node = board.node(name);
  if (node == nullptr || context.domain.node(name) == nullptr)
    return end_with(context, Outcome::Usage, unknown_name("node", name));
  if (node->state == NodeState::Running) return refuse(context, make_error<MsgId::HWNODEALIVE>(name), name);
  if (node->state == NodeState::Cleaned) {
    context.say.line(fmt::format("{} is off the board", name));
    return end_of(Outcome::Done);
  }
  if (context.yes == 0) return ask_first(question_for(context.domain, name));
  context.say.line("Cleaning " + name);
  if (const Milliseconds wait = lease_time(context.domain); wait != Milliseconds(0)) {
    context.say.line(fmt::format("Pausing {:.1f} s: no lease of {} is valid after that", seconds(wait), name));
    let_pass(std::chrono::steady_clock::now() + wait, [&] { return context.cancelled.load(); });
    if (context.cancelled.load()) return end_of(Outcome::Refused);
    if (is_heard(context.board(), name)) return refuse(context, make_error<MsgId::HWNODEALIVE>(name), name);
  }
  const Result<CleanedNode> removed = clean(context, name);
  if (!removed) return refuse(context, removed.error());
  context.say.line(
      fmt::format("{} servers removed, {} instances off the candidates", removed->servers, removed->candidates));
  JobEnd end = end_of(Outcome::Done);
  end.result.values.emplace_back("servers", removed->servers);
  end.result.values.emplace_back("candidates", removed->candidates);
  return end;
}

}  // namespace hw::cluster
