/// dse/node_argument.h -- the node that an operator names with -key=.
#pragma once

#include <string>
#include <string_view>

#include "engine/globals/key.h"

namespace hw::dse {

/// Key bytes of `^name(subscript,…)`. The command line takes quotes away, so a subscript that is no expression is taken
/// as a string as it is. Errors: NOTGBL, NOTMNAME, HWZWRBAD, GVSUBOFLOW.
Result<std::string> key_of_argument(std::string_view text, NullCollation nulls);

}  // namespace hw::dse
