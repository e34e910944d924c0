#include "test/sim/crew.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>

#include "test/sim/failure.h"
#include "test/sim/world.h"

namespace hw::sim {
namespace {

/// Acknowledged operations that follow what the model has go to it.
void advance(World& world, Site& site) {
  Timeline& timeline = world.timeline();
  for (auto next = site.committed.begin(); next != site.committed.end() && next->first <= timeline.seqno(site.high) + 1;
       next = site.committed.erase(next)) {
    if (next->first <= timeline.seqno(site.high))
      throw Failure(fmt::format("two updates of {} were told seqno {}", site.name, next->first));
    site.high = timeline.commit(site.high, next->second);
    site.low = site.high;
    if (next->second.durable) site.durable = site.high;
  }
}

void hear_worker(World& world, Site& site, Crew& crew, unsigned worker, const std::string& more) {
  Crew::Told& told = crew.told[worker];
  told.bytes += read_worker(more, told.result);
  for (; told.heard < told.result.seqnos.size(); ++told.heard) {
    const std::uint64_t seqno = told.result.seqnos[told.heard];
    if (!site.committed.emplace(seqno, make_operation(crew.load, worker, told.heard + 1)).second)
      throw Failure(fmt::format("two updates of {} were told seqno {}", site.name, seqno));
    world.coverage().count("updates");
  }
}

}  // namespace

Crew start_crew(World& world, const Site& site, const CrewOrder& order) {
  Crew crew;
  crew.load = order.load;
  crew.may_be_refused = order.file_bytes != 0;
  for (unsigned worker = 0; worker < order.procs; ++worker) {
    WorkerOrder one;
    one.load = order.load;
    one.worker = worker;
    one.count = order.count;
    one.pause_us = order.pause_us;
    Launch launch = world.launch(site, worker_command(world.setting().self, one));
    launch.file_bytes = order.file_bytes;
    if (worker == 0 && !order.fail.empty()) launch.environment["HW_FAIL"] = order.fail;
    crew.workers.push_back(start(launch));
    crew.told.emplace_back();
  }
  return crew;
}

void hear(World& world, Site& site, Crew& crew) {
  for (unsigned worker = 0; worker < crew.workers.size(); ++worker)
    hear_worker(world, site, crew, worker, said_so_far(crew.workers[worker], crew.told[worker].bytes));
  advance(world, site);
}

void end_crew(World& world, Site& site, Crew& crew, bool killed) {
  for (unsigned worker = 0; worker < crew.workers.size(); ++worker) {
    const Said said = wait(crew.workers[worker]);
    const std::string last = said.out.substr(said.out.size() > 2000 ? said.out.size() - 2000 : 0);
    world.note(fmt::format("[{}]$ worker {}\n{}status {}", site.name, worker, last, said.status));
    hear_worker(world, site, crew, worker, said.out.substr(crew.told[worker].bytes));
    const WorkerResult& result = crew.told[worker].result;
    if ((!result.refusal.empty() && !crew.may_be_refused) || (!result.complete && !killed))
      throw Failure(fmt::format("worker {} of {}, status {}: {}", worker, site.name, said.status,
                                result.refusal.empty() ? last : result.refusal));
    if (result.complete || !result.refusal.empty()) continue;  // What was refused has not happened.
    site.unknown.push_back({make_operation(crew.load, worker, result.seqnos.size() + 1), worker});
    if (said.status == 128 + SIGKILL) world.coverage().count("kills");
  }
  crew.workers.clear();
  advance(world, site);
  if (!site.committed.empty() && site.unknown.empty() && site.load == nullptr)
    throw Failure(fmt::format("an update of {} was told seqno {}, nobody {}", site.name, site.committed.begin()->first,
                              world.timeline().seqno(site.high) + 1));
}

void end_load(World& world, Site& site) {
  const std::shared_ptr<Crew> crew = std::move(site.load);
  site.load.reset();
  if (crew == nullptr) return;
  // One that has not made its first update yet may not know what to do with the signal.
  within(std::chrono::seconds(20), [&] {
    return std::all_of(crew->workers.begin(), crew->workers.end(),
                       [](const Running& worker) { return !said_so_far(worker).empty(); });
  });
  for (const Running& worker : crew->workers) ::kill(worker.pid, SIGTERM);
  end_crew(world, site, *crew, false);
}

}  // namespace hw::sim
