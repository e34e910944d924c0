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
/// Either side may say Refusal in place of what is expected, and hangs up.
///
/// Frames: replic/link/framing.h. The magic is 0x46525748 ("HWRF" as bytes), the version is 1. A type is a row of
/// replic/refresh/refresh_types.def. A body has at most kRefreshBodyBytesMax bytes; only that of a Piece may be
/// compressed.
///
/// Body layouts: docs/formats/refresh.md. A change takes a new version and a golden file.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/limits.h"
#include "engine/base/result.h"
#include "engine/base/types.h"
#include "replic/link/framing.h"
#include "replic/link/wire.h"

namespace hw {

inline constexpr std::uint16_t kRefreshVersion = 1;

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

/// The frames of a refresh.
extern const Framing kRefreshFraming;

/// The type in the header of a frame of a refresh, which was found good.
inline RefreshType refresh_type(const FrameHeader& header) { return static_cast<RefreshType>(header.type); }

/// make_frame_header for a frame of a refresh.
inline FrameHeaderBytes make_refresh_header(RefreshType type, Bytes body, std::uint32_t flags = 0,
                                            std::size_t raw_bytes = 0) {
  return make_frame_header(kRefreshFraming, kRefreshVersion, static_cast<std::uint16_t>(type), body, flags, raw_bytes);
}

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
