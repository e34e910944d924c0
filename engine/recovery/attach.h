/// engine/recovery/attach.h -- a region enters the journal pool, and the last process that has it leaves.
#pragma once

#include "engine/commit/domain.h"

namespace hw {

/// Tells the pool up to which place in the journal the region's image holds everything; rebuilds the image when it is
/// not there or is of no use. Attaching lock held, and nobody updates. Errors: HWDBDAMAGED for another database's
/// image; those of build_image.
Status publish_image_place(OpenRegion& region, PoolRegion& facts);

/// The process is done with the region. The last one attached writes the header's facts, syncs the live file and marks
/// it clean. Attaching lock held. Errors: DBFILERR and kin; the region stays "not clean" then and is recovered by the
/// next opener.
Status leave_region(Domain& domain, OpenRegion& region);

}  // namespace hw
