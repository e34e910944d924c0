// What goes wrong, and what operators ask for.
#include <fmt/format.h>

#include <algorithm>

#include "test/sim/lease/say.h"
#include "test/sim/lease/world.h"

namespace hw::lease_sim {

using namespace cluster::lease;

void World::begin(const Fault& fault) {
  if (calm()) return;
  ++counts_.faults[static_cast<std::size_t>(fault.kind)];
  const int node = who(fault);
  say([&] {
    return fmt::format("-- {} n{} for {:.3f} s, variant {}", name_of(fault.kind), node,
                       static_cast<double>(fault.length) / 1e9, fault.variant);
  });
  switch (fault.kind) {
    case FaultKind::StoreDown:
      store_down_until_ = now_ + fault.length;
      return;
    case FaultKind::StoreWiped:
      store_forgot_ = true;
      return store_.wipe();
    case FaultKind::StoreBack:
      store_forgot_ = true;
      if (old_store_) store_ = *old_store_;
      return;
    case FaultKind::StoreCut:
    case FaultKind::StoreSlow:
    case FaultKind::LinkCut:
    case FaultKind::Isolated:
      return hit_network(fault, node);
    case FaultKind::Switchover:
    case FaultKind::Move:
    case FaultKind::CallOff:
    case FaultKind::Down:
    case FaultKind::Failover:
    case FaultKind::Pause:
      return operate(fault, node);
    default:
      return hit_processes(fault, node);
  }
}

void World::hit_network(const Fault& fault, int index) {
  Node& node = at(index);
  const Time until = now_ + fault.length;
  const int direction = fault.variant % 4 == 0 ? 3 : fault.variant % 4;
  const auto cut = [&](int from, int to) {
    link_cut_until_[static_cast<std::size_t>(from)][static_cast<std::size_t>(to)] = until;
  };
  switch (fault.kind) {
    case FaultKind::StoreCut:
      if ((direction & 1) != 0) node.cut_until = until;
      if ((direction & 2) != 0) node.cut_back_until = until;
      return;
    case FaultKind::StoreSlow:
      node.slow_until = until;
      node.slow_variant = fault.variant % 3;
      return;
    case FaultKind::LinkCut: {
      if (plan_.nodes < 2) return;
      const int other = (index + 1 + fault.other % (plan_.nodes - 1)) % plan_.nodes;
      if ((direction & 1) != 0) cut(index, other);
      if ((direction & 2) != 0) cut(other, index);
      return;
    }
    default:
      for (int i = 0; i < plan_.nodes; ++i) {
        cut(index, i);
        cut(i, index);
      }
  }
}

void World::hit_processes(const Fault& fault, int index) {
  Node& node = at(index);
  switch (fault.kind) {
    case FaultKind::AgentKilled:
      kill_agent(index);
      push(now_ + fault.length, What::AgentBack, index).stamp = random_.below(2);
      return;
    case FaultKind::AgentStopped:
      node.agent_stopped_until = std::max(node.agent_stopped_until, now_ + fault.length);
      return;
    case FaultKind::NodeStopped:
      node.stopped_until = now_ + fault.length;
      return;
    case FaultKind::NodeRebooted:
      kill_agent(index);
      lose_pool(index);
      node.on = false;
      node.stopped_until = node.agent_stopped_until = 0;
      push(now_ + std::max(fault.length, 500 * kMs), What::NodeBack, index).stamp = 1;
      return;
    case FaultKind::InstanceCrashed:
      if (!node.pool.there) return;
      lose_pool(index);
      push(now_ + fault.length, What::PoolAnew, index);
      return;
    case FaultKind::DiskFull:
      node.disk_full_until = now_ + fault.length;
      return;
    case FaultKind::PromoteSlow:
      node.promote_slow = fault.length;
      return;
    case FaultKind::PromoteFails:
      node.promote_fails = fault.length;
      return;
    default: {  // NotCandidate
      if (plan_.nodes < 2) return;
      const int other = (index + 1 + fault.other % (plan_.nodes - 1)) % plan_.nodes;
      node.not_candidate_until[static_cast<std::size_t>(other)] = now_ + fault.length;
      name_candidates(index);
      push(now_ + fault.length + 1, What::Named, index);
    }
  }
}

void World::name_candidates(int index) {
  Node& node = at(index);
  node.candidates.clear();
  for (int i = 0; i < plan_.nodes; ++i)
    if (i != index && node.not_candidate_until[static_cast<std::size_t>(i)] <= now_)
      node.candidates.push_back(at(i).name);
  if (node.life != 0) to_agent(index, now_, event::Tick{}, node.life);
}

void World::operate(const Fault& fault, int index) {
  Node& node = at(index);
  const int holder = root();
  const auto tell = [&](int to, Event event, Time later = 0) {
    if (at(to).life != 0) to_agent(to, now_ + later, std::move(event), at(to).life);
  };
  switch (fault.kind) {
    case FaultKind::Switchover:
      if (index != holder) tell(holder, event::Release{.to = node.name});
      return;
    case FaultKind::Move:
      if (index == holder) return;
      tell(holder, event::Release{.to = node.name, .move = true});
      if (fault.variant % 2 == 0)
        tell(holder, event::Migrate{}, fault.length);
      else
        tell(holder, event::Cancel{}, fault.length);
      return;
    case FaultKind::CallOff:
      return tell(holder, event::Cancel{});
    case FaultKind::Down:
      if (at(holder).life == 0) return;
      at(holder).wanted_up = false;
      tell(holder, event::Down{});
      push(now_ + fault.length, What::Booted, holder);
      return;
    case FaultKind::Failover:
      if (fault.variant % 2 == 1) ++counts_.forced;
      return tell(index, event::Failover{.force = fault.variant % 2 == 1});
    default:  // Pause
      for (int i = 0; i < plan_.nodes; ++i) tell(i, event::Pause{clock_of(at(i), now_ + fault.length)});
  }
}

/// A request has come to the store.
void World::at_store(const Item& item) {
  if (store_down_until_ > now_) {
    if (random_.percent(50)) return requeue(item, store_down_until_ + between(kMs, 200 * kMs));
    sent_free_.push_back(item.index);
    return;
  }
  const Sent sent = std::move(sent_[item.index]);
  sent_free_.push_back(item.index);
  const std::optional<Stored> before = store_.record();
  Event answer = store_.apply(sent.request, sent.node);
  if (store_.record()) had_record_ = true;
  const bool changed = store_.record() && (!before || before->revision != store_.record()->revision);
  if (changed) {
    say([&] { return fmt::format("store: {}", describe(*store_.record())); });
    const Record& record = store_.record()->record;
    if (before && before->record.state == RecordState::Released && record.holder == before->record.next) {
      handed_from_ = index_of(before->record.holder);
      handed_to_ = index_of(record.holder);
      ++counts_.handovers;
    } else if (before && before->record.holder != record.holder) {
      handed_to_ = -1;
    }
    for (int i = 0; i < plan_.nodes; ++i) {
      const Node& node = at(i);
      if (i == sent.node || node.life == 0 || (!calm() && (node.cut_back_until > now_ || chance(plan_.weather.unseen))))
        continue;
      to_agent(i, now_ + delay(), event::Changed{}, node.life);
    }
  }
  if (sent.node >= plan_.nodes) return;  // The coordinator's.
  const Node& node = at(sent.node);
  if (node.life != sent.life) return;
  Time arrives = now_ + delay();
  if (!calm()) {
    if (chance(plan_.weather.lost)) return;
    const bool of_a_put = std::holds_alternative<action::PutRecord>(sent.request);
    if (node.slow_until > now_ && node.slow_variant == 2 && of_a_put) arrives += between(300 * kMs, 9 * kSecond);
    if (node.cut_back_until > now_) {
      if (random_.percent(70)) return;
      arrives = node.cut_back_until + between(kMs, 300 * kMs);
    }
  }
  to_agent(sent.node, arrives, std::move(answer), sent.life);
}

}  // namespace hw::lease_sim
