/// replic/history/held_reign.h -- the reign of the last transaction that a secondary holds but has no record of. Pure.
///
/// A secondary that starts with -updateresync and an empty history has data and nothing that says whose it is. The
/// source takes its word for it once. It then tells the reign of the last transaction that both hold, which the
/// secondary stores as its first history record. From the next connection on the histories are compared as usual: a
/// source that was rolled back below that transaction meanwhile has another reign there, and the two must not go on.
///
/// Payload of a Control message of kind kHeldReignControl, sent between HelloReply and WillRestartAt: the 80 bytes of a
/// history record's facts (replic/history/history.h), of the record that covers the seqno before the one asked for. A
/// receiver that does not know the kind passes over it. From level 3 on the kind is another one
/// (replic/link/control_kinds.h).
///
/// Source: ours; docs/conformance.md 4.decided.updateresync.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "replic/history/history.h"

namespace hw {

inline constexpr std::uint32_t kHeldReignControl = 2;  ///< wire::Control::kind

std::string encode_held_reign(const HistoryRecord& record);
/// Errors: HWREPLPROTO when the payload is no record, or one that begins at `next` or later.
Result<HistoryRecord> decode_held_reign(std::string_view payload, Seqno next);

/// `known`, a record of the seqno before `next`, as the first record of a secondary that holds everything below `next`
/// and vouches for that one seqno only. `next` is at least 2 (checked).
HistoryRecord held_record(HistoryRecord known, Seqno next);

}  // namespace hw
