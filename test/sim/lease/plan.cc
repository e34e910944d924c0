#include "test/sim/lease/plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "test/sim/random.h"

namespace hw::lease_sim {

const char* name_of(FaultKind kind) {
  constexpr const char* kNames[] = {
      "store down", "store wiped",  "store cut",     "store slow",    "store back",    "link cut",
      "isolated",   "agent killed", "agent stopped", "node stopped",  "node rebooted", "instance crashed",
      "disk full",  "promote slow", "promote fails", "not candidate", "switchover",    "move",
      "call off",   "down",         "failover",      "pause"};
  return kNames[static_cast<std::size_t>(kind)];
}

const Profile& every_fault() {
  static const Profile profile = [] {
    Profile made;
    using enum FaultKind;
    made.weights = {{StoreDown, 6},
                    {StoreWiped, 2},
                    {StoreCut, 14},
                    {StoreSlow, 10},
                    {LinkCut, 10},
                    {Isolated, 5},
                    {AgentKilled, 10},
                    {AgentStopped, 9},
                    {NodeStopped, 6},
                    {NodeRebooted, 8},
                    {InstanceCrashed, 4},
                    {DiskFull, 3},
                    {PromoteSlow, 5},
                    {PromoteFails, 3},
                    {NotCandidate, 8},
                    {Switchover, 10},
                    {Move, 4},
                    {CallOff, 2},
                    {Down, 3},
                    {Failover, 8},
                    {Pause, 2}};
    return made;
  }();
  return profile;
}

namespace {

/// Lengths near the times of the lease hurt most.
Time some_length(sim::Random& random) {
  if (random.percent(70)) return static_cast<Time>(random.between(200, 4'500)) * kMs;
  return static_cast<Time>(random.between(100, 15'000)) * kMs;
}

FaultKind some_kind(sim::Random& random, const Profile& profile) {
  std::uint64_t sum = 0;
  for (const auto& [kind, weight] : profile.weights) sum += weight;
  std::uint64_t at = random.below(sum);
  for (const auto& [kind, weight] : profile.weights) {
    if (at < weight) return kind;
    at -= weight;
  }
  return profile.weights.front().first;
}

}  // namespace

Plan random_plan(std::uint64_t seed, const Profile& profile) {
  sim::Random random(sim::derived_seed(seed, 1));
  Plan plan{.seed = seed, .rates = {}, .faults = {}, .weather = profile.weather};
  plan.nodes = static_cast<int>(
      random.between(static_cast<std::uint64_t>(profile.nodes_min), static_cast<std::uint64_t>(profile.nodes_max)));
  const bool extreme = profile.extreme_clocks || random.percent(50);
  for (int i = 0; i < plan.nodes; ++i) {
    const double part =
        extreme ? (random.percent(50) ? 1.0 : -1.0) : static_cast<double>(random.between(0, 2'000)) / 1'000.0 - 1.0;
    plan.rates.push_back(1.0 + part * plan.clock_error);
  }
  plan.quiet_at = static_cast<Time>(random.between(static_cast<std::uint64_t>(profile.chaos_min / kMs),
                                                   static_cast<std::uint64_t>(profile.chaos_max / kMs))) *
                  kMs;
  const std::uint64_t count =
      random.between(static_cast<std::uint64_t>(profile.faults_min), static_cast<std::uint64_t>(profile.faults_max));
  for (std::uint64_t i = 0; i < count; ++i) {
    Fault fault;
    fault.at = static_cast<Time>(random.between(1'000, static_cast<std::uint64_t>(plan.quiet_at / kMs))) * kMs;
    // Faults that come together find more.
    if (i > 0 && random.percent(50))
      fault.at = plan.faults.back().at + static_cast<Time>(random.between(0, 3'500)) * kMs;
    fault.kind = some_kind(random, profile);
    const std::uint64_t who = random.below(10);
    fault.who = who < 5 ? Who::Root : who < 9 ? Who::Candidate : Who::Node;
    fault.index = static_cast<int>(random.below(static_cast<std::uint64_t>(plan.nodes)));
    fault.other = static_cast<int>(random.below(static_cast<std::uint64_t>(plan.nodes)));
    fault.length = some_length(random);
    fault.variant = static_cast<int>(random.between(0, 3));
    plan.faults.push_back(fault);
  }
  std::ranges::sort(plan.faults, {}, &Fault::at);
  if (plan.nodes >= 3 && random.percent(30)) {
    const auto most = static_cast<std::uint64_t>((plan.nodes - 1) / 2);
    for (std::uint64_t i = random.between(1, most); i > 0; --i)
      plan.dead_mask |= 1u << random.below(static_cast<std::uint64_t>(plan.nodes));
  }
  if (!profile.waits_for_quiet) plan.dead_mask = ~0u;
  return plan;
}

std::string describe(const Plan& plan) {
  std::string out = fmt::format("seed {}, {} nodes, quiet at {:.3f} s, off from then on {:b}\n", plan.seed, plan.nodes,
                                static_cast<double>(plan.quiet_at) / 1e9, plan.dead_mask & 31u);
  for (std::size_t i = 0; i < plan.rates.size(); ++i) out += fmt::format("  clock of n{}: {:.4f}\n", i, plan.rates[i]);
  for (const Fault& fault : plan.faults) {
    const char* who = fault.who == Who::Root ? "root" : fault.who == Who::Candidate ? "candidate" : "n";
    out += fmt::format("  {:9.3f} s {} of {}{}, other {}, for {:.3f} s, variant {}\n",
                       static_cast<double>(fault.at) / 1e9, name_of(fault.kind), who, fault.index, fault.other,
                       static_cast<double>(fault.length) / 1e9, fault.variant);
  }
  return out;
}

}  // namespace hw::lease_sim
