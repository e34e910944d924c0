// What goes wrong: processes that are killed or stopped, machines that lose power.
#include <fmt/format.h>

#include <csignal>

#include "test/sim/action.h"
#include "test/sim/checks.h"
#include "test/sim/failure.h"

namespace hw::sim {
namespace {

const std::vector<std::string> kModes = {
    "random",       "random",     "all-lost",  "all-kept",  "newest-kept-oldest-lost",
    "one-file-old", "torn-pages", "meta-only", "data-only", "directory-lost"};

void crashed(Site& site) {
  if (site.up) site.crashed = true;
  site.up = false;
}

std::optional<Step> propose_kill(World& world, Random& random) {
  Site* const site = random_site(world, random, [](const Site& one) { return one.up; });
  if (site == nullptr) return std::nullopt;
  return Step{site->name, "kill", {}, {}};
}

/// All processes of an instance die at once.
bool run_kill(World& world, const Step& step) {
  Site* const site = world.find(step.site);
  if (site == nullptr || !site->up) return false;
  world.kill_processes(*site);
  world.coverage().count("kills");
  crashed(*site);
  site->pool_left = true;
  site->pool_root = site->root;
  return true;
}

std::optional<Step> propose_power(World& world, Random& random) {
  std::vector<std::string> names;
  for (auto& [name, site] : world.sites())
    if (random.percent(40)) names.push_back(name);
  if (names.empty()) return std::nullopt;
  Step step{"", "power", names, {}};
  step.options["seed"] = std::to_string(random.below(1'000'000));
  step.options["mode"] = random.of(kModes);
  return step;
}

/// The machines of some instances lose power: processes and memory are gone, unsynced data perhaps.
bool run_power(World& world, const Step& step) {
  bool any = false;
  for (const std::string& name : step.arguments) {
    Site* const site = world.find(name);
    if (site == nullptr) continue;
    any = true;
    world.lose_power(*site, step.number("seed", 1), step.text("mode", "random"));
    if (site->up || site->crashed) {
      // What was not acknowledged as durable may be gone; where it is now, its recovery will say.
      site->low = world.timeline().common(site->low, site->durable);
    }
    crashed(*site);
    world.coverage().count("power-losses");
  }
  return any;
}

constexpr Action kActions[] = {
    {"kill", "", "SIGKILL to all processes of an instance", 8, propose_kill, run_kill},
    {"power", "SITE... [seed=] [mode=]", "instances lose power", 10, propose_power, run_power},
};

}  // namespace

std::span<const Action> fault_actions() { return kActions; }

}  // namespace hw::sim
