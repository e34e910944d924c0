/// replic/link/framing.h -- the frame that each message between two sites travels in. Pure: no sockets.
///
/// Two protocols use it, the replication link (replic/link/wire.h) and a refresh (replic/refresh/refresh_wire.h). Each
/// has a Framing of its own, which says what the frame may hold.
///
/// Integers are little-endian; nothing is overlaid.
///
///   offset size field       rule
///   ------ ---- ----------- ------------------------------------------------------------------------
///        0    4 magic       the protocol's
///        4    2 version     one that the protocol has; a reader refuses every other number
///        6    2 type        one that the protocol has in this version
///        8    4 body_bytes  bytes that follow the header, 0 to the protocol's limit
///       12    4 raw_bytes   bytes of the body when inflated, same limit; body_bytes when bit 0 of flags is clear
///       16    4 flags       bit 0: the body is one zstd frame, of a type that may be compressed; the others are zero
///       20    4 zero
///       24    8 checksum    XXH3-64 of bytes [0,24) followed by the body as sent
///       32                  kWireHeaderBytes
///
/// Full text: docs/formats/framing.md. A change is a new version of both protocols, with golden files.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "engine/base/bytes.h"

namespace hw {

inline constexpr std::size_t kWireHeaderBytes = 32;
inline constexpr std::uint32_t kFrameCompressed = 1;  ///< flags bit 0

/// What a protocol allows in a frame.
struct Framing {
  std::uint32_t magic;
  std::uint16_t version_min;
  std::uint16_t version_max;
  std::uint32_t body_bytes_max;  ///< as sent, and inflated
  /// Whether the protocol has a message of this number in this version.
  bool (*has_type)(std::uint16_t version, std::uint16_t type);
  /// Whether the body of a message of this type may be compressed.
  bool (*may_compress)(std::uint16_t type);
  /// How logs and messages say of a frame that its version is none of these: "is of …".
  std::string_view unknown_version;
};

struct FrameHeader {
  std::uint16_t version = 0;
  std::uint16_t type = 0;
  std::uint32_t body_bytes = 0;
  std::uint32_t raw_bytes = 0;
  std::uint32_t flags = 0;
  bool compressed() const { return (flags & kFrameCompressed) != 0; }
};

enum class FrameVerdict { Good, BadMagic, UnknownVersion, UnknownType, BadLength, BadFlags };
/// "is not of this protocol", "has a length out of range" …: for logs and messages.
std::string_view describe(const Framing& framing, FrameVerdict verdict);

using FrameHeaderBytes = std::array<std::byte, kWireHeaderBytes>;

/// Reads a header; every limit is tested before a body is allocated. `out` is whole after Good only; its version
/// is set whenever the magic is right.
FrameVerdict decode_frame_header(const Framing& framing, std::span<const std::byte, kWireHeaderBytes> in,
                                 FrameHeader& out);

/// True when `body`, as received, is what the sender's checksum says of `header` and body.
bool frame_is_intact(std::span<const std::byte, kWireHeaderBytes> header, Bytes body);

/// The header for `body` as it will be sent. `raw_bytes` is the inflated size when `flags` says compressed and is not
/// used otherwise. All rules of `framing` are checked invariants: the sender keeps them.
FrameHeaderBytes make_frame_header(const Framing& framing, std::uint16_t version, std::uint16_t type, Bytes body,
                                   std::uint32_t flags, std::size_t raw_bytes);

}  // namespace hw
