// Instances, and their servers: made, started, stopped, started again.
#include <fmt/format.h>

#include <fstream>

#include "test/sim/action.h"
#include "test/sim/checks.h"
#include "test/sim/failure.h"

namespace hw::sim {
namespace {

constexpr const char* kPoolBytes = "-buffsize=1048576";  // Small, so that streams leave the ring.
constexpr const char* kConnect = "-connectparams=5,200,1,0,2,20";

std::string role_of(const Site& site) { return site.root ? "-rootprimary" : "-propagateprimary"; }

void write_global_directory(World& world, Site& site) {
  std::string commands = "change -segment DEFAULT -file=" + site.folder + "/a.dat\n";
  commands += "change -region DEFAULT -record_size=1048576 -key_size=1019\n";
  const char* const names[] = {"", "x", "y"};
  for (unsigned region = 1; region < world.regions; ++region) {
    const std::string low = names[region];
    const std::string high = low == "x" ? "XREG" : "YREG";
    commands += fmt::format(
        "add -segment {0} -file={1}/{2}.dat\nadd -region {0} -dynamic={0} -record_size=1048576 -key_size=1019\nadd "
        "-name {2}* "
        "-region={0}\n",
        high, site.folder, low);
  }
  commands += "exit\n";
  const std::string path = site.folder + "/gde.in";
  std::ofstream(path) << commands;
  world.must(site, {"sh", "-c", "gde <gde.in"});
}

bool run_instance(World& world, const Step& step) {
  if (world.find(step.site) != nullptr) return false;
  if (world.sites().empty()) world.regions = static_cast<unsigned>(step.number("regions", 1));
  Site& site = world.add_site(step.site);
  site.parent = step.text("below");
  write_global_directory(world, site);
  world.must(site, {"mupip", "create"});
  world.must(site, {"mupip", "set", "-replication=on", "-journal=enable,on,before_images", "-region", "*"});
  world.must(site, {"mupip", "replicate", "-instance_create", "-name=" + site.name});
  return true;
}

bool another_root(World& world, const Site& site) {
  for (const auto& [name, other] : world.sites())
    if (other.up && other.root && name != site.name) return true;
  return false;
}

std::optional<Step> propose_start(World& world, Random& random) {
  Site* const site = random_site(world, random, [](const Site& one) { return !one.up; });
  if (site == nullptr) return std::nullopt;
  return Step{site->name, "start", {}, {}};
}

bool run_start(World& world, const Step& step) {
  Site* const site = world.find(step.site);
  if (site == nullptr || site->up) return false;
  const bool as_root = world.find(site->parent) == nullptr;
  if (as_root && another_root(world, *site)) return false;
  const bool refused = site->crashed && (!site->pool_left || site->pool_root != as_root);
  if (refused) {
    const char* const message = !site->pool_left ? "REPLREQROLLBACK" : as_root ? "PRIMARYNOTROOT" : "PRIMARYISROOT";
    world.must_refuse(
        *site, message,
        {"mupip", "replicate", "-source", "-start", "-passive", "-instsecondary=DUMMY",
         "-log=" + site->folder + "/source-DUMMY.log", kPoolBytes, as_root ? "-rootprimary" : "-propagateprimary"});
    return true;
  }
  if (!site->pool_left) site->died.clear();
  site->crashed = site->pool_left = false;
  start_servers(world, *site, as_root);
  return true;
}

std::optional<Step> propose_stop(World& world, Random& random) {
  Site* const site = random_site(world, random, [](const Site& one) { return one.up; });
  if (site == nullptr) return std::nullopt;
  return Step{site->name, "stop", {}, {}};
}

bool run_stop(World& world, const Step& step) {
  Site* const site = world.find(step.site);
  if (site == nullptr || !site->up) return false;
  stop_servers(world, *site);
  return true;
}

std::optional<Step> propose_restart(World& world, Random& random) {
  Site* const site = random_site(world, random, [](const Site& one) { return one.up; });
  if (site == nullptr) return std::nullopt;
  return Step{site->name, "restart", {random.percent(50) ? "receiver" : "source"}, {}};
}

/// Source servers that keep the pool: one whose secondary needs what no journal has ends by itself.
std::size_t lasting_sources(World& world, const Site& site) {
  std::size_t count = 0;
  for (const auto& [secondary, active] : site.feeds) {
    const Site* const to = world.find(secondary);
    if (to == nullptr || !active || !to->stranded) ++count;
  }
  return count;
}

/// One kind of servers shut down in order and started again, the rest stays.
bool run_restart(World& world, const Step& step) {
  Site* const site = world.find(step.site);
  if (site == nullptr || !site->up || step.arguments.empty()) return false;
  if (step.arguments[0] == "receiver") {
    if (site->root || !site->receiver) return false;
    stop_receiver(world, *site);
    check_content(world, *site);
    start_receiver(world, *site);
    return true;
  }
  if (lasting_sources(world, *site) < 2) return false;  // With the last one goes the pool: that is a stop.
  const auto [secondary, active] = *site->feeds.begin();
  stop_source(world, *site, secondary);
  start_source(world, *site, secondary, active ? world.find(secondary) : nullptr);
  return true;
}

std::optional<Step> propose_sync(World& world, Random&) {
  if (world.sites().empty()) return std::nullopt;
  return Step{"", "sync", {}, {}};
}

bool run_sync(World& world, const Step&) {
  synchronize(world);
  for (auto& [name, site] : world.sites())
    if (!site.crashed) check_every_node(world, site);
  return true;
}

std::optional<Step> propose_deactivate(World& world, Random& random) {
  Site* const site = random_site(world, random, [](const Site& one) { return one.up && one.root; });
  if (site == nullptr) return std::nullopt;
  for (const auto& [secondary, active] : site->feeds)
    if (active) return Step{site->name, "deactivate", {secondary}, {}};
  return std::nullopt;
}

/// An active source server is made passive and active again, and refuses the other role each time.
bool run_deactivate(World& world, const Step& step) {
  Site* const site = world.find(step.site);
  Site* const to = step.arguments.empty() ? nullptr : world.find(step.arguments[0]);
  if (site == nullptr || to == nullptr || !site->up || !site->root || site->feeds.count(to->name) == 0) return false;
  if (!site->feeds[to->name] || to->stranded) return false;
  std::vector<std::string> deactivate = {"mupip", "replicate", "-source", "-deactivate", "-instsecondary=" + to->name};
  world.must_refuse(*site, "PRIMARYISROOT", deactivate);  // Without a role it is asked to be a propagating one.
  deactivate.push_back("-rootprimary");
  world.must(*site, deactivate);
  site->feeds[to->name] = false;
  const bool passive = within(std::chrono::seconds(20), [&] {
    return world.attempt(*site, {"mupip", "replicate", "-source", "-checkhealth", "-instsecondary=" + to->name})
        .has("alive in PASSIVE mode");
  });
  if (!passive) throw Failure("the source server of " + site->name + " does not turn passive");
  world.must(*site, {"mupip", "replicate", "-source", "-activate", "-instsecondary=" + to->name,
                     fmt::format("-secondary=127.0.0.1:{}", to->line->port()),
                     "-log=" + site->folder + "/source-" + to->name + ".log", kConnect, "-rootprimary"});
  site->feeds[to->name] = true;
  return true;
}

/// Whether `below` is fed by `site`, directly or not.
bool is_below(World& world, const Site& below, const Site& site) {
  for (const Site* at = &below; at != nullptr; at = world.find(at->parent))
    if (at == &site) return true;
  return false;
}

bool may_move(World& world, const Site& site, const Site& to) {
  return !site.root && !site.crashed && !site.was_root && site.parent != to.name && !site.parent.empty() &&
         !is_below(world, to, site) && to.up && !to.crashed;
}

std::optional<Step> propose_reparent(World& world, Random& random) {
  Site* const to = random_site(world, random, [](const Site& one) { return one.up; });
  if (to == nullptr) return std::nullopt;
  Site* const site = random_site(world, random, [&](const Site& one) { return may_move(world, one, *to); });
  if (site == nullptr) return std::nullopt;
  return Step{site->name, "reparent", {to->name}, {}};
}

/// A secondary is fed by another instance from now on; its own servers run through.
bool run_reparent(World& world, const Step& step) {
  Site* const site = world.find(step.site);
  Site* const to = step.arguments.empty() ? nullptr : world.find(step.arguments[0]);
  if (site == nullptr || to == nullptr || !may_move(world, *site, *to)) return false;
  Site* const from = world.find(site->parent);
  if (from != nullptr && from->up && from->feeds.count(site->name) != 0) {
    if (lasting_sources(world, *from) < 2 && from->feeds.count("DUMMY") == 0)
      start_source(world, *from, "DUMMY", nullptr);  // With its last server the pool would go.
    stop_source(world, *from, site->name);
  }
  check_content(world, *site);
  site->parent = to->name;
  if (to->feeds.count(site->name) != 0) stop_source(world, *to, site->name);
  feed(world, *to, *site);
  // Its new feeder may be behind it for now.
  if (!world.timeline().holds(to->low, site->low)) site->maybe_ahead = true;
  strand_if_untold(world, *site, *to);
  return true;
}

constexpr Action kActions[] = {
    {"instance", "[below=SITE] [regions=N]", "makes an instance: directory, databases, journals, instance file", 0,
     nullptr, run_instance},
    {"start", "", "its servers, in its role; refused after a crash without a rollback", 40, propose_start, run_start},
    {"stop", "", "its servers in order, and rundown", 6, propose_stop, run_stop},
    {"restart", "receiver | source", "one server shut down and started again", 6, propose_restart, run_restart},
    {"deactivate", "SITE", "an active source server made passive and active again", 3, propose_deactivate,
     run_deactivate},
    {"reparent", "SITE", "fed by another instance from now on", 5, propose_reparent, run_reparent},
    {"sync", "", "all that are connected come to the same, and every node is compared", 12, propose_sync, run_sync},
};

}  // namespace

std::span<const Action> server_actions() { return kActions; }

void start_source(World& world, Site& site, const std::string& secondary, const Site* to) {
  std::vector<std::string> argv = {"mupip",
                                   "replicate",
                                   "-source",
                                   "-start",
                                   "-instsecondary=" + secondary,
                                   "-log=" + site.folder + "/source-" + secondary + ".log",
                                   kPoolBytes,
                                   role_of(site)};
  if (to != nullptr) {
    argv.push_back(fmt::format("-secondary=127.0.0.1:{}", to->line->port()));
    argv.push_back(kConnect);
  } else {
    argv.push_back("-passive");
  }
  world.must(site, argv);
  site.up = true;
  site.died.erase(secondary);
  site.feeds[secondary] = to != nullptr;
}

void stop_source(World& world, Site& site, const std::string& secondary) {
  const Said said =
      world.attempt(site, {"mupip", "replicate", "-source", "-shutdown", "-timeout=0", "-instsecondary=" + secondary});
  // 1 says that others are still attached to the pool.
  if (said.status > 1) throw Failure("source server of " + site.name + ": " + said.out);
  site.feeds.erase(secondary);
}

void feed(World& world, Site& from, Site& to) { start_source(world, from, to.name, &to); }

/// Whether a site holds what it was made from and knows no history of it, so that its receiver has to be told.
bool lacks_history(World& world, const Site& site) {
  if (site.floor == kBeginning || site.low != site.floor) return false;
  const Said said = world.must(site, {"mupip", "replicate", "-editinstance", "-show", "g.repl"});
  const std::string label = "HDR Number of used history records";
  const std::size_t at = said.out.find(label);
  if (at == std::string::npos) throw Failure("no number of history records of " + site.name + ": " + said.out);
  return std::stoul(said.out.substr(at + label.size())) == 0;
}

void start_receiver(World& world, Site& site) {
  std::vector<std::string> start = {"mupip",
                                    "replicate",
                                    "-receiver",
                                    "-start",
                                    fmt::format("-listenport={}", site.port),
                                    "-log=" + site.folder + "/receiver.log",
                                    kPoolBytes};
  if (lacks_history(world, site)) start.push_back("-updateresync=from.repl");
  world.must(site, start);
  site.receiver = true;
}

void stop_receiver(World& world, Site& site) {
  const Said said = world.attempt(site, {"mupip", "replicate", "-receiver", "-shutdown", "-timeout=0"});
  // 1 says that it had ended before, as it does when its feeder has less than it has.
  if (said.status != 0 && !(said.status == 1 && (site.maybe_ahead || !is_fed(world, site))))
    throw Failure(
        fmt::format("receiver of {} is not shut down: status {}, said: {}", site.name, said.status, said.out));
  check_content(world, site);
  site.receiver = false;
  site.high = site.low;
}

void start_servers(World& world, Site& site, bool as_root) {
  site.root = as_root;
  if (!as_root) start_source(world, site, site.parent, nullptr);
  const std::vector<Site*> children = world.children_of(site);
  for (Site* const child : children) feed(world, site, *child);
  if (as_root && children.empty()) start_source(world, site, "DUMMY", nullptr);
  if (!as_root) start_receiver(world, site);
}

void stop_servers(World& world, Site& site) {
  end_load(world, site);
  if (site.receiver) stop_receiver(world, site);
  const Said said = world.attempt(site, {"mupip", "replicate", "-source", "-shutdown", "-timeout=0"});
  // Those that were killed are its own, too, and did not end in order. One that had to send what no journal has ends.
  bool named = false;
  bool as_due = true;
  for (const auto& [secondary, other] : world.sites()) {
    const bool is_named = said.has(fmt::format("(secondary instance [{}]) exited abnormally", secondary));
    const bool killed = site.died.count(secondary) != 0;
    as_due = as_due && (is_named == killed || (other.stranded && other.parent == site.name));
    named = named || is_named;
  }
  const bool dummy = said.has("(secondary instance [DUMMY]) exited abnormally");
  as_due = as_due && dummy == (site.died.count("DUMMY") != 0);
  if (said.status != (named || dummy ? 1 : 0) || !as_due)
    throw Failure(fmt::format("shutdown of {}: status {}, said: {}", site.name, said.status, said.out));
  site.died.clear();
  world.must(site, {"mupip", "rundown", "-region", "*"});
  site.up = false;
  site.feeds.clear();
}

}  // namespace hw::sim
