// Rollbacks to a seqno that is given, offline and online; recoveries that must be refused; lost transactions taken up
// again.
#include <fmt/format.h>

#include "test/sim/action.h"
#include "test/sim/checks.h"
#include "test/sim/failure.h"

namespace hw::sim {
namespace {

/// The instance is at `place` now, by a rollback; those that it feeds may have more.
void went_back(World& world, Site& site, Place place) {
  site.low = site.high = place;
  site.durable = world.timeline().common(site.durable, place);
  for (Site* const child : world.children_of(site)) child->maybe_ahead = true;
}

std::uint64_t resync_of(World& world, const Site& site, const Step& step) {
  const std::uint64_t here = world.timeline().seqno(site.high);
  const std::uint64_t back = step.number("back", 0);
  return here + 1 > back ? here + 1 - back : 1;
}

std::optional<Step> propose_rollback(World& world, Random& random) {
  Site* const site = random_site(world, random, [](const Site& one) {
    return !one.crashed && one.settled() && one.load == nullptr && one.low == one.high;
  });
  if (site == nullptr) return std::nullopt;
  Step step{site->name, "rollback", {}, {}};
  step.options["back"] = std::to_string(random.percent(40) ? 0 : random.between(1, 60));
  if (!site->up) add_break(step, random);
  return step;
}

/// Takes the last transactions out, online where the instance is up. With back=0 there is nothing to take out.
bool run_rollback(World& world, const Step& step) {
  Site* const site = world.find(step.site);
  if (site == nullptr || site->crashed || site->load != nullptr) return false;
  Timeline& timeline = world.timeline();
  // A secondary that is up goes on receiving what is taken out: only what a feeder cannot add meanwhile can be told
  // exactly.
  if (site->up && !site->root) return false;
  if (site->up) {
    // What is on its way to those below would be of the way that is left.
    synchronize(world);
    drain(world);
  }
  check_content(world, *site);
  const std::uint64_t resync = resync_of(world, *site, step);
  const Place place = timeline.at(site->high, resync - 1);
  if (!timeline.holds(place, site->floor)) return false;
  const std::string lost = world.new_path(*site, "lost");
  std::vector<std::string> command = {"mupip", "journal", "-rollback", "-backward"};
  if (site->up) command.push_back("-online");
  for (const std::string& word : {fmt::format("-resync={}", resync), "-losttrans=" + lost, std::string("*")})
    command.push_back(word);
  must_in_the_end(world, *site, site->up ? Step{} : step, command);
  const std::set<std::uint64_t> taken = seqnos_in(lost);
  if (taken.size() != timeline.seqno(site->high) - timeline.seqno(place) ||
      (!taken.empty() && *taken.begin() != resync))
    throw Failure(fmt::format("a rollback of {} from seqno {} to {} wrote {} transactions to {}", site->name,
                              timeline.seqno(site->high), timeline.seqno(place), taken.size(), lost));
  world.coverage().count("lost-transactions-written", taken.size());
  const bool moved = place != site->high;
  if (moved) went_back(world, *site, place);
  if (moved && site->up)
    for (Site* const child : world.children_of(*site)) child->maybe_ahead = true;
  return true;
}

std::optional<Step> propose_recover_refused(World& world, Random& random) {
  Site* const site = random_site(world, random, [](const Site&) { return true; });
  if (site == nullptr) return std::nullopt;
  return Step{site->name, "recover-refused", {}, {}};
}

/// A recovery of one database alone would part it from the others: refused, up or down.
bool run_recover_refused(World& world, const Step& step) {
  Site* const site = world.find(step.site);
  if (site == nullptr) return false;
  const Said said = world.attempt(*site, {"mupip", "journal", "-recover", "-backward", "*"});
  if (said.status == 0)
    throw Failure("a recovery of " + site->name + ", which replicates, is not refused: " + said.out);
  return true;
}

constexpr Action kActions[] = {
    {"rollback", "[back=N] [fail=POINT at=N [power=MODE seed=]]",
     "rollback -resync of the last N transactions, online when up", 12, propose_rollback, run_rollback},
    {"recover-refused", "", "recover -backward of a replicating instance", 2, propose_recover_refused,
     run_recover_refused},
};

}  // namespace

std::span<const Action> rollback_actions() { return kActions; }

}  // namespace hw::sim
