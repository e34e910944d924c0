// Databases and journals: backup, a secondary rebuilt, journal switch, extension.
#include <fmt/format.h>

#include <csignal>

#include "test/sim/action.h"
#include "test/sim/checks.h"
#include "test/sim/failure.h"
#include "test/sim/worker.h"

namespace hw::sim {
namespace {

std::optional<Step> propose_switch(World& world, Random& random) {
  Site* const site = random_site(world, random, [](const Site& one) { return !one.crashed; });
  if (site == nullptr) return std::nullopt;
  return Step{site->name, "switch", {}, {}};
}

/// New journal files for all regions.
bool run_switch(World& world, const Step& step) {
  Site* const site = world.find(step.site);
  if (site == nullptr || site->crashed) return false;
  world.must(*site, {"mupip", "set", "-journal=enable,on,before_images", "-region", "*"});
  return true;
}

std::optional<Step> propose_checkpoint(World& world, Random& random) {
  Site* const site = random_site(world, random, [](const Site& one) { return one.up; });
  if (site == nullptr) return std::nullopt;
  Step step{site->name, "checkpoint", {}, {}};
  if (random.percent(20)) step.options["fail"] = "ImageHalfApplied";
  return step;
}

/// The checkpoint images are brought up to the journals, as they are every few minutes.
bool run_checkpoint(World& world, const Step& step) {
  Site* const site = world.find(step.site);
  if (site == nullptr || !site->up) return false;
  if (const std::string fail = step.text("fail"); !fail.empty()) world.armed = fail + ":kill";
  const Said said = world.attempt(*site, checkpoint_command(world.setting().self));
  const bool armed = !world.armed.empty();
  world.armed.clear();
  if (said.status != 0 && !(armed && said.status == 128 + SIGKILL))
    throw Failure("checkpoint of " + site->name + ": " + said.out);
  return true;
}

std::optional<Step> propose_extend(World& world, Random& random) {
  Site* const site = random_site(world, random, [](const Site& one) { return !one.crashed; });
  if (site == nullptr) return std::nullopt;
  return Step{site->name, "extend", {}, {}};
}

bool run_extend(World& world, const Step& step) {
  Site* const site = world.find(step.site);
  if (site == nullptr || site->crashed) return false;
  world.must(*site, {"mupip", "extend", "DEFAULT", "-blocks=100"});
  return true;
}

std::optional<Step> propose_reorg(World& world, Random& random) {
  Site* const site = random_site(world, random, [](const Site& one) { return !one.crashed; });
  if (site == nullptr) return std::nullopt;
  return Step{site->name, "reorg", {}, {}};
}

/// Needs the instance down.
bool run_reorg(World& world, const Step& step) {
  Site* const site = world.find(step.site);
  if (site == nullptr || site->crashed) return false;
  const Said said = world.attempt(*site, {"mupip", "reorg", "-region=*"});
  if ((said.status == 0) == site->up)
    throw Failure(fmt::format("reorg of {}, which is {}: status {}, said: {}", site->name, site->up ? "up" : "down",
                              said.status, said.out));
  return true;
}

std::optional<Step> propose_refresh(World& world, Random& random) {
  Site* const site = random_site(world, random, [&](const Site& one) {
    const Site* const feeder = world.find(one.parent);
    return feeder != nullptr && feeder->up && feeder->feeds.count(one.name) != 0 && world.children_of(one).empty() &&
           (one.stranded || random.percent(15));
  });
  if (site == nullptr) return std::nullopt;
  return Step{site->name, "refresh", {}, {}};
}

/// The secondary is rebuilt from a backup of its feeder.
bool run_refresh(World& world, const Step& step) {
  Site* const site = world.find(step.site);
  if (site == nullptr) return false;
  Site* const feeder = world.find(site->parent);
  if (feeder == nullptr || !feeder->up || feeder->feeds.count(site->name) == 0) return false;
  if (!world.children_of(*site).empty()) return false;  // They would have to be rebuilt, too.
  if (site->up) stop_servers(world, *site);
  if (site->crashed) world.attempt(*site, {"mupip", "rundown", "-region", "*"});
  check_content(world, *feeder);
  const std::string backup = fmt::format("{}/for-{}", feeder->folder, site->name);
  world.must(*feeder, {"rm", "-rf", backup});
  world.must(*feeder, {"mkdir", backup});
  const Said said = world.must(*feeder, {"mupip", "backup", "-replinstance=" + backup, "*", backup});
  if (!said.has("Backup completed successfully")) throw Failure("backup of " + feeder->name + ": " + said.out);
  world.must(
      *site,
      {"sh", "-c",
       fmt::format("rm -f *.dat* *.mjl* g.repl; cp {0}/*.dat . && cp {0}/g.repl from.repl && sync *.dat from.repl .",
                   backup)});
  world.must(*site, {"mupip", "set", "-replication=on", "-journal=enable,on,before_images", "-region", "*"});
  world.must(*site, {"mupip", "replicate", "-instance_create", "-name=" + site->name});
  const Observed observed = observe(world, *site);
  check_content(world, *feeder);
  const Place place = world.timeline().at(feeder->high, observed.seqno);
  feeder->marked = place;
  site->low = site->high = site->durable = site->floor = place;
  site->marked = kBeginning;
  site->stranded = site->was_root = false;
  site->remade = true;
  site->crashed = site->pool_left = site->maybe_ahead = site->root = false;
  site->may_lose = false;
  site->drop_open();
  site->died.clear();
  check_content(world, *site);
  world.must(*site,
             {"mupip", "replicate", "-source", "-start", "-passive", "-instsecondary=" + feeder->name,
              "-log=" + site->folder + "/source-" + feeder->name + ".log", "-buffsize=1048576", "-propagateprimary"});
  site->up = true;
  site->feeds[feeder->name] = false;
  for (Site* const child : world.children_of(*site)) {
    feed(world, *site, *child);
    child->maybe_ahead = true;
  }
  world.must(*site, {"mupip", "replicate", "-receiver", "-start", fmt::format("-listenport={}", site->port),
                     "-log=" + site->folder + "/receiver.log", "-buffsize=1048576", "-updateresync=from.repl"});
  site->receiver = true;
  return true;
}

constexpr Action kActions[] = {
    {"checkpoint", "[fail=POINT]", "checkpoint images are brought up to the journals", 15, propose_checkpoint,
     run_checkpoint},
    {"switch", "", "new journal files", 5, propose_switch, run_switch},
    {"extend", "", "the database file grows", 2, propose_extend, run_extend},
    {"reorg", "", "regions are written anew; refused while up", 3, propose_reorg, run_reorg},
    {"refresh", "", "a secondary made anew from a backup of its feeder", 20, propose_refresh, run_refresh},
};

}  // namespace

std::span<const Action> file_actions() { return kActions; }

}  // namespace hw::sim
