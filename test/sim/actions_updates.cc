// Updates, from one or several processes, some of which are killed.
#include <fmt/format.h>

#include <csignal>

#include <unistd.h>

#include "test/sim/action.h"
#include "test/sim/checks.h"
#include "test/sim/failure.h"
#include "test/sim/worker.h"

namespace hw::sim {
namespace {

Workload load_of(World& world, const Step& step) {
  Workload load;
  load.seed = step.number("seed", 1);
  load.regions = world.regions;
  load.durable = static_cast<unsigned>(step.number("durable", 30));
  load.transactions = static_cast<unsigned>(step.number("transactions", 40));
  load.large = static_cast<unsigned>(step.number("large", 0));
  return load;
}

const char* const kPoints[] = {"CommitRecordsNotComplete",  "CommitDecidedNotApplied",  "CommitHalfApplied",
                               "CommitAppliedNotPublished", "CommitPublishedNotSynced", "SetInPlaceHalfWritten",
                               "SetsBehindNotApplied"};

std::optional<Step> propose_update(World& world, Random& random) {
  Site* const site = random_site(world, random, [](const Site& one) { return one.up && one.root; });
  if (site == nullptr) return std::nullopt;
  Step step{site->name,
            "update",
            {std::to_string(random.percent(20) ? random.between(100, 400) : random.between(1, 60))},
            {}};
  step.options["procs"] = std::to_string(random.between(1, 4));
  step.options["seed"] = std::to_string(random.below(1'000'000'000));
  step.options["durable"] = std::to_string(random.of<unsigned>({0, 10, 30, 100}));
  step.options["transactions"] = std::to_string(random.of<unsigned>({0, 20, 50, 100}));
  if (random.percent(25)) step.options["large"] = std::to_string(random.between(10, 100));
  if (random.percent(25)) {
    if (random.percent(60)) {
      step.options["fail"] = kPoints[random.below(std::size(kPoints))];
      step.options["at"] = std::to_string(random.between(1, 30));
    } else {
      step.options["kill_us"] = std::to_string(random.between(1'000, 80'000));
    }
  }
  return step;
}

/// Processes that update at once. fail, at: the first dies at that passing of a failpoint; kill_us: all die after that
/// time.
bool run_update(World& world, const Step& step) {
  Site* const site = world.find(step.site);
  if (site == nullptr || !site->up || !site->root || step.arguments.empty()) return false;
  const std::string fail = step.text("fail");
  const std::uint64_t kill_us = step.number("kill_us", 0);
  CrewOrder order;
  order.load = load_of(world, step);
  order.procs = static_cast<unsigned>(step.number("procs", 1));
  order.count = std::stoull(step.arguments[0]) / order.procs + 1;
  if (!fail.empty()) order.fail = fmt::format("{}:kill:{}", fail, step.number("at", 1));
  Crew crew = start_crew(world, *site, order);
  if (kill_us != 0) {
    ::usleep(static_cast<useconds_t>(kill_us));
    for (const Running& one : crew.workers) ::kill(one.pid, SIGKILL);
  }
  end_crew(world, *site, crew, kill_us != 0 || !fail.empty());
  return true;
}

std::optional<Step> propose_load(World& world, Random& random) {
  Site* const site =
      random_site(world, random, [](const Site& one) { return one.up && one.root && one.load == nullptr; });
  if (site == nullptr) return std::nullopt;
  Step step{site->name, "load", {}, {}};
  step.options["procs"] = std::to_string(random.between(1, 3));
  step.options["seed"] = std::to_string(random.below(1'000'000'000));
  step.options["pause_us"] = std::to_string(random.of<unsigned>({500, 2000, 10000}));
  return step;
}

/// Processes that update while other steps are done, until unload or the end of the instance.
bool run_load(World& world, const Step& step) {
  Site* const site = world.find(step.site);
  if (site == nullptr || !site->up || !site->root || site->load != nullptr) return false;
  CrewOrder order;
  order.load = load_of(world, step);
  order.procs = static_cast<unsigned>(step.number("procs", 1));
  order.count = 1'000'000'000;
  order.pause_us = static_cast<unsigned>(step.number("pause_us", 2000));
  site->load = std::make_shared<Crew>(start_crew(world, *site, order));
  return true;
}

std::optional<Step> propose_unload(World& world, Random& random) {
  Site* const site = random_site(world, random, [](const Site& one) { return one.load != nullptr; });
  if (site == nullptr) return std::nullopt;
  return Step{site->name, "unload", {}, {}};
}

bool run_unload(World& world, const Step& step) {
  Site* const site = world.find(step.site);
  if (site == nullptr || site->load == nullptr) return false;
  end_load(world, *site);
  return true;
}

std::optional<Step> propose_refused(World& world, Random& random) {
  Site* const site = random_site(world, random, [](const Site& one) { return !one.root && !one.crashed; });
  if (site == nullptr) return std::nullopt;
  return Step{site->name, "update-refused", {}, {}};
}

bool run_refused(World& world, const Step& step) {
  Site* const site = world.find(step.site);
  if (site == nullptr || (site->up && site->root) || site->crashed) return false;
  world.must_refuse(*site, site->up ? "SCNDDBNOUPD" : "NOJNLPOOL", {"gbl", "set", "^arefused", "1"});
  return true;
}

constexpr Action kActions[] = {
    {"update", "N [procs=] [seed=] [durable=%] [transactions=%] [large=permille] [fail=POINT at=N | kill_us=N]",
     "N updates of all kinds at a root primary", 100, propose_update, run_update},
    {"load", "[procs=] [seed=] [pause_us=]", "processes that update while other steps are done", 8, propose_load,
     run_load},
    {"unload", "", "they end", 10, propose_unload, run_unload},
    {"update-refused", "", "an update where none is allowed", 4, propose_refused, run_refused},
};

}  // namespace

std::span<const Action> update_actions() { return kActions; }

}  // namespace hw::sim
