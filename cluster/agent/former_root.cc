#include "cluster/agent/former_root.h"

#include <algorithm>

namespace hw::cluster {
namespace {

ReignFact fact_of_board(const Domain& domain, const Board& board, const std::string& name) {
  ReignFact fact;
  fact.instance = name;
  if (const Instance* const configured = domain.instance(name); configured != nullptr)
    fact.priority = configured->priority;
  const BoardInstance* const instance = board.instance(name);
  if (instance == nullptr) return fact;
  const BoardNode* const node = board.node(instance->node);
  fact.cleaned = node != nullptr && node->state == NodeState::Cleaned;
  fact.heard = is_heard(board, instance->node);
  fact.up = instance->role != BoardRole::Down;
  fact.accepting = instance->accepting;
  fact.known_epoch = instance->epoch;
  return fact;
}

bool waits(const InstanceFacts& facts) {
  return facts.up && facts.fence_required && facts.own_epoch == 0 && facts.report.role == BoardRole::Root;
}

/// It is down, is wanted, and has not rejoined: a try has failed, or nobody was there to be asked.
bool is_left_behind(const InstanceFacts& facts, const Board& board, const BoardInstance& instance) {
  if (facts.report.role != BoardRole::Down || !facts.ends_as_root) return false;
  return std::ranges::any_of(board.servers, [&](const BoardServer& server) {
    return server.group == instance.group && server.node == instance.node && server.kind <= ServerKind::Receiver &&
           server.wanted == Wanted::Up && !server.hold;
  });
}

}  // namespace

std::vector<FormerRoot> former_roots(const Domain& domain, const Board& board, const std::string& node,
                                     const std::vector<InstanceFacts>& facts) {
  std::vector<FormerRoot> out;
  for (const InstanceFacts& one : facts) {
    const BoardInstance* const instance = board.instance(one.report.name);
    if (instance == nullptr || instance->node != node || !waits(one)) continue;
    const Group* const group = domain.group(instance->group);
    const BoardGroup* const shown = board.group(instance->group);
    if (group == nullptr || shown == nullptr || shown->lease != BoardLease::Manual || shown->holder != instance->name)
      continue;
    FormerRoot& former = out.emplace_back();
    former.instance = instance->name;
    former.group = group->name;
    former.epoch = shown->epoch;  // Its own reign's: a higher one that it knows of is another's.
    ReignFact own = fact_of_board(domain, board, instance->name);
    own.known_epoch = former.epoch;
    std::vector<ReignFact> others;
    for (const std::string& name : group->instances) others.push_back(fact_of_board(domain, board, name));
    former.may = may_go_on(own, others);
    if (one.report.epoch > former.epoch) {
      former.may.yes = false;
      former.may.over_by = instance->name;
      former.may.over_epoch = one.report.epoch;
    }
  }
  return out;
}

std::vector<std::string> who_must_answer(const Domain& domain, const Board& board, const FormerRoot& former) {
  std::vector<std::string> out;
  for (const std::string& name : domain.group(former.group)->instances) {
    const ReignFact fact = fact_of_board(domain, board, name);
    if (name != former.instance && fact.priority > 0 && !fact.cleaned) out.push_back(name);
  }
  return out;
}

std::vector<Overtaken> overtaken_roots(const Domain& domain, const Board& board, const std::string& node,
                                       const std::vector<InstanceFacts>& facts) {
  std::vector<Overtaken> out;
  for (const InstanceFacts& one : facts) {
    const BoardInstance* const instance = board.instance(one.report.name);
    if (!one.fence_required || instance == nullptr || instance->node != node) continue;
    const bool is_up = one.up && one.report.role == BoardRole::Root;
    if (!is_up && !is_left_behind(one, board, *instance)) continue;
    const Group* const group = domain.group(instance->group);
    const BoardGroup* const shown = board.group(instance->group);
    const bool is_held = shown != nullptr && (shown->lease == BoardLease::Manual || shown->lease == BoardLease::Held);
    if (group == nullptr || !is_held) continue;
    if (shown->holder == instance->name || shown->epoch <= one.own_epoch) continue;
    const bool rejoins = group->auto_rejoin && board.paused_until_us == 0;
    out.push_back({instance->name, group->name, shown->epoch, is_up, rejoins});
  }
  return out;
}

Error problem_of(const FormerRoot& former) {
  if (!former.may.over_by.empty())
    return make_error<MsgId::HWEPOCHOLD>(former.instance, former.epoch, former.may.over_epoch);
  std::string names;
  for (const std::string& name : former.may.waits_for) names += (names.empty() ? "" : ", ") + name;
  return make_error<MsgId::HWNEEDCONF>(names);
}

}  // namespace hw::cluster
