/// mupip/database/region_list.h -- what an operator names: regions of the global directory, or one database file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/globals/global_directory.h"

namespace hw::mupip {

/// The regions that `list` names: names and patterns with `*` and `?`, separated by commas, case ignored; each
/// once, in the directory's order.
/// Errors: NOREGION with the part that names none.
Result<std::vector<const Region*>> regions_named(const GlobalDirectory& directory, std::string_view list);

/// MUNOACTION after the lines of its cause.
Error no_action(const Error& cause);

}  // namespace hw::mupip
