/// cluster/agent/pass_on.h -- a command that is handed to another node's agent, for somebody who has asked this one.
///
/// Pieces and end come back as they are. Without an end, two things are told apart: a request that has not left has
/// changed nothing (Outcome::Refused); of one that has, nobody here knows what came of it (Outcome::Running, and
/// `history` tells). Source: operations, section 1.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "cluster/agent/dispatcher.h"
#include "cluster/agent/node_links.h"

namespace hw::cluster {

/// A command has one limit, which the agent that was asked first knows: its deadline, none without a limit.
using CommandDeadline = std::optional<Deadline>;

/// As `timeout_s` of a request that is sent on now. 0 when the deadline has passed: below it there is no limit.
double seconds_left(const CommandDeadline& deadline, Deadline now);

/// Asks the agent of `node`; `asked.verb` is the verb there. It is told how much time is left, and has some more to say
/// that the time is over. A request that has not left is handed to `not_left`, where there is one, in place of its end.
/// Thread: that is the link's, or the caller's.
void pass_on(const NodeLinks& links, const Asked& asked, const std::string& node, const CommandDeadline& deadline,
             const std::function<void()>& not_left = {});

}  // namespace hw::cluster
