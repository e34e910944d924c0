/// cluster/agent/command_text.h -- a command as history and operator log name it: `switchover B`, `down -move
/// group=acct`. Pure.
#pragma once

#include <string>
#include <string_view>

#include "cluster/plan/request.h"

namespace hw::cluster {

/// As it was typed, `request.text`; else verb and arguments on one line: what is alone in a command (an instance, a
/// node, a receipt) as it is, flags as
/// `-flag`, the rest as `key=value`. Arguments may be any text; what is no object is left out. Cut at
/// kHistoryTextBytesMax.
std::string command_text(std::string_view verb, const CommandRequest& request);

/// Commands that ask before they begin: without a yes they have changed nothing. `arguments` may be any text.
bool asks_first(std::string_view verb, std::string_view arguments);

}  // namespace hw::cluster
