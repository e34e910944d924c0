/// cluster/agent/heartbeat_message.h -- what two agents tell each other each second, the same in request and answer.
///
///   {"format":1,"node":"n1","whole":false,"generation":3,"sha256":"…","coordinator":{…},"rank":0}\n
///   and the parts of the board, as encode_board() makes them
///
/// A key that is missing has its default, one that is not known is passed over. Source: operations, section 3.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cluster/board/board_parts.h"
#include "engine/base/result.h"

namespace hw::cluster {

inline constexpr std::string_view kHeartbeatVerb = "heartbeat";

struct HeartbeatMessage {
  std::string node;              ///< whose it is
  bool whole = false;            ///< `parts` is the whole copy, and the other's whole copy is asked for
  std::uint64_t generation = 0;  ///< current there; 0: none
  std::string sha256;            ///< of its text
  CoordinatorOrder coordinator;  ///< whom it obeys
  BoardParts parts;
  friend bool operator==(const HeartbeatMessage&, const HeartbeatMessage&) = default;
};

std::string encode_heartbeat(const HeartbeatMessage& message);
/// Any bytes; `where` is who sent them. Errors: HWBOARDBAD.
Result<HeartbeatMessage> decode_heartbeat(std::string_view bytes, std::string_view where);

}  // namespace hw::cluster
