/// engine/admin/compaction.h -- rewriting a region without free pages, and giving the space back to the system.
///
/// LMDB cannot move pages that are in use, so the file is rewritten: the checkpoint image is made from it, in key
/// order and without gaps, and becomes the region's truth by the write of the control file, as a change of settings
/// does (engine/admin/whole_change.h). The live file is then made from it. It may be broken off at any instant, by any
/// signal: before the write of the control file nothing has changed, after it the next process that opens the region
/// finishes. Without the room that it needs nothing changes either.
///
/// What it needs: standalone access; on disk, room for the data once more (the image), and for a journaled region the
/// room of a new journal file. A region in use goes on reusing its free pages by itself; compaction only gives them
/// back.
#pragma once

#include "engine/recovery/region_access.h"

namespace hw {

struct Compaction {
  std::uint64_t pages_before = 0;  ///< of the file, 4096 bytes each
  std::uint64_t pages_after = 0;
  std::uint64_t tn = 0;  ///< the region's transaction number afterwards
};

/// Errors: MUSTANDALONE; HWFROZEN; HWCOPY; those of make_clean and make_whole_change. Blocks: reads and writes all
/// data.
Result<Compaction> compact_region(RegionAccess& access);

/// Rebuilds the live file from its checkpoint image and its journal, whatever it holds: the way back from damage
/// that mupip integ has found. The region is then where its journal ends. May be broken off as compact_region. Errors:
/// MUSTANDALONE; HWDBNOTCLEAN without an image; SYSCALL and JNLNOCREATE where there is no room for what it makes, and
/// the region is not touched then, nor when image or journal cannot be read, or what recovery writes not be written
/// (DBOPNERR, JNLFILOPN) or is another database's (HWCOPY); those of make_clean.
Status rebuild_region(RegionAccess& access);

}  // namespace hw
