#include "test/sim/lease/world.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/check.h"

namespace hw::lease_sim {

using namespace cluster::lease;

void Counts::add(const Counts& other) {
  schedules += other.schedules;
  events += other.events;
  reigns += other.reigns;
  commits += other.commits;
  late_commits += other.late_commits;
  for (std::size_t i = 0; i < states.size(); ++i) states[i] += other.states[i];
  for (std::size_t i = 0; i < faults.size(); ++i) faults[i] += other.faults[i];
  rounds += other.rounds;
  forced += other.forced;
  handovers += other.handovers;
  rebuilt += other.rebuilt;
  takes_void += other.takes_void;
  restarts_with_note += other.restarts_with_note;
  helped += other.helped;
}

/// A schedule has some thousands.
constexpr std::uint64_t kEventsMax = 200'000;

World::World(const Plan& plan, const Rules& rules, const OuterRules& outer, std::string* trace)
    : plan_(plan),
      rules_(rules),
      outer_(outer),
      trace_(trace),
      random_(sim::derived_seed(plan.seed, 2)),
      nodes_(static_cast<std::size_t>(plan.nodes)),
      store_(plan.nodes, outer.cas_compares_value) {
  HW_CHECK(plan.nodes >= 1 && plan.nodes <= kNodesMax);
  queue_.reserve(256);
  for (int i = 0; i < plan.nodes; ++i) {
    Node& node = at(i);
    node.name = fmt::format("n{}", i);
    node.rate = plan.rates[static_cast<std::size_t>(i)];
    node.clock_at_boot = static_cast<std::uint64_t>(between(kSecond, 1'000 * kSecond));
  }
  for (int i = 0; i < plan.nodes; ++i) {
    name_candidates(i);
    make_pool(i);
    push(between(0, 200 * kMs), What::AgentBack, i).stamp = 1;
  }
  for (std::size_t i = 0; i < plan.faults.size(); ++i) {
    const Fault& fault = plan.faults[i];
    push(fault.at, What::Fault, 0).index = static_cast<std::uint32_t>(i);
    if (fault.kind == FaultKind::StoreBack) push(fault.at - fault.length, What::Snapshot, 0);
  }
  // Until all agents have answered that they know of no reign.
  for (const Time at : {250 * kMs, 800 * kMs, 2 * kSecond, 4 * kSecond}) push(at, What::Booted, 0);
  push(plan.quiet_at, What::Quiet, 0);
  push(kSecond, What::Rebuild, 0);
}

World::~World() = default;

Outcome World::run() {
  while (!queue_.empty() && !done_ && judge_.violation().empty()) {
    std::pop_heap(queue_.begin(), queue_.end());
    const Item item = queue_.back();
    queue_.pop_back();
    now_ = item.at;
    if (++counts_.events > kEventsMax) judge_.fail("an agent wakes up again and again");
    if (!waits(item)) play(item);
  }
  counts_.schedules = 1;
  counts_.reigns = judge_.reigns();
  return {judge_.violation(), counts_, judge_.longest_gap()};
}

// ---- time and the queue ----

/// The reference is good until the next push.
World::Item& World::push(Time at, What what, int node) {
  // A heap of items that are filled in after they are in place: what is compared is there already.
  queue_.push_back({std::max(at, now_), order_++, what, static_cast<std::int8_t>(node), 0, 0, 0, 0, 0});
  std::size_t child = queue_.size() - 1;
  while (child > 0) {
    const std::size_t parent = (child - 1) / 2;
    if (!(queue_[parent] < queue_[child])) break;
    std::swap(queue_[parent], queue_[child]);
    child = parent;
  }
  return queue_[child];
}

void World::requeue(Item item, Time later) {
  const std::uint64_t order = order_;
  Item& again = push(later, item.what, item.node);
  item.at = again.at;
  item.order = order;
  again = item;
}

/// An agent, or all programs of a node, that stand still do nothing until they go on.
bool World::waits(const Item& item) {
  const Node& node = at(item.node);
  const bool agent = item.what == What::Wake || item.what == What::ToAgent || item.what == What::GoOn;
  const bool program = item.what == What::Commit || item.what == What::Promoted || item.what == What::Committed;
  const Time until = agent ? std::max(node.agent_stopped_until, node.stopped_until) : program ? node.stopped_until : 0;
  if (until <= now_) return false;
  requeue(item, until);
  return true;
}

std::uint64_t World::clock_of(const Node& node, Time at) const {
  return node.clock_at_boot + static_cast<std::uint64_t>(static_cast<double>(at - node.boot_at) * node.rate);
}

Time World::true_time(const Node& node, std::uint64_t clock_ns) const {
  if (clock_ns >= node.clock_at_boot + static_cast<std::uint64_t>(10'000 * kSecond)) return now_ + 10'000 * kSecond;
  if (clock_ns <= node.clock_at_boot) return now_;
  return node.boot_at + static_cast<Time>(static_cast<double>(clock_ns - node.clock_at_boot) / node.rate) + 1;
}

Time World::delay() {
  if (calm()) return between(kMs, 5 * kMs);
  const std::uint64_t roll = random_.below(10'000);
  if (roll < plan_.weather.very_slow) return between(kMs, 15 * kSecond);
  if (roll < plan_.weather.very_slow + plan_.weather.slow) return between(kMs, 1'500 * kMs);
  return between(kMs / 2, 5 * kMs);
}

void World::say_line(std::string text) {
  *trace_ += fmt::format("{:10.6f} {}\n", static_cast<double>(now_) / 1e9, text);
}

void World::play(const Item& item) {
  Node& node = at(item.node);
  switch (item.what) {
    case What::Wake:
      if (node.life == item.stamp && node.wake_at == static_cast<Time>(item.number)) step(item.node, event::Tick{});
      return;
    case What::ToAgent: {
      const Event event = std::move(events_[item.index]);
      events_free_.push_back(item.index);
      if (node.life != 0 && (item.stamp == 0 || item.stamp == node.life)) step(item.node, event);
      return;
    }
    case What::ToStore:
      return at_store(item);
    case What::GoOn:
      if (node.life == item.stamp) go_on(item.node);
      return;
    case What::Commit:
      return commit(item);
    case What::Promoted:
      return promoted(item);
    case What::Committed:
      if (node.life == item.stamp) step(item.node, event::Committed{item.number});
      return;
    case What::PoolGone:
      if (!node.pool.there || node.pool.uid != item.pool_uid) return;
      lose_pool(item.node);
      push(now_ + between(50 * kMs, 500 * kMs), What::PoolAnew, item.node);
      return;
    case What::PoolAnew:
      if (!node.on || node.pool.there) return;
      make_pool(item.node);
      if (node.life != 0) to_agent(item.node, now_, event::PoolAnew{}, node.life);
      return;
    case What::NodeBack:
      if (node.on || node.off_for_good) return;
      node.on = true;
      node.boot_at = now_;
      node.clock_at_boot = static_cast<std::uint64_t>(between(kSecond, 1'000 * kSecond));
      make_pool(item.node);
      [[fallthrough]];
    case What::AgentBack:
      if (node.on && node.life == 0) start_agent(item.node, item.stamp != 0);
      return;
    case What::Applied:
      return drained(item);
    case What::Fault:
      return begin(plan_.faults[item.index]);
    case What::Named:
      return name_candidates(item.node);
    case What::Booted:
      node.wanted_up = true;
      if (node.life != 0) to_agent(item.node, now_, event::Boot{.none_known = none_known()}, node.life);
      return;
    case What::Snapshot:
      old_store_ = store_;
      return;
    case What::Rebuild:
      return rebuild(item);
    case What::Quiet:
      return become_quiet();
    case What::Look:
      return look();
  }
}

/// Who has the highest reign, as far as agents live; else who had it last.
int World::root() const {
  int found = -1;
  std::uint64_t epoch = 0;
  for (int i = 0; i < plan_.nodes; ++i) {
    const Node& node = nodes_[static_cast<std::size_t>(i)];
    if (node.life == 0 || node.machine->own_epoch() <= epoch) continue;
    epoch = node.machine->own_epoch();
    found = i;
  }
  return found >= 0 ? found : std::max(judge_.last_root(), 0);
}

int World::who(const Fault& fault) const {
  switch (fault.who) {
    case Who::Root:
      return root();
    case Who::Candidate:
      return plan_.nodes == 1 ? 0 : (root() + 1 + fault.index % (plan_.nodes - 1)) % plan_.nodes;
    default:
      return fault.index % plan_.nodes;
  }
}

Outcome play(const Plan& plan, const Rules& rules, const OuterRules& outer, std::string* trace) {
  World world(plan, rules, outer, trace);
  return world.run();
}

}  // namespace hw::lease_sim
