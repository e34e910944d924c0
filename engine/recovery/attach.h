/// engine/recovery/attach.h -- a region enters the journal pool, and the last process that has it leaves.
#pragma once

#include "engine/commit/domain.h"

namespace hw {

/// Tells the pool up to which place in the journal the region's image holds everything; rebuilds the image when it is
/// not there or is of no use. Attaching lock held, and no process updates. Errors: HWDBDAMAGED for another database's
/// image; those of build_image.
Status publish_image_place(OpenRegion& region, PoolRegion& facts);

/// Whether an image, whose header is `image`, can be brought to the end of the region's journal: it is the region's
/// own, journaled, and not ahead of the pool's place. Whether the journals in between are there is not checked.
/// Commit lock held, or nobody updates. Errors: HWDBDAMAGED with the reason.
Status check_image(const OpenRegion& region, const RegionHeader& image, const PoolRegion& facts);

/// Whether the name of the region's journal leads to the file that its pool knows. A name that leads nowhere is left to
/// who opens it. `alone`: no other process has the region open, so none writes to another file; then one that holds all
/// that the pool says, to the last record, is taken for it (a file system that renumbers its files, a copy that took
/// its place while nobody used it). Attaching lock held. Errors: HWJNLREPLACED; SYSCALL.
Status require_named_journal(const PoolHeader& pool, PoolRegion& facts, bool alone);

/// The live file has every commit that the pool tells of, but for the last one, which LMDB may not have numbered
/// (attach.cc). Commit lock held, or nobody updates. Errors: HWDBDAMAGED: it was overwritten while processes had it
/// open.
Status require_own_commits(OpenRegion& region, const PoolRegion& facts);

/// The process is done with the region. The last one attached, or the last one in a pool that goes with it, writes the
/// header's facts, syncs the live file and marks it clean; processes that only read may still have it open. Attaching
/// lock held. Errors: those of require_own_commits; DBFILERR and kin; the region stays "not clean" then and is
/// recovered by the next opener.
Status leave_region(Domain& domain, OpenRegion& region);

}  // namespace hw
