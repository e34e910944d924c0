/// replic/link/link_trace.h -- messages of the link as lines of a log at the level Trace: type, seqno and bytes, and
/// nothing of what they carry. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "replic/link/wire.h"

namespace hw {

/// `sent Heartbeat, seqno 5, 48 bytes`. `did` is "sent" or "received", `wire_bytes` header and body as they travel.
/// The seqno is the one that the message names; some name none.
std::string trace_of(std::string_view did, const Message& message, std::uint64_t wire_bytes);
/// Of a Transactions message whose body is encoded already.
std::string trace_of_transactions(std::string_view did, Seqno first, Seqno last, std::uint64_t wire_bytes);

}  // namespace hw
