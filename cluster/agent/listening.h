/// cluster/agent/listening.h -- where this agent listens, how it proves itself, and who the others are: from what hwd
/// was told and, when there is one, the configuration. Pure.
///
/// Source: operations, sections 3 and 13.
#pragma once

#include <string>
#include <vector>

#include "cluster/agent/agent_options.h"
#include "cluster/config/domain.h"
#include "cluster/link/agent_client.h"
#include "cluster/link/agent_server.h"

namespace hw::cluster {

/// `Headwater 1.2.3`.
std::string agent_release();

/// What hwd was told comes before what is configured. `domain`: null when there is none.
LinkSecurity link_security(const AgentOptions& options, const Domain* domain);

/// Without key or certificate only the socket listens.
AgentServerSettings listening_of(const AgentOptions& options, const std::string& socket_path, const Domain* domain);

/// All nodes but this one.
std::vector<AgentTarget> other_nodes(const Domain& domain, const std::string& own_node);
AgentTarget target_of(const Node& node);

}  // namespace hw::cluster
