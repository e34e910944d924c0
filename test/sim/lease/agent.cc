// An agent: the machine, its disk, and how it speaks with store and peers.
#include <fmt/format.h>

#include <algorithm>

#include "test/sim/lease/say.h"
#include "test/sim/lease/world.h"

namespace hw::lease_sim {

using namespace cluster::lease;

void World::start_agent(int index, bool boot) {
  Node& node = at(index);
  node.life = number_++;
  node.actions.clear();
  node.wake_at = 0;
  node.agent_stopped_until = 0;
  Config config;
  config.group = "acct";
  config.self = node.name;
  for (const Node& one : nodes_) config.members.push_back({one.name, 100});
  node.machine = std::make_unique<Machine>(std::move(config), rules_);
  if (node.disk.note) ++counts_.restarts_with_note;
  say([&] { return fmt::format("{} agent starts{}", node.name, node.disk.note ? ", finds a note" : ""); });
  const Pool pool = node.pool.there ? node.pool : Pool{};
  step(index, event::Start{.run = random_.next() | 1,
                           .note = node.disk.note,
                           .known_epoch = node.disk.known_epoch,
                           .last_epoch = node.disk.last_epoch,
                           .pool_epoch = pool.epoch,
                           .pool_deadline_ns = pool.deadline_ns,
                           .pool_updates_on = pool.updates_on});
  if (node.life == 0 || !boot || !node.wanted_up) return;
  to_agent(index, now_ + between(kMs, 50 * kMs), event::Boot{.none_known = none_known()}, node.life);
}

/// What the agents of a group that boots tell each other.
bool World::none_known() const {
  return std::ranges::all_of(nodes_, [](const Node& one) { return one.life != 0 && one.disk.known_epoch == 0; });
}

void World::kill_agent(int index) {
  Node& node = at(index);
  if (node.life == 0) return;
  say([&] { return fmt::format("{} agent dies in {}", node.name, name_of(node.machine->state())); });
  node.life = 0;
  node.actions.clear();
}

/// The clock is read once, before anything is done: whatever stands still after that makes it only older.
void World::step(int index, const Event& event) {
  Node& node = at(index);
  if (node.life == 0) return;
  if (!node.actions.empty()) {  // The agent went on at this instant, and the rest of its last step comes first.
    go_on(index);
    if (node.life == 0) return;
  }
  catch_up(index);
  const Local local{.seqno = node.seqno, .ready = is_ready(node), .candidates = node.candidates};
  const State before = node.machine->state();
  node.actions = node.machine->step(clock_of(node, now_), event, local);
  node.action_at = 0;
  const State after = node.machine->state();
  if (after != before) ++counts_.states[static_cast<std::size_t>(after)];
  say([&] {
    return fmt::format("{} {} {}{}{}", node.name, name_of(before), describe(event), after != before ? " -> " : "",
                       after != before ? name_of(after) : "");
  });
  go_on(index);
}

void World::go_on(int index) {
  Node& node = at(index);
  const std::uint64_t life = node.life;
  while (node.action_at < node.actions.size()) {
    if (!calm() && chance(plan_.weather.stalls)) {
      node.agent_stopped_until = now_ + (random_.percent(50) ? between(kMs, 400 * kMs) : between(kMs, 6 * kSecond));
      say([&] { return fmt::format("{} agent stands still for {}", node.name, node.agent_stopped_until - now_); });
      push(node.agent_stopped_until, What::GoOn, index).stamp = life;
      return;
    }
    if (!calm() && chance(plan_.weather.dies)) {
      kill_agent(index);
      push(now_ + between(50 * kMs, 4 * kSecond), What::AgentBack, index).stamp = random_.below(2);
      return;
    }
    const Action action = std::move(node.actions[node.action_at++]);
    say([&] { return fmt::format("{}   {}", node.name, describe(action)); });
    if (!on_disk(index, action)) {
      node.actions.clear();
      node.failed_promote |= node.machine->state() == State::Promote;
      to_agent(index, now_, event::DiskFailed{}, life);
      break;
    }
    in_pool(index, action);
    send(index, action);
  }
  node.actions.clear();
  const Time wake = std::max(true_time(node, node.machine->wake_ns()), now_ + 1);
  if (wake == node.wake_at) return;
  node.wake_at = wake;
  Item& item = push(wake, What::Wake, index);
  item.stamp = life;
  item.number = static_cast<std::uint64_t>(wake);
}

/// False: the disk is full.
bool World::on_disk(int index, const Action& action) {
  Node& node = at(index);
  const bool full = node.disk_full_until > now_;
  if (const auto* note = std::get_if<action::WriteNote>(&action)) {
    if (full) return false;
    node.disk.note = note->note;
  } else if (const auto* keep = std::get_if<action::KeepEpoch>(&action)) {
    if (full) return false;
    node.disk.known_epoch = std::max(node.disk.known_epoch, keep->epoch);
  } else if (std::holds_alternative<action::DropNote>(action)) {
    node.disk.note.reset();
  }
  return true;
}

void World::send(int index, const Action& action) {
  Node& node = at(index);
  if (const auto* read = std::get_if<action::ReadRecord>(&action)) return send_to_store(index, *read);
  if (const auto* put = std::get_if<action::PutRecord>(&action)) return send_to_store(index, *put);
  if (const auto* tried = std::get_if<action::PutTry>(&action)) return send_to_store(index, *tried);
  if (const auto* ask = std::get_if<action::AskConfirm>(&action)) {
    ++counts_.rounds;
    for (const std::string& member : ask->members)
      to_peer(index, index_of(member), event::ConfirmAsked{node.name, ask->round, ask->epoch});
  } else if (const auto* answer = std::get_if<action::AnswerConfirm>(&action)) {
    to_peer(index, index_of(answer->to), event::ConfirmAnswered{node.name, answer->round, answer->yes});
  } else if (const auto* asked = std::get_if<action::AskPositions>(&action)) {
    for (const std::string& member : asked->members) {  // Answered by the agent there, the machine is not asked.
      const int peer = index_of(member);
      if (at(peer).life == 0 || !is_ready(at(peer)) || at(peer).agent_stopped_until > now_ || !linked(index, peer))
        continue;
      to_peer(peer, index, event::Position{member, asked->query, at(peer).seqno});
    }
  } else if (const auto* drain = std::get_if<action::Drain>(&action)) {
    Item& item = push(now_ + between(5 * kMs, 300 * kMs), What::Applied, index);
    item.other = static_cast<std::int8_t>(index_of(drain->to));
    item.index = static_cast<std::uint32_t>(drain->drain);
    item.stamp = node.life;
    item.number = node.seqno;
  } else if (const auto* report = std::get_if<action::Report>(&action)) {
    if (report->error.id == MsgId::HWEPOCHBACK && !store_forgot_)
      judge_.fail(fmt::format("{} says that the store has lost its memory, which it has not", node.name));
  } else if (const auto* follow = std::get_if<action::FollowHolder>(&action)) {
    node.feeder = index_of(follow->holder);
    if (!follow->rejoin) return;
    node.pool.rejoins = true;
    push(now_ + between(5 * kMs, 1'500 * kMs), What::PoolGone, index).pool_uid = node.pool.uid;
  }
}

void World::to_agent(int index, Time when, Event event, std::uint64_t life) {
  if (events_free_.empty()) {
    events_free_.push_back(static_cast<std::uint32_t>(events_.size()));
    events_.emplace_back();
  }
  const std::uint32_t slot = events_free_.back();
  events_free_.pop_back();
  events_[slot] = std::move(event);
  Item& item = push(when, What::ToAgent, index);
  item.index = slot;
  item.stamp = life;
}

bool World::linked(int from, int to) const {
  return at(to).on && link_cut_until_[static_cast<std::size_t>(from)][static_cast<std::size_t>(to)] <= now_;
}

void World::to_peer(int from, int to, Event event) {
  if (!linked(from, to) || (!calm() && chance(plan_.weather.lost))) return;
  to_agent(to, now_ + delay(), std::move(event), 0);
}

void World::send_to_store(int index, Request request) {
  Node& node = at(index);
  Time arrives = now_ + delay();
  if (!calm()) {
    if (chance(plan_.weather.lost)) return;
    const bool a_put = std::holds_alternative<action::PutRecord>(request);
    if (node.slow_until > now_ && (node.slow_variant == 0 || (node.slow_variant == 1 && a_put)))
      arrives += between(300 * kMs, 9 * kSecond);
    if (node.cut_until > now_) {  // Lost, or sent again by TCP when the way is open.
      if (random_.percent(60)) return;
      arrives = node.cut_until + between(kMs, 300 * kMs);
    }
  }
  post(index, node.life, std::move(request), arrives);
}

/// A request comes to the store at that time.
void World::post(int index, std::uint64_t life, Request request, Time arrives) {
  if (sent_free_.empty()) {
    sent_free_.push_back(static_cast<std::uint32_t>(sent_.size()));
    sent_.emplace_back();
  }
  const std::uint32_t slot = sent_free_.back();
  sent_free_.pop_back();
  sent_[slot].node = index;
  sent_[slot].life = life;
  sent_[slot].request = std::move(request);
  push(arrives, What::ToStore, 0).index = slot;
}

/// A secondary has what its feeder has, most of the time.
void World::catch_up(int index) {
  Node& node = at(index);
  if (node.feeder < 0 || node.feeder == index || node.pool.updates_on || !node.pool.there) return;
  const Node& feeder = at(node.feeder);
  if (feeder.on && feeder.pool.there && linked(node.feeder, index) && random_.percent(80)) node.seqno = feeder.seqno;
}

}  // namespace hw::lease_sim
