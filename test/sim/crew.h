/// test/sim/crew.h -- worker processes at one site, and what they were told, on its way into the model.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "test/sim/process.h"
#include "test/sim/worker.h"

namespace hw::sim {

class World;
struct Site;

struct Crew {
  /// What one of them has said, and how much of it the model knows.
  struct Told {
    WorkerResult result;
    std::size_t bytes = 0;
    std::uint64_t heard = 0;  ///< operations
  };

  Workload load;
  std::vector<Running> workers;
  bool may_be_refused = false;
  std::vector<Told> told;
};

struct CrewOrder {
  Workload load;
  unsigned procs = 1;
  std::uint64_t count = 1;  ///< operations of each
  unsigned pause_us = 0;
  std::string fail;              ///< HW_FAIL of the first
  std::uint64_t file_bytes = 0;  ///< no file may grow beyond that (RLIMIT_FSIZE); then a refusal is no failure
};

Crew start_crew(World& world, const Site& site, const CrewOrder& order);
/// What the workers have been told since the last call goes to the model.
void hear(World& world, Site& site, Crew& crew);
/// Waits for all of them. `killed`: they may have ended without an end; what the next operation of each became is then
/// unknown. Failure when one was refused.
void end_crew(World& world, Site& site, Crew& crew, bool killed);

/// Ends the site's load, if there is one, in order.
void end_load(World& world, Site& site);

}  // namespace hw::sim
