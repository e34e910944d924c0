// What goes wrong: processes that are killed or stopped, machines that lose power.
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <sstream>

#include "test/sim/action.h"
#include "test/sim/checks.h"
#include "test/sim/failure.h"

namespace hw::sim {
namespace {

const std::vector<std::string> kModes = {
    "random",       "random",     "all-lost",  "all-kept",  "newest-kept-oldest-lost",
    "one-file-old", "torn-pages", "meta-only", "data-only", "directory-lost"};

/// What a root has made and nobody has told of, its secondary may have. A root that lives tells it now. Of one that is
/// dead the secondary's own recovery will say it: by then the root may have lost it, or have gone back behind it.
void inherit_open(World& world, Site& site) {
  Site* root = &site;
  while (Site* const feeder = world.find(root->parent)) root = feeder;
  if (root == &site || root->settled() || root->high != site.high || !site.settled()) return;
  site.committed = root->committed;
  site.unknown = root->unknown;
  site.of_root = true;
}

/// The processes of these sites have been killed. What was on its way to them until then they may have.
void crashed(World& world, const std::vector<Site*>& sites, const std::vector<bool>& received) {
  for (std::size_t i = 0; i < sites.size(); ++i) sites[i]->receiver = received[i];
  for (auto& [name, root] : world.sites())
    if (root.up && root.root && std::find(sites.begin(), sites.end(), &root) == sites.end()) check_content(world, root);
  for (Site* const site : sites) {
    reach_now(world, *site);
    if (site->up && site->receiver) inherit_open(world, *site);
  }
  for (Site* const site : sites) {
    if (site->up) site->crashed = true;
    site->up = site->receiver = false;
  }
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
  const bool received = site->receiver;
  for (const auto& [secondary, active] : site->feeds) site->died.insert(secondary);
  world.kill_processes(*site);
  world.coverage().count("kills");
  crashed(world, {site}, {received});
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
  std::vector<Site*> sites;
  std::vector<bool> received;
  for (const std::string& name : step.arguments)
    if (Site* const site = world.find(name)) sites.push_back(site);
  for (Site* const site : sites) {
    received.push_back(site->receiver);
    world.lose_power(*site, step.number("seed", 1), step.text("mode", "random"));
    if (site->up || site->crashed) site->may_lose = true;
    world.coverage().count("power-losses");
  }
  crashed(world, sites, received);
  // What was not acknowledged as durable may be gone; where each is now, its recovery will say.
  for (Site* const site : sites)
    if (site->may_lose) site->low = world.timeline().common(site->low, site->durable);
  return !sites.empty();
}

/// What a server of a site is called, and where its process id is said.
pid_t server_of(World& world, Site& site, const std::string& kind) {
  std::vector<std::string> ask = {"mupip", "replicate",
                                  kind == "receiver" || kind == "update" ? "-receiver" : "-source", "-checkhealth"};
  if (ask[2] == "-source") ask.push_back("-instsecondary=" + kind);
  const std::string what = kind == "receiver" ? "Receiver server"
                           : kind == "update" ? "Update process"
                                              : "Source server";
  std::istringstream lines(world.attempt(site, ask).out);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("PID ") && line.find(what + " is alive") != std::string::npos)
      return std::atoi(line.c_str() + 4);
  return -1;
}

/// Kinds of servers that the site has: receiver, update, or the name of a secondary.
std::vector<std::string> servers_of(const Site& site) {
  std::vector<std::string> kinds;
  if (site.up && site.receiver) kinds = {"receiver", "update"};
  if (site.up)
    for (const auto& [secondary, active] : site.feeds) kinds.push_back(secondary);
  return kinds;
}

bool has_server(const Site& site, const std::string& kind) {
  const std::vector<std::string> kinds = servers_of(site);
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

/// Some updates at the root while something is broken elsewhere.
void update_root(World& world, const Step& step) {
  const std::uint64_t count = step.number("updates", 0);
  if (count == 0) return;
  for (auto& [name, site] : world.sites()) {
    if (!site.up || !site.root) continue;
    Step update{name, "update", {std::to_string(count)}, {}};
    update.options["seed"] = step.text("seed", "5");
    find_action("update")->run(world, update);
    return;
  }
}

void start_again(World& world, Site& site, const std::string& kind) {
  if (kind == "receiver") {
    start_receiver(world, site);
  } else if (kind == "update") {
    const bool may_have_ended = site.maybe_ahead || !is_fed(world, site);
    const Said said = world.attempt(site, {"mupip", "replicate", "-receiver", "-start", "-updateonly"});
    if (said.status != 0 && !(may_have_ended && said.has("Receiver server does not exist")))
      throw Failure(fmt::format("update process of {}: status {}, said: {}", site.name, said.status, said.out));
  } else {
    start_source(world, site, kind, site.feeds[kind] ? world.find(kind) : nullptr);
  }
}

std::optional<Step> propose_server(World& world, Random& random, const char* verb) {
  Site* const site = random_site(world, random, [](const Site& one) { return one.up; });
  if (site == nullptr) return std::nullopt;
  const std::vector<std::string> kinds = servers_of(*site);
  if (kinds.empty()) return std::nullopt;
  Step step{site->name, verb, {random.of(kinds)}, {}};
  step.options["updates"] = std::to_string(random.below(30));
  step.options["seed"] = std::to_string(random.below(1'000'000));
  return step;
}

std::optional<Step> propose_kill_server(World& world, Random& random) {
  return propose_server(world, random, "kill-server");
}

/// One server dies; updates go on; it is started again, and that is all it takes.
bool run_kill_server(World& world, const Step& step) {
  Site* const site = world.find(step.site);
  if (site == nullptr || step.arguments.empty() || !has_server(*site, step.arguments[0])) return false;
  const std::string& kind = step.arguments[0];
  const pid_t pid = server_of(world, *site, kind);
  if (pid <= 0) {
    // A receiver that found itself ahead has ended, and its update process with it.
    if (site->maybe_ahead || !is_fed(world, *site)) return false;
    // A source server whose secondary needs what no journal has has ended, too.
    if (const Site* const secondary = world.find(kind); secondary != nullptr && secondary->stranded) return false;
    throw Failure(fmt::format("{} of {} is not alive", kind, site->name));
  }
  kill_all({pid});
  world.coverage().count("kills");
  update_root(world, step);
  start_again(world, *site, kind);
  return true;
}

std::optional<Step> propose_stop_server(World& world, Random& random) {
  return propose_server(world, random, "stop-server");
}

/// One server stays unchanged for a while (SIGSTOP), and goes on.
bool run_stop_server(World& world, const Step& step) {
  Site* const site = world.find(step.site);
  if (site == nullptr || step.arguments.empty() || !has_server(*site, step.arguments[0])) return false;
  if (site->root) return false;  // Its servers and its workers share locks: nobody would go on.
  const pid_t pid = server_of(world, *site, step.arguments[0]);
  if (pid <= 0) return false;
  ::kill(pid, SIGSTOP);
  update_root(world, step);
  ::kill(pid, SIGCONT);
  world.coverage().count("stops");
  return true;
}

const std::vector<std::string> kServerPoints = {"UpdateBatchDecided", "ReceivePoolWritten", "CommitHalfApplied",
                                                "CommitAppliedNotPublished", "SetsBehindNotMarked"};

std::optional<Step> propose_fail_server(World& world, Random& random) {
  Site* const site =
      random_site(world, random, [&](const Site& one) { return is_fed(world, one) && !one.maybe_ahead; });
  if (site == nullptr) return std::nullopt;
  Step step{site->name, "fail-server", {random.of(kServerPoints)}, {}};
  step.options["at"] = std::to_string(random.between(1, 4));
  step.options["updates"] = std::to_string(random.between(5, 60));
  step.options["seed"] = std::to_string(random.below(1'000'000));
  return step;
}

/// The receiver's side is started with a failpoint armed, and started again when one of its two processes died there.
bool run_fail_server(World& world, const Step& step) {
  Site* const site = world.find(step.site);
  if (site == nullptr || step.arguments.empty() || !is_fed(world, *site) || site->maybe_ahead) return false;
  stop_receiver(world, *site);
  world.armed = fmt::format("{}:kill:{}", step.arguments[0], step.number("at", 1));
  start_receiver(world, *site);
  world.armed.clear();
  update_root(world, step);
  const std::vector<std::string> ask = {"mupip", "replicate", "-receiver", "-checkhealth"};
  within(std::chrono::milliseconds(300), [&] { return world.attempt(*site, ask).has("NOT alive"); });
  // What was armed dies with the processes that have it.
  for (const std::string kind : {"receiver", "update"})
    if (const pid_t pid = server_of(world, *site, kind); pid > 0) kill_all({pid});
  world.coverage().count("kills");
  start_receiver(world, *site);
  return true;
}

std::optional<Step> propose_line(World& world, Random& random) {
  Site* const site = random_site(world, random, [](const Site& one) { return !one.parent.empty(); });
  if (site == nullptr) return std::nullopt;
  if (site->line->line() != Line::Good) return Step{site->name, "line", {"good"}, {}};
  Step step{site->name, "line", {random.of<std::string>({"cut", "slow", "corrupt", "corrupt"})}, {}};
  if (step.arguments[0] == "corrupt") step.options["after"] = std::to_string(random.below(20'000));
  return step;
}

/// The line to a site's receiver, until it is said to be good again.
bool run_line(World& world, const Step& step) {
  Site* const site = world.find(step.site);
  if (site == nullptr || step.arguments.empty()) return false;
  const std::string& what = step.arguments[0];
  if (what == "corrupt") {
    site->line->corrupt_after(static_cast<std::uint32_t>(step.number("after", 0)));
  } else {
    site->line->set(what == "cut" ? Line::Cut : what == "slow" ? Line::Slow : Line::Good);
  }
  if (what != "good") world.coverage().count("network-faults");
  return true;
}

constexpr Action kActions[] = {
    {"kill", "", "SIGKILL to all processes of an instance", 8, propose_kill, run_kill},
    {"kill-server", "receiver | update | SECONDARY [updates=N]", "SIGKILL to one server, which is started again", 8,
     propose_kill_server, run_kill_server},
    {"stop-server", "receiver | update | SECONDARY [updates=N]", "SIGSTOP to one server for a while", 3,
     propose_stop_server, run_stop_server},
    {"fail-server", "POINT [at=N] [updates=N]", "receiver or update process dies at a failpoint", 6,
     propose_fail_server, run_fail_server},
    {"line", "good | cut | slow | corrupt [after=BYTES]", "the line to a receiver", 8, propose_line, run_line},
    {"power", "SITE... [seed=] [mode=]", "instances lose power", 10, propose_power, run_power},
};

}  // namespace

std::span<const Action> fault_actions() { return kActions; }

}  // namespace hw::sim
