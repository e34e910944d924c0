// Backups: full ones and increments, each held against what the site had at that moment.
#include <fmt/format.h>

#include <fstream>

#include "test/sim/action.h"
#include "test/sim/checks.h"
#include "test/sim/failure.h"

namespace hw::sim {
namespace {

constexpr const char* kFiles[] = {"a", "x", "y"};
constexpr const char* kRegions[] = {"DEFAULT", "XREG", "YREG"};

std::string copies_of(const Site& site) { return site.folder + "/copies"; }

/// A site's copies have a global directory of their own beside them, made once.
void write_directory(World& world, Site& site) {
  const std::string folder = copies_of(site);
  std::string commands = fmt::format("change -segment DEFAULT -file={}/a.dat\n", folder);
  for (unsigned region = 1; region < world.regions; ++region)
    commands += fmt::format("change -segment {} -file={}/{}.dat\n", kRegions[region], folder, kFiles[region]);
  std::ofstream(site.folder + "/copies.in") << commands << "exit\n";
  world.must(
      site, {"sh", "-c", fmt::format("mkdir {0} && cp g.gld {0}/g.gld && gtmgbldir={0}/g.gld gde <copies.in", folder)});
}

/// What a copy holds must be what the site had at a seqno from that of `low` to that of `high`. Gives the place.
Place check_copies(World& world, Site& site, Place low, Place high, const std::string& what) {
  const std::string directory = "gtmgbldir=" + copies_of(site) + "/g.gld";
  const Said said = world.must(site, {"env", directory, "mupip", "integ", "-digest", "-region", "*"});
  const Said integ = world.attempt(site, {"env", directory, "mupip", "integ", "-region", "*"});
  if (integ.status != 0) throw Failure(fmt::format("integ of {} of {}: {}", what, site.name, integ.out));
  return check_digests(world, fmt::format("{} of {}", what, site.name), said, low, high);
}

std::optional<Step> propose_backup(World& world, Random& random) {
  Site* const site = random_site(world, random, [](const Site& one) { return !one.crashed; });
  if (site == nullptr) return std::nullopt;
  Step step{site->name, "backup", {}, {}};
  if (random.percent(40)) step.options["newjnlfiles"] = "1";
  return step;
}

/// A full backup of all regions, which replaces the copies there were.
bool run_backup(World& world, const Step& step) {
  Site* const site = world.find(step.site);
  if (site == nullptr || site->crashed) return false;
  if (!site->has_directory) write_directory(world, *site);
  site->has_directory = true;
  world.must(*site, {"sh", "-c", "rm -f copies/*.dat*"});
  check_content(world, *site);
  const Place before = site->low;
  const Said said = world.must(
      *site,
      {"mupip", "backup", step.number("newjnlfiles", 0) != 0 ? "-newjnlfiles" : "-nonewjnlfiles", "*", "copies"});
  if (!said.has("Backup completed successfully")) throw Failure("backup of " + site->name + ": " + said.out);
  check_content(world, *site);
  site->copied = check_copies(world, *site, before, site->high, "a backup");
  site->marked = site->copied;
  site->remade = false;
  return true;
}

std::optional<Step> propose_increment(World& world, Random& random) {
  Site* const site =
      random_site(world, random, [](const Site& one) { return !one.crashed && one.copied != kBeginning; });
  if (site == nullptr) return std::nullopt;
  return Step{site->name, "increment", {}, {}};
}

/// An incremental backup since the copies, which are brought up to it.
bool run_increment(World& world, const Step& step) {
  Site* const site = world.find(step.site);
  if (site == nullptr || site->crashed || site->copied == kBeginning) return false;
  Timeline& timeline = world.timeline();
  check_content(world, *site);
  const Place before = site->low;
  std::string files;
  for (unsigned region = 0; region < world.regions; ++region)
    files += fmt::format("{}{}/{}.inc", region == 0 ? "" : ",", copies_of(*site), kFiles[region]);
  world.must(*site, {"sh", "-c", "rm -f copies/*.inc"});
  const std::vector<std::string> backup = {"mupip", "backup", "-bytestream", "-since=database", "*", files};
  // The site went back behind the copies, is another one since, or there was a full backup that went elsewhere: then it
  // must say so, now or at the restore. A backup that the site went back behind is forgotten, and so is one after an
  // earlier rollback to a lower seqno (is_past_of): without one to follow the backup is refused.
  const bool follows = timeline.holds(site->high, site->copied) &&
                       (timeline.holds(site->copied, site->marked) || !timeline.holds(site->high, site->marked));
  const Said said = world.attempt(*site, backup);
  bool done = said.status == 0;
  for (unsigned region = 0; region < world.regions && done; ++region) {
    const Said restored = world.attempt(*site, {"mupip", "restore", fmt::format("copies/{}.dat", kFiles[region]),
                                                fmt::format("copies/{}.inc", kFiles[region])});
    done = restored.status == 0;
    if (!done && follows && !site->remade) throw Failure("restore at " + site->name + ": " + restored.out);
  }
  check_content(world, *site);
  if (!done) {
    if (follows && !site->remade && !said.has("HWBKUPBASE"))
      throw Failure("incremental backup of " + site->name + ": " + said.out);
    site->copied = kBeginning;
    return true;
  }
  site->copied = check_copies(world, *site, before, site->high, "a restored increment");
  return true;
}

std::optional<Step> propose_freeze(World& world, Random& random) {
  Site* const site =
      random_site(world, random, [](const Site& one) { return one.up && one.root && one.load == nullptr; });
  if (site == nullptr) return std::nullopt;
  return Step{site->name, "freeze", {}, {}};
}

/// All regions are frozen: an update waits, integ goes on, and the update is made when they are released.
bool run_freeze(World& world, const Step& step) {
  Site* const site = world.find(step.site);
  if (site == nullptr || !site->up || !site->root || site->load != nullptr) return false;
  check_content(world, *site);
  world.must(*site, {"mupip", "freeze", "-on", "*"});
  CrewOrder order;
  order.load.seed = step.number("seed", 77);
  order.load.regions = world.regions;
  Crew crew = start_crew(world, *site, order);
  const bool made = within(std::chrono::milliseconds(60), [&] {
    hear(world, *site, crew);
    return crew.told[0].heard != 0;
  });
  if (made) throw Failure("an update of " + site->name + " was made while all regions were frozen");
  check_content(world, *site);
  world.must(*site, {"mupip", "freeze", "-off", "*"});
  end_crew(world, *site, crew, false);
  return true;
}

constexpr Action kActions[] = {
    {"backup", "[newjnlfiles=1]", "a full backup, held against the site's content at that moment", 6, propose_backup,
     run_backup},
    {"increment", "", "an incremental backup, restored onto the last full one", 6, propose_increment, run_increment},
    {"freeze", "[seed=]", "an update waits while regions are frozen", 3, propose_freeze, run_freeze},
};

}  // namespace

std::span<const Action> copy_actions() { return kActions; }

}  // namespace hw::sim
