/// mupip/in_order.h -- commands that end in order when they are asked to: SIGTERM (mupip stop) and SIGINT (Ctrl-C).
///
/// All others end at once (engine/base/program.h). docs/signals.md says which is which; both say FORCEDHALT last, and
/// end with its status.
#pragma once

#include <functional>

#include "engine/base/result.h"

namespace hw::mupip {

/// Does `work` under an InterruptWatch. What it has opened it has closed on return, so that each wait of it, also that
/// of its cleaning up, ends when the user asks for the end (end_requested()).
/// Errors: those of `work`; FORCEDHALT, after the lines of what `work` says, when it was asked to end and did not
/// succeed.
Result<int> in_order(const std::function<Result<int>()>& work);

/// FORCEDHALT after the lines of what a command says when it is asked to end.
Error halted(const Error& cause);

}  // namespace hw::mupip
