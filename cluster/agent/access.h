/// cluster/agent/access.h -- who may ask what. Pure.
///
///   watch    reads, but for what databases have
///   operate  what changes the domain, but for the two below
///   all      configuration and fences; what agents ask one another
///
/// Source: operations, section 13.
#pragma once

#include <string_view>

#include "cluster/link/peer.h"

namespace hw::cluster {

/// What an agent says to the coordinator on behalf of who has asked it: `coordinator.boot`.
inline constexpr std::string_view kForwarded = "coordinator.";

/// What a peer needs for the verb; of one that is not known all.
Rights rights_for(std::string_view verb);

inline bool may(const Peer& peer, std::string_view verb) { return peer.rights >= rights_for(verb); }

}  // namespace hw::cluster
