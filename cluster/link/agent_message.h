/// cluster/link/agent_message.h -- a request as the body of a message. Pure.
///
///   u16 bytes of the verb, 1 to kAgentVerbBytesMax; the verb; the rest is the body
///
/// Answers are bytes as they are.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/bytes.h"

namespace hw::cluster {

struct RequestText {
  std::string verb;
  std::string body;
  friend bool operator==(const RequestText&, const RequestText&) = default;
};

/// The verb's length is a checked invariant.
std::string encode_request(std::string_view verb, std::string_view body);
/// None when the bytes break the layout.
std::optional<RequestText> decode_request(Bytes in);

}  // namespace hw::cluster
