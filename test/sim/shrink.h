/// test/sim/shrink.h -- a shorter script that fails in the same way. Pure: what fails is asked of the caller.
#pragma once

#include <functional>

#include "test/sim/script.h"

namespace hw::sim {

/// Delta debugging: takes out pieces, first large and then small ones, as long as `fails` says of the rest that it
/// still fails. `more` is asked before each try; the shortest so far is given when it says no. Source: Zeller,
/// Hildebrandt, "Simplifying and isolating failure-inducing input", 2002.
Script shrink(Script script, const std::function<bool(const Script&)>& fails, const std::function<bool()>& more);

/// What of a failure's text is the same when it happens again: its first line, without numbers and paths.
std::string failure_kind(const std::string& text);

}  // namespace hw::sim
