/// dse/node_argument.h -- the node that an operator names with -key=.
#pragma once

#include <string>
#include <string_view>

#include "engine/cli/qualifier.h"
#include "engine/globals/key.h"

namespace hw::dse {

/// Key bytes of `-key=^name(subscript,…)`, or of the same as GT.M takes it, in quotes with those inside doubled. From a
/// shell that has taken quotes away, a subscript that is no expression is a string as it is.
/// Errors: NOTGBL, NOTMNAME, HWZWRBAD, GVSUBOFLOW.
Result<std::string> key_of_argument(const QualifierSet& command, NullCollation nulls);

}  // namespace hw::dse
