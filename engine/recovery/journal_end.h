/// engine/recovery/journal_end.h -- whether a closed database file is where its journal ends.
///
/// Its control file may say that it was closed cleanly and be wrong: it was lost and rebuilt, or is the one of
/// another name of the same file. What the journal has beyond the file's place would be overwritten by the next commit,
/// and is missed by whoever reads. The file also lacks the end of its journal when it is an earlier copy that was put
/// back: which of the two it is, only the operator knows.
#pragma once

#include "engine/region/open_region.h"

namespace hw {

/// For a caller that is about to commit. The region is closed, and its journal is its own, of the generation that it is
/// at. Errors: JNLFILOPN; JNLBADRECFMT when the journal has been cut.
Status require_end_of_journal(const OpenRegion& region);

/// For a caller that is about to read, or to report that all is well. A journal that cannot be read, or is another
/// database's, says nothing: the data can be had without it. Errors: JNLFILOPN when the journal goes on. Blocks: two
/// small reads.
Status refuse_behind_journal(const OpenRegion& region);

}  // namespace hw
