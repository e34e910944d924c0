/// test/sim/failure.h -- how a run ends that has found something.
#pragma once

#include <stdexcept>
#include <string>

namespace hw::sim {

/// What must be true is not. Thrown from wherever that is noticed, caught where a run ends (run.cc) and nowhere else: a
/// step that fails leaves nothing to go on with.
struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace hw::sim
