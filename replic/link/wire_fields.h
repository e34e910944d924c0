/// replic/link/wire_fields.h -- fields in the bodies of messages, of the link and of a refresh.
#pragma once

#include "engine/base/bytes.h"
#include "engine/base/types.h"

namespace hw {

/// False for 0, which no transaction has.
inline bool take_seqno(ByteReader& in, Seqno& out) {
  out = Seqno{in.take<std::uint64_t>()};
  return in.ok() && out.value >= 1;
}

}  // namespace hw
