// An instance: its journal pool, the programs that commit there, and how it is made root.
#include <fmt/format.h>

#include <algorithm>

#include "test/sim/lease/world.h"

namespace hw::lease_sim {

using namespace cluster::lease;

// ---- the pool ----

void World::make_pool(int index) {
  Node& node = at(index);
  node.pool = Pool{.there = true, .uid = number_++};
  node.commit.reset();
}

void World::lose_pool(int index) {
  Node& node = at(index);
  node.pool = Pool{};
  node.commit.reset();
}

void World::in_pool(int index, const Action& action) {
  Pool& pool = at(index).pool;
  if (const auto* deadline = std::get_if<action::SetDeadline>(&action)) {
    pool.deadline_ns = deadline->deadline_ns;
  } else if (std::holds_alternative<action::StopUpdates>(action)) {
    pool.stopped = true;
  } else if (std::holds_alternative<action::AllowUpdates>(action)) {
    pool.stopped = false;
  } else if (const auto* promotes = std::get_if<action::Promote>(&action)) {
    return promote(index, *promotes);
  } else if (const auto* scripts = std::get_if<action::RunCommitScripts>(&action)) {
    const bool long_ones = !calm() && chance(plan_.weather.long_scripts);
    const Time lasts = between(0, long_ones ? 4 * kSecond : 100 * kMs);
    Item& item = push(now_ + lasts, What::Committed, index);
    item.stamp = at(index).life;
    item.number = scripts->promotion;
    return;
  } else if (std::holds_alternative<action::UpdatesOn>(action)) {
    pool.updates_on = pool.there && pool.epoch != 0;
  } else {
    return;
  }
  if (pool.there) may_accept(index);
}

bool World::accepts(const Node& node, Time when) const {
  return node.pool.there && node.pool.updates_on && !node.pool.stopped && clock_of(node, when) < node.pool.deadline_ns;
}

/// Acceptance begins only where the pool is changed: it is enough to look there.
void World::may_accept(int index) {
  Node& node = at(index);
  if (!accepts(node, now_)) return;
  int also = -1;
  for (int i = 0; i < plan_.nodes; ++i)
    if (i != index && accepts(at(i), now_)) also = i;
  const bool new_reign = node.pool.epoch != judge_.last_epoch();
  judge_.accepts(index, node.pool.epoch, also);
  if (new_reign) {
    say([&] { return fmt::format("{} accepts in epoch {}", node.name, node.pool.epoch); });
    if (handed_to_ == index && node.seqno < judge_.accepted_seqno(handed_from_))
      judge_.fail(fmt::format("lost by a planned change: n{} begins at {}, n{} had accepted {}", index, node.seqno,
                              handed_from_, judge_.accepted_seqno(handed_from_)));
    handed_to_ = -1;
  }
  begin_commits(index);
}

// ---- programs ----

void World::begin_commits(int index) {
  Node& node = at(index);
  if (node.commit) return;
  node.commit = Commit{.pool_uid = node.pool.uid};
  push(now_ + between(kMs, 100 * kMs), What::Commit, index).stamp = node.pool.uid;
}

/// Publish; read the clock; read the deadline. Between any two of them the program may stand still.
void World::commit(const Item& item) {
  Node& node = at(item.node);
  if (!node.commit || node.pool.uid != item.stamp) return;
  Commit& commit = *node.commit;
  const auto next = [&](bool at_once) {
    const bool stands = !calm() && chance(plan_.weather.late_reads);
    const Time when = stands ? now_ + between(kMs, 6 * kSecond) : now_ + (at_once ? 0 : between(kMs / 10, kMs));
    push(when, What::Commit, item.node).stamp = item.stamp;
  };
  if (commit.seqno == 0) {  // Under the commit lock.
    if (!node.pool.updates_on || node.pool.stopped) {
      node.commit.reset();
      return;
    }
    commit = Commit{.pool_uid = item.stamp, .seqno = node.seqno++, .epoch = node.pool.epoch, .published_at = now_};
    return next(false);
  }
  const bool clock_first = outer_.clock_before_deadline;
  if (!commit.first_read) {
    commit.first_read = true;
    commit.read_at = now_;
    (clock_first ? commit.clock_ns : commit.deadline_ns) = clock_first ? clock_of(node, now_) : node.pool.deadline_ns;
    return next(true);
  }
  if (clock_first) {
    commit.deadline_ns = node.pool.deadline_ns;
  } else {
    commit.clock_ns = clock_of(node, now_);
    commit.read_at = now_;
  }
  if (commit.clock_ns < commit.deadline_ns) {
    ++counts_.commits;
    judge_.committed(item.node, commit.epoch, commit.seqno, commit.published_at, commit.read_at);
  } else {
    ++counts_.late_commits;
    node.pool.stopped = true;
  }
  commit.seqno = 0;
  commit.first_read = false;
  push(now_ + between(20 * kMs, 200 * kMs), What::Commit, item.node).stamp = item.stamp;
}

// ---- promotion ----

void World::promote(int index, const action::Promote& promotes) {
  Node& node = at(index);
  node.feeder = -1;
  Time lasts = between(30 * kMs, 300 * kMs);
  if (!calm()) {
    if (node.promote_slow > 0) lasts = std::exchange(node.promote_slow, 0);
    if (node.promote_fails > 0) {  // Given up by the agent; what it had begun comes to its end.
      lasts = 100 * kMs + std::exchange(node.promote_fails, 0);
      to_agent(index, now_ + 100 * kMs, event::PromoteFailed{promotes.promotion}, node.life);
      node.failed_promote = true;
    }
  }
  Item& item = push(now_ + lasts, What::Promoted, index);
  item.stamp = node.life;
  item.number = promotes.epoch;
  item.pool_uid = node.pool.uid;
  item.index = static_cast<std::uint32_t>(promotes.promotion);
}

/// Does not need the agent to live.
void World::promoted(const Item& item) {
  Node& node = at(item.node);
  const bool same_pool = node.pool.there && node.pool.uid == item.pool_uid;
  const bool done = same_pool && node.disk_full_until <= now_ && node.disk.known_epoch <= item.number;
  if (done) {
    node.disk.known_epoch = node.disk.last_epoch = item.number;
    node.pool.epoch = item.number;
  }
  if (node.life != item.stamp) return;
  if (done) return step(item.node, event::Promoted{item.index});
  node.failed_promote = true;
  step(item.node, event::PromoteFailed{item.index});
}

/// The next root has what this one had when its updates were stopped.
void World::drained(const Item& item) {
  Node& node = at(item.node);
  if (node.life != item.stamp || node.machine->state() != State::Drain) return;
  Node& to = at(item.other);
  const bool fed = to.pool.there && to.feeder == item.node;  // By this one: it has heard who is root.
  if (!fed || !linked(item.node, item.other) || !linked(item.other, item.node)) {
    const Item again = item;
    return requeue(again, now_ + 100 * kMs);
  }
  to.seqno = std::max(to.seqno, item.number);
  to_agent(item.node, now_ + between(kMs, 5 * kMs), event::Applied{item.index}, node.life);
}

}  // namespace hw::lease_sim
