/// test/sim/options.h -- the command line of headwater-sim.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace hw::sim {

struct Options {
  std::uint64_t first_seed = 0;
  std::uint64_t last_seed = 0;
  bool seeds_given = false;
  std::uint64_t steps = 60;
  std::uint64_t minutes = 0;  ///< 0: as many as there are seeds
  unsigned jobs = 1;
  std::string folder;  ///< where runs make theirs
  std::string replay;  ///< script to run
  unsigned times = 1;  ///< how often it is replayed, or until it fails
  bool shrink = true;
  std::uint64_t shrink_s = 300;
  bool until_failure = false;  ///< no new run after one that failed
  bool keep = false;
  bool coverage = false;
  bool actions = false;
  bool help = false;
  bool verbose = false;
  bool recorder = true;
};

/// The error is a line of text.
std::optional<std::string> parse_options(int argc, char** argv, Options& options);
extern const char* const kHelp;

}  // namespace hw::sim
