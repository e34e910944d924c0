// Updates, from one or several processes, some of which are killed.
#include <fmt/format.h>

#include <csignal>

#include <unistd.h>

#include "engine/base/failpoint.h"
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

/// What the workers were told goes to the model; what they were not told is to be found out (checks.cc).
void account(World& world, Site& site, const Workload& load, const std::vector<Said>& said, bool killed) {
  std::uint64_t acknowledged = 0;
  for (unsigned worker = 0; worker < said.size(); ++worker) {
    const WorkerResult result = parse_worker(said[worker].out);
    if (!result.refusal.empty() || (!result.complete && !killed))
      throw Failure(
          fmt::format("worker {} of {}, status {}: {}", worker, site.name, said[worker].status, said[worker].out));
    for (std::size_t i = 0; i < result.seqnos.size(); ++i) {
      if (!site.committed.emplace(result.seqnos[i], make_operation(load, worker, i + 1)).second)
        throw Failure(fmt::format("two updates of {} were told seqno {}", site.name, result.seqnos[i]));
    }
    acknowledged += result.seqnos.size();
    if (!result.complete) site.unknown.push_back({make_operation(load, worker, result.seqnos.size() + 1), worker});
  }
  Timeline& timeline = world.timeline();
  for (auto next = site.committed.begin(); next != site.committed.end() && next->first == timeline.seqno(site.high) + 1;
       next = site.committed.erase(next)) {
    site.high = timeline.commit(site.high, next->second);
    site.low = site.high;
    if (next->second.durable) site.durable = site.high;
  }
  if (!site.committed.empty() && site.unknown.empty())
    throw Failure(fmt::format("an update of {} was told seqno {}, nobody {}", site.name, site.committed.begin()->first,
                              timeline.seqno(site.high) + 1));
  world.coverage().count("updates", acknowledged);
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
  const std::uint64_t count = std::stoull(step.arguments[0]);
  const unsigned procs = static_cast<unsigned>(step.number("procs", 1));
  const std::string fail = step.text("fail");
  const std::uint64_t kill_us = step.number("kill_us", 0);
  WorkerOrder order;
  order.load = load_of(world, step);
  std::vector<Running> running;
  for (unsigned worker = 0; worker < procs; ++worker) {
    order.worker = worker;
    order.count = count / procs + 1;
    Launch launch = world.launch(*site, worker_command(world.setting().self, order));
    if (worker == 0 && !fail.empty())
      launch.environment["HW_FAIL"] = fmt::format("{}:kill:{}", fail, step.number("at", 1));
    running.push_back(start(launch));
  }
  if (kill_us != 0) {
    ::usleep(static_cast<useconds_t>(kill_us));
    for (const Running& one : running) ::kill(one.pid, SIGKILL);
    world.coverage().count("kills", running.size());
  }
  std::vector<Said> said;
  for (Running& one : running) {
    said.push_back(wait(one));
    world.note(fmt::format("[{}]$ worker\n{}status {}", site->name, said.back().out, said.back().status));
    if (said.back().status == 128 + SIGKILL && kill_us == 0) world.coverage().count("kills");
  }
  account(world, *site, order.load, said, kill_us != 0 || !fail.empty());
  world.coverage().add("update", fmt::format("procs={}", procs), kill_us != 0 ? "SIGKILL" : fail.empty() ? "-" : fail);
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
    {"update-refused", "", "an update where none is allowed", 4, propose_refused, run_refused},
};

}  // namespace

std::span<const Action> update_actions() { return kActions; }

}  // namespace hw::sim
