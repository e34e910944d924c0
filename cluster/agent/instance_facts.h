/// cluster/agent/instance_facts.h -- what a look at an instance says to the board. Pure.
///
/// Source: operations, section 5.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cluster/board/board_parts.h"
#include "cluster/site/instance_look.h"

namespace hw::cluster {

/// Of a server of the engine, beside what the keeper knows.
struct EngineServerFacts {
  std::uint64_t transactions = 0;    ///< sent, or applied
  std::optional<std::uint64_t> kib;  ///< sent
  bool passive = false;              ///< it feeds nobody
  bool failsafe = false;             ///< its instance is root without the lease store
};

struct InstanceFacts {
  InstanceReport report;
  bool up = false;
  bool fence_required = false;
  std::uint64_t own_epoch = 0;  ///< of its reign, as its pool knows it; 0: none, as in a new pool
  bool ends_as_root = false;    ///< its history ends with a reign of its own
  std::vector<Hop> hops;
  std::map<std::string, EngineServerFacts> servers;  ///< by name: source:B, receiver:A
};

/// `board`: how far those are whom it feeds.
InstanceFacts facts_of_look(const std::string& instance, const InstanceLook& look, const Board& board);

/// Of one whose processes may not be examined from here: `files` says what its file does. It is neither up nor down.
InstanceFacts facts_of_unseen(const std::string& instance, const InstanceLook& files);

}  // namespace hw::cluster
