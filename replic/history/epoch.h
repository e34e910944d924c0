/// replic/history/epoch.h -- the number of the reign that an instance's data is of, as it is told along a link. Pure.
///
/// An agent gives each reign of its group a higher epoch (replic/control/fence.h). An instance keeps the highest that
/// it knows in its instance file, and does not follow a source whose reign is over: HWEPOCHOLD. Two roots of one epoch
/// are what leases exclude; where it has happened all the same, nobody who has followed one follows the other:
/// HWEPOCHCLASH. The receiver then ends the connection and listens on.
///
/// A source server tells the epoch when it has met its receiver, and again whenever it changes, ahead of that reign's
/// first history record. A higher one is durable in the receiver's instance file before any transaction of that reign:
/// at the latest with the history record, which has it, too.
///
/// Payload of a Control message of kind kEpochControl, integers little-endian:
///
///   offset size field   rule
///   ------ ---- ------- ---------------------------------------------------------------
///        0    4 format  1; another one is refused
///        4    4 zero
///        8    8 epoch   0: none, as of a root that was made by hand
///       16   16 root    whose reign it is, 1 to 15 bytes, then zeros; all zeros: not known
///
/// Source: ours; docs/decisions/0010-fencing.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "replic/history/history.h"

namespace hw {

inline constexpr std::uint32_t kEpochControl = 2;  ///< wire::Control::kind, from kLevelFencing on

struct EpochTold {
  std::uint64_t epoch = 0;
  std::string root;
  friend bool operator==(const EpochTold&, const EpochTold&) = default;
};

/// What instance `self` tells those below it. `known`: the highest epoch that it knows. Of one whose last reign is its
/// own it is that one's, even if it has heard of a higher: what it sends is of the reign that is over.
EpochTold epoch_to_tell(const std::string& self, const History& history, std::uint64_t known);

std::string encode_epoch(const EpochTold& told);
/// Errors: HWREPLPROTO when the payload breaks its layout.
Result<EpochTold> decode_epoch(std::string_view payload);

/// HWEPOCHOLD or HWEPOCHCLASH, when an instance with that history and highest epoch does not follow instance `source`.
std::optional<Error> refuse_epoch(const EpochTold& told, const std::string& source, const History& history,
                                  std::uint64_t known);

/// The root of the last reign of that epoch, or none.
std::optional<std::string> root_of_epoch(const History& history, std::uint64_t epoch);

}  // namespace hw
