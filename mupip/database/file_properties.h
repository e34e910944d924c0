/// mupip/database/file_properties.h -- the properties of a database file that `set` changes besides journaling and
/// replication.
#pragma once

#include <iosfwd>

#include "engine/cli/qualifier.h"
#include "engine/recovery/region_access.h"

namespace hw::mupip {

/// Whether the command line names any.
bool names_properties(const ParsedCommand& command);
/// Refuses what cannot be: -access_method=bg, -stdnullcoll, -read_only, sizes out of range. Errors: HWREFUSED,
/// HWHEADERVALUE.
Status check_properties(const ParsedCommand& command);
/// Changes them, and tells each on `err` in GT.M's words. Errors: those of change_header; WCWRNNOTCHG, with a
/// line before it, when a size would become smaller: nothing has changed then.
Status set_properties(RegionAccess& access, const ParsedCommand& command, std::ostream& err);

}  // namespace hw::mupip
