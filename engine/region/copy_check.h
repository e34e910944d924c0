/// engine/region/copy_check.h -- whether the journal that a database names is its own.
///
/// A database that was copied with cp names the journal of the original, by path, and carries the same database id. The
/// journal names the database that it was made for: when that is there and is another file than the one at hand, the
/// one at hand is the copy. One that was moved, with nothing left where it was, keeps its journal. GT.M has the same
/// rule (FILEIDMATCH).
#pragma once

#include "engine/region/control_file.h"
#include "engine/region/open_region.h"

namespace hw {

/// False also when the journal cannot be read, or belongs to a database with another id.
bool owns_journal(const std::string& database, const RegionHeader& header);

/// Errors: HWCOPY when the journal of a journaled region is another file's. What else may be wrong with the journal is
/// left to who reads it.
Status refuse_copy(const std::string& database, const RegionHeader& header);

/// Errors: HWCOPY when processes use the database that `database` is a copy of, which has been moved: the copy is where
/// it was, and its journal would not tell.
Status refuse_copy_in_use(const std::string& database, const ControlState& state);

}  // namespace hw
