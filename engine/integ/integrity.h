/// engine/integ/integrity.h -- all that can be held against one region: its pages, its header, its journal, its image.
#pragma once

#include <functional>
#include <optional>

#include "engine/integ/node_digest.h"
#include "engine/integ/region_look.h"
#include "engine/storage/structure_check.h"

namespace hw {

struct IntegrityOptions {
  bool fast = false;              ///< branches and free list only: no node is read
  std::uint64_t adjacency = 10;   ///< see StructureOptions
  std::uint64_t faults_max = 10;  ///< at most so many are reported for each part; all are counted; 0: no limit
  bool settled = true;            ///< false: not closed, and maybe ahead of its place in the journal: not compared
  bool key_sizes = true;          ///< -nomaxkeysize switches the comparison of key lengths off
  std::function<void(const Error&)> tell;  ///< each fault, as it is found
  std::function<bool()> stop;              ///< asked now and then; true ends the check. May be empty
};

struct IntegrityReport {
  StructureReport structure;
  std::uint64_t faults = 0;
  NodeDigest digest;                ///< of all nodes; none were read when `fast`
  std::optional<Error> uncompared;  ///< why the nodes were not compared with image and journal
};

/// Checks a region as `seen` has it. `pool`: of the processes that commit to it, or null.
/// Compares nodes with image and journal when the region is journaled and its pages are sound.
/// Errors: FORCEDHALT. Faults are told, and counted in the report. Blocks: reads everything.
Result<IntegrityReport> check_region(const RegionLook& seen, PoolHeader* pool, const IntegrityOptions& options);

}  // namespace hw
