/// cluster/link/frame.h -- the frame that everything between agents travels in. Pure: no sockets.
///
/// Integers are little-endian; nothing is overlaid.
///
///   offset size field       rule
///   ------ ---- ----------- --------------------------------------------------------------------------
///        0    4 magic       0x4C415748 ("HWAL" as bytes)
///        4    2 version     1; a reader refuses every other number
///        6    1 type        a row of cluster/link/agent_frame_types.def, of the end that sends it
///        7    1 flags       bit 0: the message goes on in the next frame; Request, Partial and Last only
///        8    4 body_bytes  0 to kAgentBodyBytesMax; to kAgentGreetingBytesMax in the handshake
///       12    4 zero
///       16    8 sequence    the frame's number among those of its direction, from 1: nothing is left out or repeated
///       24    8 request     the caller's number of the request, above 0; 0 in the handshake
///       32      body
///    32 + n  16 seal        of all bytes before it. Handshake: XXH3-64, then 8 zero bytes. Later: the first 16 bytes
///                           of HMAC-SHA-256 with the session's key of this direction
///
/// Full text: docs/formats/agent-link.md. A change is a new version, with a golden file.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "cluster/link/proof.h"
#include "engine/base/bytes.h"
#include "engine/base/limits.h"

namespace hw::cluster {

inline constexpr std::size_t kAgentHeaderBytes = 32;
inline constexpr std::size_t kAgentSealBytes = 16;
inline constexpr std::size_t kAgentBodyBytesMax = kAgentFrameBytesMax - kAgentHeaderBytes - kAgentSealBytes;
inline constexpr std::uint16_t kAgentFrameVersion = 1;

/// Which end sends a frame.
enum class AgentEnd : std::uint8_t { Caller, Agent };

enum class AgentFrameType : std::uint8_t {
#define AGENT_FRAME(number, name, from, purpose) name = number,
#include "cluster/link/agent_frame_types.def"
#undef AGENT_FRAME
};

struct AgentFrameRow {
  AgentFrameType type;
  std::string_view name;
  AgentEnd from;
  std::string_view purpose;
};
std::span<const AgentFrameRow> agent_frame_types();

struct AgentFrameHeader {
  AgentFrameType type{};
  bool more = false;
  std::uint32_t body_bytes = 0;
  std::uint64_t sequence = 0;
  std::uint64_t request = 0;
};

enum class AgentFrameVerdict {
  Good,
  Incomplete,  ///< so far as it has come; the rest is still to come
  BadMagic,
  UnknownVersion,
  UnknownType,
  BadFlags,
  BadLength,
  BadSequence,
  BadRequest,
  BadSeal
};
/// "is not of the agents' link", "has a length out of range" …: for messages.
std::string_view describe(AgentFrameVerdict verdict);

/// Whether a frame of this type belongs to the handshake.
bool is_greeting(AgentFrameType type);

/// Reads a header that `from` has sent; nothing but its length is used before the seal is checked. `out` is whole after
/// Good only.
AgentFrameVerdict decode_agent_header(std::span<const std::byte, kAgentHeaderBytes> in, AgentEnd from,
                                      std::size_t body_bytes_max, AgentFrameHeader& out);

/// The seal of header and body, which follow each other. `key` is nullptr in the handshake.
std::array<std::byte, kAgentSealBytes> agent_seal(Bytes header_and_body, const Digest* key);

/// A whole frame. Limits are checked invariants; the header's body_bytes is not used.
std::string encode_agent_frame(const AgentFrameHeader& header, std::string_view body, const Digest* key);

}  // namespace hw::cluster
