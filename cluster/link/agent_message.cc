#include "cluster/link/agent_message.h"

#include "engine/base/limits.h"

namespace hw::cluster {

std::string encode_request(std::string_view verb, std::string_view body) {
  HW_CHECK(!verb.empty());
  std::string out;
  out.reserve(sizeof(std::uint16_t) + verb.size() + body.size());
  append_text(out, verb, kAgentVerbBytesMax);
  out += body;
  return out;
}

std::optional<RequestText> decode_request(Bytes in) {
  RequestText out;
  ByteReader reader(in);
  if (!take_text(reader, out.verb, kAgentVerbBytesMax) || out.verb.empty()) return std::nullopt;
  out.body = reader.take_text(reader.left());
  return out;
}

}  // namespace hw::cluster
