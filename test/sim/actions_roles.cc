// Who is root: switchover, failover, and how an instance that was away comes back.
#include <fmt/format.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "test/sim/action.h"
#include "test/sim/checks.h"
#include "test/sim/failure.h"

namespace hw::sim {
namespace {

Site* root_of(World& world) {
  for (auto& [name, site] : world.sites())
    if (site.root && world.find(site.parent) == nullptr) return &site;
  return nullptr;
}

/// A secondary becomes root as the runbooks say; whom its feeder fed is now fed by it.
void promote(World& world, Site& site, Site& old) {
  stop_receiver(world, site);
  if (site.feeds.count(old.name) == 0) start_source(world, site, old.name, nullptr);  // It was moved below its feeder.
  for (const auto& [secondary, active] : std::map<std::string, bool>(site.feeds)) {
    if (secondary == old.name) continue;
    stop_source(world, site, secondary);
  }
  world.must(site,
             {"mupip", "replicate", "-source", "-activate", "-instsecondary=" + old.name,
              fmt::format("-secondary=127.0.0.1:{}", old.line->port()),
              "-log=" + site.folder + "/source-" + old.name + ".log", "-connectparams=5,200,1,0,2,20", "-rootprimary"});
  site.feeds[old.name] = true;
  site.root = true;
  site.parent.clear();
  old.root = false;
  old.was_root = true;
  for (Site* const other : world.children_of(old))
    if (other != &site) other->parent = site.name;
  old.parent = site.name;
  for (Site* const child : world.children_of(site)) {
    if (!world.timeline().holds(site.high, child->low)) child->maybe_ahead = true;
    strand_if_untold(world, *child, site);
    if (child != &old) feed(world, site, *child);
  }
}

/// Every transaction that an instance had and has no more is in the file, and no other. A power loss may have taken
/// parts of those that were not durable: such a one is broken or gone, and whole ones behind it are in the file.
/// `once`: the command was not broken off, so that no file of a former try is there.
void check_lost(World& world, Site& site, std::uint64_t kept, const std::string& path, bool once) {
  Timeline& timeline = world.timeline();
  const std::set<std::uint64_t> lost = seqnos_in(path);
  for (const auto& file : std::filesystem::directory_iterator(site.folder))
    if (once && file.path().string().starts_with(path + "_"))
      throw Failure(fmt::format("a rollback of {} wrote two files: {}", site.name, file.path().string()));
  std::uint64_t least = timeline.seqno(site.low);  // What it had for certain.
  std::uint64_t most = timeline.seqno(site.high) + site.unknown.size() + site.committed.size();
  for (const auto& [seqno, operation] : site.committed)
    if (!site.of_root && (operation.durable || !site.may_lose)) least = std::max(least, seqno);
  std::uint64_t expected = kept;
  for (const std::uint64_t seqno : lost) {
    // Of a try that was broken off: by the next one its feeder had got it, so that it stayed. Who applies the file
    // finds it there (gbl apply-lost).
    if (!once && seqno <= kept) continue;
    ++expected;
    if (seqno > expected && site.may_lose && expected > least) expected = seqno;
    if (seqno != expected)
      throw Failure(fmt::format("{} after a rollback of {} to seqno {}: {} follows where {} must", path, site.name,
                                kept, seqno, expected));
  }
  if (expected < least || expected > most)
    throw Failure(fmt::format("{} after a rollback of {} to seqno {} goes to seqno {}; it had from {} to {}", path,
                              site.name, kept, expected, least, most));
  world.coverage().count("lost-transactions-written", lost.size());
}

std::optional<Step> propose_recover(World& world, Random& random) {
  Site* const site = random_site(world, random, [](const Site& one) { return one.crashed; });
  if (site == nullptr) return std::nullopt;
  Step step{site->name, "recover", {}, {}};
  if (random.percent(50)) step.options["rundown"] = "1";
  add_break(step, random);
  return step;
}

/// After a crash: a rollback that takes out nothing but what is not whole.
bool run_recover(World& world, const Step& step) {
  Site* const site = world.find(step.site);
  if (site == nullptr || !site->crashed) return false;
  drain(world);
  if (step.number("rundown", 0) != 0) world.attempt(*site, {"mupip", "rundown", "-region", "*"});
  const Said said = must_in_the_end(world, *site, step, {"mupip", "journal", "-rollback", "-backward", "*"});
  if (!said.has("Rollback successful"))
    throw Failure("a rollback of " + site->name + " does not say that it succeeded: " + said.out);
  site->crashed = site->pool_left = false;
  site->up = false;
  check_content(world, *site);
  site->may_lose = false;
  for (Site* const child : world.children_of(*site))
    if (!world.timeline().holds(site->high, child->low)) child->maybe_ahead = true;
  return true;
}

std::optional<Step> propose_return(World& world, Random& random) {
  Site* const site = random_site(world, random, [&](const Site& one) {
    const Site* const feeder = world.find(one.parent);
    if (feeder == nullptr || !feeder->up || feeder->feeds.count(one.name) == 0 || one.stranded) return false;
    return one.crashed || one.maybe_ahead || !world.timeline().holds(feeder->high, one.low) ||
           (!one.up && random.percent(20));
  });
  if (site == nullptr) return std::nullopt;
  Step step{site->name, "return", {}, {}};
  add_break(step, random);
  return step;
}

/// As a secondary of its feeder, with a rollback that takes out what only it has.
bool run_return(World& world, const Step& step) {
  Site* const site = world.find(step.site);
  if (site == nullptr) return false;
  Site* const feeder = world.find(site->parent);
  if (feeder == nullptr || !feeder->up || feeder->feeds.count(site->name) == 0) return false;
  site->line->set(Line::Good);
  if (site->up && !site->crashed) stop_servers(world, *site);
  Timeline& timeline = world.timeline();
  check_content(world, *feeder);
  const Place fed_before = feeder->low;  // It may get more meanwhile.
  const std::string lost = world.new_path(*site, "lost");
  const std::vector<std::string> rollback = {
      "mupip", "journal", "-rollback", "-backward", fmt::format("-fetchresync={}", site->port), "-losttrans=" + lost,
      "*"};
  const Place meet = timeline.common(site->high, feeder->high);
  const auto told = [&](Place place) {
    return history_tells_of(world, *site, place) && history_tells_of(world, *feeder, place);
  };
  // A feeder that has got nothing from above yet has perhaps no history at all: the rollback waits for it, but not for
  // ever.
  const bool waits = !feeder->root && feeder->low == feeder->floor && site->high != kBeginning;
  if (waits || !told(timeline.common(site->low, feeder->low))) {
    const Said said = world.attempt(*site, rollback);
    // Where one of their histories begins it tells or not, as the record there was its first or its feeder's.
    const bool is_before = !timeline.holds(meet, site->floor) || !timeline.holds(meet, feeder->floor);
    if (said.status == 0 && is_before)
      throw Failure("a rollback of " + site->name + " to where a history does not reach succeeded");
    if (said.status != 0) {
      // Where both meet may also be before the first of its journals.
      if (timeline.holds(meet, site->floor) && !said.has("REPLINSTNOHIST"))
        throw Failure("a rollback of " + site->name + " ends with " + said.out);
      // One that its feeder holds may go on from where it is.
      if (!told(meet) && !timeline.holds(feeder->high, site->high)) site->stranded = true;
      strand_if_untold(world, *site, *feeder);
      // The rollback has run down the pool first, and that ends a crash in which it was not lost.
      if (site->pool_left) site->crashed = false;
      site->pool_left = false;
      return true;
    }
  } else {
    must_in_the_end(world, *site, step, rollback);
  }
  const Observed observed = observe(world, *site);
  check_lost(world, *site, observed.seqno, lost, step.text("fail").empty());
  if (observed.seqno > timeline.seqno(site->high) + site->unknown.size() + site->committed.size())
    throw Failure("a rollback of " + site->name + " added something");
  settle_open(world, *site, observed.seqno);
  check_content(world, *feeder);
  const Place place = timeline.at(site->high, observed.seqno);
  if (!timeline.holds(feeder->high, place))
    throw Failure(fmt::format("after a rollback {} is at seqno {} and has what {} does not have", site->name,
                              observed.seqno, feeder->name));
  if (!timeline.holds(place, timeline.common(site->low, fed_before)))
    throw Failure(fmt::format("a rollback of {} to seqno {} took out what {} has, too", site->name, observed.seqno,
                              feeder->name));
  site->low = site->high = place;
  site->durable = timeline.common(site->durable, place);
  site->drop_open();
  site->crashed = site->pool_left = false;
  site->maybe_ahead = false;
  site->may_lose = false;
  check_content(world, *site);
  site->died.clear();  // The pool that named them went with the rollback.
  // What a power loss took from it comes again from its feeder; those below may have it already.
  for (Site* const child : world.children_of(*site))
    if (!timeline.holds(site->high, child->low)) child->maybe_ahead = true;
  start_servers(world, *site, false);
  return true;
}

std::optional<Step> propose_switchover(World& world, Random& random) {
  Site* const root = root_of(world);
  if (root == nullptr || !root->up) return std::nullopt;
  Site* const site = random_site(world, random, [&](const Site& one) {
    return one.parent == root->name && is_fed(world, one) && !one.maybe_ahead &&
           history_tells_of(world, one, root->low);
  });
  if (site == nullptr) return std::nullopt;
  Step step{site->name, "switchover", {}, {}};
  if (random.percent(70)) step.options["rollback"] = "1";
  return step;
}

/// Planned: the root hands over to one that has everything, and becomes its secondary.
bool run_switchover(World& world, const Step& step) {
  Site* const site = world.find(step.site);
  if (site == nullptr) return false;
  Site* const old = world.find(site->parent);
  if (old == nullptr || !old->up || !old->root || !is_fed(world, *site) || site->maybe_ahead) return false;
  // The former root could not become its secondary but by a refresh.
  if (!history_tells_of(world, *site, old->low)) return false;
  end_load(world, *old);
  old->line->set(Line::Good);
  check_content(world, *old);
  if (!within(std::chrono::seconds(30), [&] {
        check_content(world, *site);
        return site->low == old->low;
      }))
    throw Failure(fmt::format("{} does not come to what {} has before a switchover", site->name, old->name));
  stop_servers(world, *old);
  promote(world, *site, *old);
  if (step.number("rollback", 0) != 0) {
    const std::string lost = world.new_path(*old, "lost");
    world.must(*old, {"mupip", "journal", "-rollback", "-backward", fmt::format("-fetchresync={}", old->port),
                      "-losttrans=" + lost, "*"});
    check_lost(world, *old, world.timeline().seqno(old->low), lost, true);
  }
  start_servers(world, *old, false);
  return true;
}

std::optional<Step> propose_failover(World& world, Random& random) {
  Site* const root = root_of(world);
  if (root == nullptr || root->up) return std::nullopt;
  Site* const site =
      random_site(world, random, [&](const Site& one) { return one.parent == root->name && one.up && one.receiver; });
  if (site == nullptr) return std::nullopt;
  return Step{site->name, "failover", {}, {}};
}

/// The root is gone; a secondary takes over with what it has.
bool run_failover(World& world, const Step& step) {
  Site* const site = world.find(step.site);
  if (site == nullptr || !site->up || !site->receiver) return false;
  Site* const old = world.find(site->parent);
  if (old == nullptr || old->up || !old->root) return false;
  drain(world);
  promote(world, *site, *old);
  return true;
}

constexpr Action kActions[] = {
    {"recover", "[rundown=1] [fail=POINT at=N [power=MODE seed=]]", "rollback after a crash", 40, propose_recover,
     run_recover},
    {"return", "[fail=POINT at=N [power=MODE seed=]]", "rollback -fetchresync, and a start as secondary", 30,
     propose_return, run_return},
    {"switchover", "[rollback=1]", "planned: the site becomes root, its feeder its secondary", 8, propose_switchover,
     run_switchover},
    {"failover", "", "the site becomes root in place of its feeder, which is gone", 15, propose_failover, run_failover},
};

}  // namespace

void add_break(Step& step, Random& random) {
  static const std::vector<std::string> points = {
      "RollbackUndone",  "RollbackNotDecided", "RollbackDecided",          "RollbackCut",
      "ImageNotRenamed", "ImageHalfApplied",   "JournalRenamedNotReplaced"};
  static const std::vector<std::string> modes = {
      "", "", "random", "all-lost", "newest-kept-oldest-lost", "one-file-old"};
  if (!random.percent(40)) return;
  step.options["fail"] = random.of(points);
  step.options["at"] = std::to_string(random.between(1, 3));
  if (const std::string& mode = random.of(modes); !mode.empty()) {
    step.options["power"] = mode;
    step.options["seed"] = std::to_string(random.below(1'000'000));
  }
}

Said must_in_the_end(World& world, Site& site, const Step& step, const std::vector<std::string>& argv) {
  if (const std::string fail = step.text("fail"); !fail.empty()) {
    world.armed = fmt::format("{}:kill:{}", fail, step.number("at", 1));
    Said said = world.attempt(site, argv);
    world.armed.clear();
    if (said.status == 0) return said;
    if (said.status != 128 + SIGKILL)
      throw Failure(fmt::format("status {} on {} of: {} ...\n{}", said.status, site.name, argv[1], said.out));
    world.coverage().count("kills");
    if (const std::string mode = step.text("power"); !mode.empty()) {
      world.lose_power(site, step.number("seed", 1), mode);
      if (site.crashed) {
        site.low = world.timeline().common(site.low, site.durable);
        site.may_lose = true;
      }
      world.coverage().count("power-losses");
    }
  }
  return world.must(site, argv);
}

std::set<std::uint64_t> seqnos_in(const std::string& path) {
  std::set<std::uint64_t> seqnos;
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    std::istringstream fields(line);
    std::string field;
    for (int i = 0; i < 6; ++i) std::getline(fields, field, '\\');
    if (!field.empty()) seqnos.insert(std::stoull(field));
  }
  return seqnos;
}

std::span<const Action> role_actions() { return kActions; }

}  // namespace hw::sim
