/// replic/history/lineage.h -- who feeds an instance, who feeds that one, and so on: so that a tree does not become a
/// ring. Pure.
///
/// Each source server tells its secondary the names of its own instance and of all that are known above it: when they
/// have met, and again whenever that changes. The receiver server keeps them in the journal pool for as long as the
/// connection lasts (replic/instance/pool_lineage.h), from where the instance's own source servers tell them on.
///
/// A source server does not serve a receiver that is in its lineage, and a receiver server does not follow a source
/// that has it in its lineage: HWREPLLOOP with the ring's names, the connection ends, and is tried again later. So a
/// ring is refused whichever of its links comes last, and what was a ring a moment ago does no lasting harm.
///
/// Instances are told apart by their names, which are unique in a tree (REPLINSTNMSAME between neighbours).
///
/// Payload of a Control message of kind kLineageControl, integers little-endian:
///
///   offset size field    rule
///   ------ ---- -------- ------------------------------------------------------------------------
///        0    4 format   1; another one is refused
///        4    4 count    names that follow, 1 to kLineageNamesMax: the sender's, its feeder's, …
///        8   16 each     1 to 15 bytes, then zeros
///
/// Source: ours.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace hw {

inline constexpr std::uint32_t kLineageControl = 1;  ///< wire::Control::kind

/// Names, nearest first.
using Lineage = std::vector<std::string>;

/// What an instance tells those below it: its own name, then as many of `above` as there is room for.
Lineage lineage_to_tell(const std::string& self, std::span<const std::string> above);

/// `lineage` holds 1 to kLineageNamesMax names (checked).
std::string encode_lineage(const Lineage& lineage);
/// Errors: HWREPLPROTO when the payload breaks its layout.
Result<Lineage> decode_lineage(std::string_view payload);

/// The HWREPLLOOP to report when `receiver` is in `lineage`, which begins with the source; else none.
std::optional<Error> find_ring(std::span<const std::string> lineage, const std::string& receiver);

}  // namespace hw
