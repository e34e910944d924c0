/// replic/instance/region_moments.h -- whether an instance's databases are all here, and none of an earlier time.
///
/// Which regions an instance has is noted in its file by the start that makes the pool, and what they had reached there
/// and then by whoever removes the pool (replic/instance/region_list.h). Only what is on disk. The next start, a
/// rollback and integ compare the databases with it. The list is dropped by what takes regions
/// back or puts other files in their place on purpose: a rollback before it begins, copies of the instance file, a new
/// instance file. Where the list does not know a region, nothing is refused.
///
/// Source: ours; docs/durability.md, "What is kept twice".
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/globals/global_directory.h"
#include "engine/region/open_region.h"
#include "replic/instance/region_list.h"

namespace hw {

/// A region whose database is here.
struct RegionHere {
  RegionReach now;
  bool replicates = false;  ///< and has a journal
  bool at_rest = true;      ///< `now` is exact, and on disk
};

/// A region that is open, and whose header says where it is: closed and clean, or just opened.
RegionHere region_here(const OpenRegion& region);

/// The regions of a directory as their closed files say. One that cannot be examined is left out.
/// Blocks: while another process attaches to one of them or leaves it.
std::vector<RegionHere> regions_at_rest(const GlobalDirectory& directory);

/// Whether the databases are what the list says, or later. `to`: a rollback takes all of them back to there; an earlier
/// region that has come as far is no harm then. A region that does not replicate any more, and one whose name has a
/// database with another id now, are not compared.
/// Errors: HWSTRAYED when one of the list is not here, HWEARLIER when one is of an earlier time.
Status require_moments(const RegionList& reached, std::span<const RegionHere> here, std::optional<Seqno> to,
                       const std::string& instance_path);

/// As require_moments, of one region that replicates. Errors: HWEARLIER.
Status require_moment(const RegionList& reached, const RegionReach& now);

/// The list for an instance that starts: its regions that replicate, and no others.
RegionList members(std::span<const RegionHere> here);

/// The list for an instance that comes to rest. The process that shuts it down may have another global directory than
/// the one that started it: nobody becomes a member by that, and one that is not here, or not at rest, stays as it was.
RegionList reached_now(RegionList members, std::span<const RegionHere> here);

}  // namespace hw
