/// cluster/plan/refeed.h -- who must change its feeder when the root changes, and in which order.
///
/// The order goes from the root downwards, so that each finds a feeder that is fed itself; beside each other, in the
/// order of the group.
///
/// Pure. Source: operations, sections 2 HWTREE, 10 S8, F4, reparent.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/config/domain.h"

namespace hw::cluster {

struct Refeed {
  std::string instance;
  std::string from;  ///< who feeds it now; empty: nobody
  std::string to;    ///< who shall
  bool operator==(const Refeed&) const = default;
};

/// `fed_by`: who feeds an instance now; empty: nobody. `takes_part`: false for an instance that is away: it neither
/// feeds others, who go past it, nor is fed. With `root` as root; those that are fed as they shall be are left out.
std::vector<Refeed> refeed_order(const Domain& domain, const Group& group, const std::string& root,
                                 const std::function<std::string(const std::string&)>& fed_by,
                                 const std::function<bool(const std::string&)>& takes_part);

/// Why `instance` cannot be fed by `feeder` now: it is the root, they are of two groups, a circle, or 16 are fed by it
/// already. `fed_by` as above. Empty: it can.
std::string objection_to_feeder(const Domain& domain, const std::string& root, const std::string& instance,
                                const std::string& feeder,
                                const std::function<std::string(const std::string&)>& fed_by);

}  // namespace hw::cluster
