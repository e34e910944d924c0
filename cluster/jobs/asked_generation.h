/// cluster/jobs/asked_generation.h -- boot -f, down -f: the configuration that a command works with, beside what runs.
///
/// Source: operations, section 2 "What runs keeps its generation".
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cluster/jobs/job.h"

namespace hw::cluster {

/// Configurations by their numbers, as the coordinator has them.
class StoredDomains {
 public:
  /// `context` outlives it.
  explicit StoredDomains(const JobContext& context) : context_(context) {}
  /// Errors: HWCFGBAD: it is not stored here.
  Result<Domain> of(std::uint64_t number) const;

 private:
  const JobContext& context_;
};

/// The same job with another configuration, which outlives it.
JobContext with_domain(const JobContext& context, const Domain& domain, std::uint64_t generation);

/// HWCFGSTALE when generation `runs` of the node is not the job's; one that has all that runs there, and more (`config
/// add`), is as good. `runs` 0: nothing runs there.
std::optional<Error> stale(const JobContext& context, const std::string& node, std::uint64_t runs,
                           const StoredDomains& running);

}  // namespace hw::cluster
