/// cluster/agent/lease_wait.h -- who waits until a lease machine has done what it was asked for, or says why not. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <optional>

#include "cluster/jobs/site.h"
#include "cluster/lease/machine.h"
#include "engine/base/result.h"

namespace hw::cluster {

/// Thread: the loop's.
class LeaseWaits {
 public:
  using Done = std::function<void(Result<LeaseOutcome>)>;

  /// What the machine is told for the request; none: nothing, it is waited for.
  static std::optional<lease::Event> event_of(const LeaseRequest& request);

  /// Before the machine is told. Returns the number to give it up by.
  std::uint64_t add(const LeaseRequest& request, const lease::Machine& machine, Done done);
  void give_up(std::uint64_t number);
  /// The machine has said it, or a step that it wanted has failed.
  void said(const Error& error);
  /// All that it was told is done.
  void look(const lease::Machine& machine);

 private:
  struct Waiting {
    std::uint64_t number;
    LeaseRequest request;
    std::uint64_t epoch;  ///< of the reign when it was asked
    Done done;
  };
  std::list<Waiting> waiting_;
  std::uint64_t last_ = 0;
};

}  // namespace hw::cluster
