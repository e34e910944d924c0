/// replic/link/link_events.h -- what the servers tell the machines of both ends of a link. Pure.
#pragma once

#include <string>

#include "replic/link/wire.h"

namespace hw::event {

struct ConnectionLost {
  std::string reason;
};
struct Received {
  Message message;
  std::uint16_t level;
};
/// Bytes that are no frame or no message; `error` is HWREPLPROTO.
struct Refused {
  Error error;
};

}  // namespace hw::event
