#include "cluster/link/frame.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/base/checksum.h"

namespace hw::cluster {
namespace {

constexpr std::uint32_t kMagic = 0x4C415748;
constexpr std::uint8_t kMore = 1;

constexpr std::size_t kMagicAt = 0;
constexpr std::size_t kVersionAt = 4;
constexpr std::size_t kTypeAt = 6;
constexpr std::size_t kFlagsAt = 7;
constexpr std::size_t kBodyBytesAt = 8;
constexpr std::size_t kZeroAt = 12;
constexpr std::size_t kSequenceAt = 16;
constexpr std::size_t kRequestAt = 24;
static_assert(kRequestAt + sizeof(std::uint64_t) == kAgentHeaderBytes);

constexpr AgentFrameRow kRows[] = {
#define AGENT_FRAME(number, name, from, purpose) {AgentFrameType::name, #name, AgentEnd::from, purpose},
#include "cluster/link/agent_frame_types.def"
#undef AGENT_FRAME
};

const AgentFrameRow* row_of(std::uint8_t number, AgentEnd from) {
  const auto* const row = std::ranges::find_if(
      kRows, [&](const AgentFrameRow& each) { return static_cast<std::uint8_t>(each.type) == number; });
  return row == std::end(kRows) || row->from != from ? nullptr : row;
}

bool may_go_on(AgentFrameType type) {
  return type == AgentFrameType::Request || type == AgentFrameType::Partial || type == AgentFrameType::Last;
}

}  // namespace

std::span<const AgentFrameRow> agent_frame_types() { return kRows; }

bool is_greeting(AgentFrameType type) { return type <= AgentFrameType::Welcome; }

std::string_view describe(AgentFrameVerdict verdict) {
  switch (verdict) {
    case AgentFrameVerdict::Good:
      return "is good";
    case AgentFrameVerdict::Incomplete:
      return "is not whole";
    case AgentFrameVerdict::BadMagic:
      return "is not of the agents' link";
    case AgentFrameVerdict::UnknownVersion:
      return "is of an unknown version";
    case AgentFrameVerdict::UnknownType:
      return "is of an unknown type";
    case AgentFrameVerdict::BadFlags:
      return "has unknown flags";
    case AgentFrameVerdict::BadLength:
      return "has a length out of range";
    case AgentFrameVerdict::BadSequence:
      return "is out of order";
    case AgentFrameVerdict::BadRequest:
      return "has a wrong request number";
    case AgentFrameVerdict::BadSeal:
      return "has a wrong seal";
  }
  return "is unknown";
}

AgentFrameVerdict decode_agent_header(std::span<const std::byte, kAgentHeaderBytes> in, AgentEnd from,
                                      std::size_t body_bytes_max, AgentFrameHeader& out) {
  if (get_le<std::uint32_t>(in, kMagicAt) != kMagic) return AgentFrameVerdict::BadMagic;
  if (get_le<std::uint16_t>(in, kVersionAt) != kAgentFrameVersion) return AgentFrameVerdict::UnknownVersion;
  const AgentFrameRow* const row = row_of(get_le<std::uint8_t>(in, kTypeAt), from);
  if (row == nullptr) return AgentFrameVerdict::UnknownType;
  out.type = row->type;
  const auto flags = get_le<std::uint8_t>(in, kFlagsAt);
  out.more = (flags & kMore) != 0;
  if ((flags & ~kMore) != 0 || get_le<std::uint32_t>(in, kZeroAt) != 0) return AgentFrameVerdict::BadFlags;
  if (out.more && !may_go_on(out.type)) return AgentFrameVerdict::BadFlags;
  out.body_bytes = get_le<std::uint32_t>(in, kBodyBytesAt);
  if (out.body_bytes > std::min(body_bytes_max, kAgentBodyBytesMax)) return AgentFrameVerdict::BadLength;
  out.sequence = get_le<std::uint64_t>(in, kSequenceAt);
  out.request = get_le<std::uint64_t>(in, kRequestAt);
  if (is_greeting(out.type) != (out.request == 0)) return AgentFrameVerdict::BadRequest;
  return AgentFrameVerdict::Good;
}

std::array<std::byte, kAgentSealBytes> agent_seal(Bytes header_and_body, const Digest* key) {
  std::array<std::byte, kAgentSealBytes> out{};
  if (key == nullptr) {
    put_le<std::uint64_t>(out, 0, checksum(header_and_body));
  } else {
    const Digest whole = hmac_sha256(*key, header_and_body);
    std::copy_n(whole.begin(), out.size(), out.begin());
  }
  return out;
}

std::string encode_agent_frame(const AgentFrameHeader& header, std::string_view body, const Digest* key) {
  HW_CHECK_LE(body.size(), kAgentBodyBytesMax);
  HW_CHECK(!header.more || may_go_on(header.type));
  HW_CHECK(is_greeting(header.type) == (header.request == 0));
  HW_CHECK(is_greeting(header.type) == (key == nullptr));
  std::array<std::byte, kAgentHeaderBytes> head{};
  put_le<std::uint32_t>(head, kMagicAt, kMagic);
  put_le<std::uint16_t>(head, kVersionAt, kAgentFrameVersion);
  put_le<std::uint8_t>(head, kTypeAt, static_cast<std::uint8_t>(header.type));
  put_le<std::uint8_t>(head, kFlagsAt, header.more ? kMore : std::uint8_t{0});
  put_le<std::uint32_t>(head, kBodyBytesAt, static_cast<std::uint32_t>(body.size()));
  put_le<std::uint64_t>(head, kSequenceAt, header.sequence);
  put_le<std::uint64_t>(head, kRequestAt, header.request);
  std::string out;
  out.reserve(head.size() + body.size() + kAgentSealBytes);
  out += as_text(head);
  out += body;
  out += as_text(agent_seal(as_bytes(out), key));
  return out;
}

}  // namespace hw::cluster
