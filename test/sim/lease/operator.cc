// The operator: puts the record again when the store has lost it, and helps where nobody may go on unasked.
#include <fmt/format.h>

#include <algorithm>

#include "test/sim/lease/world.h"

namespace hw::lease_sim {

using namespace cluster::lease;

/// `config epoch-base`: reads, puts its try key, asks every agent, puts the record. Step 0 looks whether it is needed.
void World::rebuild(const Item& item) {
  if (item.stamp != rebuilding_.stamp) return;
  const auto again_in = [&](Time later) {
    rebuilding_.stamp = number_++;
    rebuilding_.answers.clear();
    Item& next = push(now_ + later, What::Rebuild, 0);
    next.stamp = rebuilding_.stamp;
    next.number = 0;
  };
  const auto next_step = [&] {
    Item& next = push(now_ + delay(), What::Rebuild, 0);
    next.stamp = rebuilding_.stamp;
    next.number = item.number + 1;
  };
  const int step = static_cast<int>(item.number);
  if (step == 0) {
    if (store_.record() || !had_record_ || store_down_until_ > now_) return again_in(700 * kMs);
    const Serial serial{.run = ~std::uint64_t{0}, .number = number_++};
    const Event answer = store_.apply(action::PutTry{0, serial, false}, plan_.nodes);
    rebuilding_.mark = {std::get<event::TryPut>(answer).revision, serial};
    return next_step();
  }
  if (step <= plan_.nodes) {
    const Node& node = at(step - 1);
    if (node.life == 0 || node.agent_stopped_until > now_ || node.stopped_until > now_ || !linked(0, step - 1))
      return again_in(kSecond);
    rebuilding_.answers.push_back(node.machine->answer_epoch(node.seqno));
    return next_step();
  }
  const Result<Record> record = rebuilt_record(rebuilding_.answers, {.run = ~std::uint64_t{0}, .number = number_++});
  if (!record.has_value()) return again_in(kSecond);
  ++counts_.rebuilt;
  say([&] { return fmt::format("operator puts the record anew: {} {}", record->holder, name_of(record->state)); });
  post(plan_.nodes, 0, action::PutRecord{0, *record, std::nullopt, rebuilding_.mark, false}, now_ + delay());
  again_in(3 * kSecond);
}

void World::become_quiet() {
  if (plan_.dead_mask == ~0u) {
    done_ = true;
    return;
  }
  say([] { return std::string("-- quiet"); });
  store_down_until_ = 0;
  for (auto& row : link_cut_until_) row.fill(0);
  for (int i = 0; i < plan_.nodes; ++i) {
    Node& node = at(i);
    node.cut_until = node.cut_back_until = node.slow_until = node.disk_full_until = 0;
    node.promote_slow = node.promote_fails = 0;
    const bool gone = !store_.record();  // Then every agent is needed.
    if ((plan_.dead_mask >> i & 1) != 0 && !gone) {
      kill_agent(i);
      lose_pool(i);
      node.on = false;
      node.off_for_good = true;
      continue;
    }
    if (!node.on) push(now_, What::NodeBack, i).stamp = 1;
    if (node.on && node.life == 0) push(now_, What::AgentBack, i).stamp = 1;
    if (node.on && !node.pool.there) push(now_ + 200 * kMs, What::PoolAnew, i);
    node.wanted_up = true;
    if (node.life != 0) to_agent(i, now_, event::Resume{}, node.life);
  }
  push(now_ + 500 * kMs, What::Look, 0).number = 1;
}

/// Somebody must accept, by something that was heard since all is quiet.
void World::look() {
  const Time since = now_ - plan_.quiet_at;
  const bool somebody = std::ranges::any_of(nodes_, [&](const Node& node) { return accepts(node, now_); });
  if (somebody && since > 4 * kSecond) {
    done_ = true;
    return;
  }
  const bool failed = std::ranges::any_of(nodes_, [](const Node& node) { return node.failed_promote; });
  if (since > (failed ? 75 : 60) * kSecond)
    return judge_.fail(fmt::format("nobody accepts, {:.1f} s after all is quiet", static_cast<double>(since) / 1e9));
  if (since > 6 * kSecond && since % (3 * kSecond) < 500 * kMs && may_need_help()) help();
  push(now_ + 500 * kMs, What::Look, 0);
}

/// Nobody may take without being told to: the group is down, is being moved, or neither holder nor candidate is there.
bool World::may_need_help() const {
  for (const Node& node : nodes_)
    if (node.life != 0 && node.machine->state() == State::Drain) return true;
  if (!store_.record()) return !had_record_;
  const Record& record = store_.record()->record;
  if (record.state == RecordState::Down) return true;
  return std::ranges::none_of(nodes_, [&](const Node& node) {
    return node.life != 0 && (node.name == record.holder || std::ranges::count(record.candidates, node.name) > 0);
  });
}

void World::help() {
  ++counts_.helped;
  for (int i = 0; i < plan_.nodes; ++i)
    if (at(i).life != 0 && at(i).machine->state() == State::Drain) return to_agent(i, now_, event::Migrate{}, 0);
  if (!store_.record()) return to_agent(0, now_, event::Boot{.none_known = none_known()}, 0);
  const Record& record = store_.record()->record;
  const int holder = index_of(record.holder);
  if (at(holder).life != 0) return to_agent(holder, now_, event::Boot{}, 0);
  for (int i = 0; i < plan_.nodes; ++i)
    if (at(i).life != 0) return to_agent(i, now_, event::Failover{.confirmed = true}, 0);
}

}  // namespace hw::lease_sim
