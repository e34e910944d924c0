/// replic/refresh/refresh_wire.h -- what `mupip replicate -refresh` and the instance that it copies say to each other,
/// as bytes and back. Pure: no sockets.
///
///   refreshed                                  sender
///     Ask                                  ->
///                                          <-  Offer
///     Begin                                ->
///                                          <-  Working …                (every few seconds, while copies are made)
///                                          <-  Contents
///                                          <-  Piece …                  (the instance file, then the regions)
///                                          <-  End
///     Taken                                ->
///
/// Either side may say Refusal in place of what is due, and hangs up.
///
/// Frame, version 1. Integers are little-endian; nothing is overlaid.
///
///   offset size field       rule
///   ------ ---- ----------- ------------------------------------------------------------------------
///        0    4 magic       0x46525748 ("HWRF" as bytes)
///        4    2 version     1; a reader refuses every other number
///        6    2 type        a row of replic/refresh/refresh_types.def
///        8    4 body_bytes  bytes that follow the header, 0 to kRefreshBodyBytesMax
///       12    4 raw_bytes   bytes of the body when inflated; body_bytes when bit 0 of flags is clear
///       16    4 flags       bit 0: the body is one zstd frame, of a Piece only; the others are zero
///       20    4 zero
///       24    8 checksum    XXH3-64 of bytes [0,24) followed by the body as sent
///       32                  kRefreshHeaderBytes
///
/// Body layouts: docs/formats/refresh.md. A change takes a new version and a golden file.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/limits.h"
#include "engine/base/result.h"
#include "engine/base/types.h"
#include "replic/link/wire.h"

namespace hw {

inline constexpr std::size_t kRefreshHeaderBytes = 32;
inline constexpr std::uint16_t kRefreshVersion = 1;
inline constexpr std::uint32_t kRefreshCompressed = 1;  ///< flags bit 0

enum class RefreshType : std::uint16_t {
#define REFRESH(number, name, direction, purpose) name = number,
#include "replic/refresh/refresh_types.def"
#undef REFRESH
};

struct RefreshTypeRow {
  RefreshType type;
  std::string_view name;
  std::string_view direction;
};
std::span<const RefreshTypeRow> refresh_types();

struct RefreshHeader {
  std::uint16_t version = kRefreshVersion;
  RefreshType type{};
  std::uint32_t body_bytes = 0;
  std::uint32_t raw_bytes = 0;
  std::uint32_t flags = 0;
  bool compressed() const { return (flags & kRefreshCompressed) != 0; }
};

enum class RefreshVerdict { Good, BadMagic, UnknownVersion, UnknownType, BadLength, BadFlags };
/// "is not of this protocol", "is of another version" …: for messages.
std::string_view describe(RefreshVerdict verdict);

using RefreshHeaderBytes = std::array<std::byte, kRefreshHeaderBytes>;

/// Reads a header; every limit is tested before anybody allocates a body. `out.version` is set whenever the magic is
/// right.
RefreshVerdict decode_refresh_header(std::span<const std::byte, kRefreshHeaderBytes> in, RefreshHeader& out);
/// True when `body`, as received, is what the sender's checksum says of `header` and body.
bool refresh_frame_is_intact(std::span<const std::byte, kRefreshHeaderBytes> header, Bytes body);
/// The header for `body` as it will be sent; `raw_bytes` counts when `flags` says compressed. Limits are checked
/// invariants: the sender keeps them.
RefreshHeaderBytes make_refresh_header(RefreshType type, Bytes body, std::uint32_t flags = 0,
                                       std::size_t raw_bytes = 0);

/// The checksum in End: of the pieces in their order, each as it is before compression. Begin with 0.
std::uint64_t refresh_total(std::uint64_t so_far, Bytes piece);

// ---- messages ------------------------------------------------------------------------------------

namespace refresh {

struct Ask {
  std::string instance;              ///< name of the one that is refreshed, 1 to 15 bytes
  std::string software;              ///< at most kSoftwareBytesMax bytes
  std::vector<std::string> regions;  ///< names in its global directory, 1 to kRegionsMax
  friend bool operator==(const Ask&, const Ask&) = default;
};
struct Offer {
  std::string instance;
  std::string software;
  InstanceRole role = InstanceRole::Root;
  Seqno next_seqno{1};               ///< now; Contents tells that of the copies
  std::vector<std::string> regions;  ///< names in its global directory
  friend bool operator==(const Offer&, const Offer&) = default;
};
struct Begin {
  friend bool operator==(const Begin&, const Begin&) = default;
};
struct Working {
  friend bool operator==(const Working&, const Working&) = default;
};
struct Contents {
  struct Region {
    std::string name;
    bool replicated = false;
    std::uint64_t bytes = 0;  ///< of its database file
    friend bool operator==(const Region&, const Region&) = default;
  };
  Seqno next_seqno{1};
  std::uint64_t instance_bytes = 0;  ///< of the instance file, which comes first
  std::vector<Region> regions;       ///< those that have a database file, 1 to kRegionsMax
  std::uint64_t total_bytes() const;
  friend bool operator==(const Contents&, const Contents&) = default;
};
/// 1 to kRefreshPieceBytesMax bytes, all of one file. Points into what it was decoded from.
struct Piece {
  Bytes bytes;
};
struct End {
  std::uint64_t bytes = 0;  ///< of all pieces
  std::uint64_t total = 0;  ///< refresh_total of them
  friend bool operator==(const End&, const End&) = default;
};
struct Taken {
  friend bool operator==(const Taken&, const Taken&) = default;
};
struct Refusal {
  std::string why;  ///< at most kReasonBytesMax bytes
  friend bool operator==(const Refusal&, const Refusal&) = default;
};

}  // namespace refresh

using RefreshMessage = std::variant<refresh::Ask, refresh::Offer, refresh::Begin, refresh::Working, refresh::Contents,
                                    refresh::Piece, refresh::End, refresh::Taken, refresh::Refusal>;

RefreshType type_of(const RefreshMessage& message);
std::string_view name_of(const RefreshMessage& message);

/// The body of a message, whose limits are checked invariants.
std::string encode_refresh_body(const RefreshMessage& message);
/// Errors: HWREPLPROTO saying what is wrong with which message.
Result<RefreshMessage> decode_refresh_body(RefreshType type, Bytes body);
/// Header and body, not compressed.
std::string encode_refresh_frame(const RefreshMessage& message);

}  // namespace hw
