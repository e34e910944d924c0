/// test/sim/lease/world.h -- one schedule, played: nodes with their clocks, disks, pools and agents, the store, and the
/// network, all of it events in one queue, in true time.
///
/// Each agent is a lease::Machine; this plays everything around it. What the machine may rely on holds here: actions on
/// disk are durable in their order, the store is linearizable, clocks run within the error. Everything else fails.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cluster/lease/epoch_base.h"
#include "cluster/lease/machine.h"
#include "test/sim/lease/judge.h"
#include "test/sim/lease/plan.h"
#include "test/sim/lease/store.h"
#include "test/sim/random.h"

namespace hw::lease_sim {

/// What is outside of the machine and may be left out to see that it is needed.
struct OuterRules {
  bool cas_compares_value = true;     ///< of cluster/store
  bool clock_before_deadline = true;  ///< of the commit path: reads the clock first
};

/// How often the schedules came to what they are to come to.
struct Counts {
  std::uint64_t schedules = 0, events = 0, reigns = 0, commits = 0, late_commits = 0;
  std::array<std::uint64_t, 10> states{};  ///< entered, by cluster::lease::State
  std::uint64_t rounds = 0, forced = 0, handovers = 0, rebuilt = 0, takes_void = 0, restarts_with_note = 0, helped = 0;
  std::array<std::uint64_t, 22> faults{};
  void add(const Counts& other);
};

struct Outcome {
  std::string violation;  ///< empty: none
  Counts counts;
  Time longest_gap = 0;  ///< between two transactions that were accepted
};

class World {
 public:
  /// `trace`: gets a line for all that happens; may be null.
  World(const Plan& plan, const cluster::lease::Rules& rules, const OuterRules& outer, std::string* trace);
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World();

  Outcome run();

 private:
  using Event = cluster::lease::Event;

  struct Pool {
    bool there = false;
    std::uint64_t uid = 0;
    std::uint64_t epoch = 0;
    std::uint64_t deadline_ns = 0;
    bool stopped = false;
    bool updates_on = false;
    bool rejoins = false;  ///< it is being taken down, for a rollback
  };
  struct Disk {  ///< survives everything
    std::optional<cluster::lease::Note> note;
    std::uint64_t known_epoch = 0;
    std::uint64_t last_epoch = 0;
  };
  /// A program that makes one transaction after the other.
  struct Commit {
    std::uint64_t pool_uid = 0;
    std::uint64_t seqno = 0;  ///< 0: between two
    std::uint64_t epoch = 0;
    Time published_at = 0;
    bool first_read = false;  ///< the clock, or, without the rule, the deadline
    std::uint64_t clock_ns = 0, deadline_ns = 0;
    Time read_at = 0;
  };
  struct Node {
    std::string name;
    double rate = 1;
    Time boot_at = 0;
    std::uint64_t clock_at_boot = 0;
    bool on = true;
    std::uint64_t life = 0;  ///< of the agent; 0: dead
    std::unique_ptr<cluster::lease::Machine> machine;
    std::vector<cluster::lease::Action> actions;  ///< of the last step, while the agent stands still amid them
    std::size_t action_at = 0;
    Time agent_stopped_until = 0;
    Time stopped_until = 0;  ///< the programs too
    Time disk_full_until = 0;
    Time cut_until = 0, cut_back_until = 0, slow_until = 0;  ///< to the store, from it
    int slow_variant = 0;
    Time promote_slow = 0, promote_fails = 0;  ///< of the next one; 0: as usual
    Time wake_at = 0;                          ///< of the Wake that counts
    Pool pool;
    Disk disk;
    std::uint64_t seqno = 1;
    std::optional<Commit> commit;  ///< the program that commits
    int feeder = -1;
    bool wanted_up = true;
    bool off_for_good = false;
    bool failed_promote = false;
    std::vector<std::string> candidates;
    std::array<Time, kNodesMax> not_candidate_until{};
  };
  enum class What : std::uint8_t {
    Wake,
    ToAgent,
    ToStore,
    GoOn,
    Commit,
    Promoted,
    Committed,
    PoolGone,
    PoolAnew,
    AgentBack,
    NodeBack,
    Applied,
    Fault,
    Snapshot,
    Booted,
    Named,
    Rebuild,
    Quiet,
    Look
  };
  struct Item {
    Time at;
    std::uint64_t order;
    What what;
    std::int8_t node;
    std::int8_t other;
    std::uint32_t index;
    std::uint64_t stamp;
    std::uint64_t number;
    std::uint64_t pool_uid;
    bool operator<(const Item& than) const { return at != than.at ? at > than.at : order > than.order; }
  };
  struct Sent {
    int node = 0;
    std::uint64_t life = 0;
    Request request;
  };
  struct Rebuilding {
    std::uint64_t stamp = 0;
    cluster::lease::TryMark mark;
    std::vector<cluster::lease::EpochAnswer> answers;
  };

  // world.cc: time, the queue
  Item& push(Time at, What what, int node);
  void play(const Item& item);
  void requeue(Item item, Time at);
  bool waits(const Item& item);
  std::uint64_t clock_of(const Node& node, Time at) const;
  Time true_time(const Node& node, std::uint64_t clock_ns) const;
  bool chance(unsigned ten_thousandth) { return random_.below(10'000) < ten_thousandth; }
  Time between(Time from, Time to) {
    return from + static_cast<Time>(random_.below(static_cast<std::uint64_t>(to - from + 1)));
  }
  Time delay();
  bool calm() const { return now_ >= plan_.quiet_at; }
  Node& at(int node) { return nodes_[static_cast<std::size_t>(node)]; }
  const Node& at(int node) const { return nodes_[static_cast<std::size_t>(node)]; }
  int index_of(const std::string& name) const { return name[1] - '0'; }
  int root() const;
  int who(const Fault& fault) const;
  void say_line(std::string text);
  /// `text()` is called only when somebody listens.
  template <typename Text>
  void say(const Text& text) {
    if (trace_ != nullptr) say_line(text());
  }

  // agent.cc: an agent and its machine
  void start_agent(int node, bool boot);
  bool none_known() const;
  void kill_agent(int node);
  void step(int node, const Event& event);
  void go_on(int node);
  bool on_disk(int node, const cluster::lease::Action& action);
  void in_pool(int node, const cluster::lease::Action& action);
  void send(int node, const cluster::lease::Action& action);
  void send_to_store(int node, Request request);
  void post(int node, std::uint64_t life, Request request, Time arrives);
  void to_agent(int node, Time at, Event event, std::uint64_t life);
  void to_peer(int from, int to, Event event);
  bool linked(int from, int to) const;
  /// As the machine is told it (cluster::lease::Local).
  bool is_ready(const Node& node) const { return node.pool.there && !node.pool.rejoins && node.wanted_up; }
  void catch_up(int node);

  // instance.cc: pools, commits, promotions
  bool accepts(const Node& node, Time at) const;
  void may_accept(int node);
  void begin_commits(int node);
  void commit(const Item& item);
  void lose_pool(int node);
  void make_pool(int node);
  void promote(int node, const cluster::lease::action::Promote& promotes);
  void promoted(const Item& item);
  void drained(const Item& item);

  // faults.cc
  void begin(const Fault& fault);
  void hit_network(const Fault& fault, int node);
  void hit_processes(const Fault& fault, int node);
  void operate(const Fault& fault, int node);
  void at_store(const Item& item);
  void name_candidates(int node);

  // operator.cc: config epoch-base, and who helps when all is quiet
  void rebuild(const Item& item);
  void become_quiet();
  void look();
  bool may_need_help() const;
  void help();

  const Plan& plan_;
  cluster::lease::Rules rules_;
  OuterRules outer_;
  std::string* trace_;
  sim::Random random_;
  std::vector<Node> nodes_;
  Store store_;
  Judge judge_;
  Counts counts_;
  std::vector<Item> queue_;
  std::uint64_t order_ = 0;
  Time now_ = 0;
  std::uint64_t number_ = 1;  ///< of lives, pools, stamps
  std::vector<Sent> sent_;
  std::vector<std::uint32_t> sent_free_;
  std::vector<Event> events_;
  std::vector<std::uint32_t> events_free_;
  Time store_down_until_ = 0;
  std::optional<Store> old_store_;
  std::array<std::array<Time, kNodesMax>, kNodesMax> link_cut_until_{};
  Rebuilding rebuilding_;
  bool had_record_ = false, store_forgot_ = false;
  int handed_from_ = -1, handed_to_ = -1;
  bool done_ = false;
};

/// Plays one plan. `trace` may be null.
Outcome play(const Plan& plan, const cluster::lease::Rules& rules = {}, const OuterRules& outer = {},
             std::string* trace = nullptr);

}  // namespace hw::lease_sim
