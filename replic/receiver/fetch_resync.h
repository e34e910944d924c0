/// replic/receiver/fetch_resync.h -- a rollback asks its primary from which seqno on the two instances differ.
///
/// The rollback listens where the receiver would; the primary's source server connects, takes it for its secondary, and
/// the two walk back through their histories (replic/receiver/receiver_machine.h, Config::rollback).
/// Source: docs/conformance.md 4.*, 7.*.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "replic/instance/instance_file.h"
#include "replic/link/link_options.h"
#include "replic/link/wire.h"

namespace hw {

struct FetchedResync {
  Seqno seqno;                      ///< the first one that the primary does not share
  std::optional<Identity> primary;  ///< none when it speaks level 1
};

/// Waits for the source server on `port` and asks. A connection that is lost, or whose other end is no source server,
/// is given up and the next one waited for. `next_seqno` is the databases'. `say` gets each line of the conversation,
/// with the time. SIGTERM and SIGINT end the wait. Errors: REPLCOMM when the port cannot be listened on; FORCEDHALT;
/// REPLINSTNOHIST, PRIMARYNOTROOT, REPLINSTNMSAME, REPLUPGRADEPRI, TLSINIT. Blocks: until the primary has answered.
Result<FetchedResync> fetch_resync(const InstanceFile& instance, Seqno next_seqno, std::uint16_t port,
                                   const TlsOptions& tls, const std::function<void(std::string_view)>& say);

}  // namespace hw
