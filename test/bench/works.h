/// test/bench/works.h -- the pieces of work that the benchmark measures.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/headwater.hpp"
#include "test/bench/sequence.h"

namespace bench {

struct Task {
  std::uint64_t count = 1;
  std::uint64_t process = 0;  // 0 the only one, 1, 2, ... several
  std::uint64_t pass = 0;     // another number for each piece of work on the same database
  std::uint64_t first = 0;    // the general rows' first node
  std::uint64_t span = 0;     // a timed work begins again after so many nodes; 0: never
  std::uint64_t seconds = 0;  // a timed work ends after so long
  Tables tables;

  std::uint64_t done = 0;  // operations
  std::string figures;     // what a work measures besides

  /// The first integer of a process's own range.
  std::uint64_t base() const { return pass * 200'000'000 + process * 10'000'000; }
  /// The first node of a process's own range of the general rows.
  std::uint64_t origin() const { return process * 2'000'000 + first; }
};

struct Work {
  std::string_view name;
  hw::Status (*run)(hw::Globals&, Task&);
  bool changes = true;
};

/// Null when there is no such work.
const Work* find_work(std::string_view name);

/// The wall clock.
inline std::int64_t now_us() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

}  // namespace bench
