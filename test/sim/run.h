/// test/sim/run.h -- one run: a script, or a seed's steps, in a process and a folder of its own.
#pragma once

#include <atomic>
#include <string>

#include "test/sim/coverage.h"
#include "test/sim/script.h"
#include "test/sim/world.h"

namespace hw::sim {

struct RunOrder {
  Setting setting;
  Script script;             ///< replayed when not empty
  std::uint64_t steps = 60;  ///< otherwise: that many after the tree was made
  bool keep = false;         ///< leave the folder
  bool verbose = false;      ///< each step is printed
};

struct RunResult {
  bool failed = false;
  std::string failure;
  Script script;  ///< what was run, up to the failure
  Coverage coverage;
};

/// A run that has been started.
struct StartedRun {
  pid_t pid = -1;
  RunOrder order;
  std::string result;  ///< file in which the run says what became of it
};

StartedRun start_run(const RunOrder& order);
/// Waits for the end, and removes what is left of it.
RunResult finish_run(StartedRun& run, int status);
RunResult run_to_end(const RunOrder& order);

}  // namespace hw::sim
