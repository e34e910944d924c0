/// cluster/agent/own_place.h -- whether this is the node that a folder and its configuration are of. Pure.
///
/// An agent that takes another node's folder would speak to the domain as a node that it does not have, or as one that
/// runs elsewhere. Source: operations, section 3.
#pragma once

#include <string>

#include "cluster/config/domain.h"
#include "engine/base/result.h"

namespace hw::cluster {

/// Errors: HWNOSTART: the domain has no such node, or the folder is that of another one; the text names it.
Status check_own_place(const Domain& domain, const std::string& node, const std::string& dir);

/// The folder that the configuration has for the node, when `dir` is another one; empty: it is that, or none is told.
std::string named_elsewhere(const Domain& domain, const std::string& node, const std::string& dir);

}  // namespace hw::cluster
