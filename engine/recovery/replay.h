/// engine/recovery/replay.h -- doing again what a journal file says.
#pragma once

#include <cstdint>
#include <functional>

#include "engine/base/result.h"
#include "engine/region/open_region.h"
#include "journal/reader.h"

namespace hw {

/// Redoes in LMDB, from where `reader` is to its end, the transactions that are `wanted`; returns how many. The
/// reader's file is the region's, and no other process uses the region. Commits a bounded number of transactions at a
/// time, so that what is done by the first may be there when a later one fails; doing all again is harmless. Errors:
/// JNLBADRECFMT, those of the reader and of redo (engine/commit/redo.h). Blocks: reads the file.
Result<std::uint64_t> replay(OpenRegion& region, JournalReader& reader,
                             const std::function<bool(const RecordHeader&)>& wanted);

}  // namespace hw
