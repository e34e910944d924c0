/// replic/link/control_kinds.h -- the kinds of Control messages, by the connection's level. Pure.
///
///   kind levels direction what
///   ---- ------ --------- ------------------------------------------------------------------------------
///      1 2, 3   S to R    who is above (replic/history/lineage.h)
///      2 2      S to R    the reign of what R holds (replic/history/held_reign.h); 5 from level 3 on
///      2 3      S to R    the epoch of the source (replic/history/epoch.h)
///      3 3      S to R    say when a seqno is applied: u64 seqno
///      4 3      R to S    applied: u64 next seqno to apply
///      5 3      S to R    see 2
///      6 3      S to R    the mark of the source: u64 Zqgblmod Seqno or 0, u64 its next seqno
///
/// A kind that the other end does not know is ignored there.
///
/// Kinds 3 and 4 are for those who wait until a secondary has applied a transaction (replic/control/applied.h): neither
/// the next heartbeat nor the acknowledgements in between need be waited for.
///
/// Kind 6 goes to whoever is sent a stream, when it begins and whenever the mark changes. A secondary has what the
/// source has: a mark of the source is its own too, however it came by its data. And a change of roots in the history
/// that it has still to receive leaves no mark when the source has none for it any more.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/bytes.h"
#include "replic/history/epoch.h"
#include "replic/history/held_reign.h"
#include "replic/history/lineage.h"
#include "replic/link/wire.h"

namespace hw {

inline constexpr std::uint32_t kSayAppliedControl = 3;
inline constexpr std::uint32_t kAppliedControl = 4;
inline constexpr std::uint32_t kMarkControl = 6;

constexpr std::uint32_t held_reign_control(std::uint16_t level) {
  return level >= kLevelFencing ? 5 : kHeldReignControl;
}

/// Payload of the kinds 3 and 4.
inline std::string encode_seqno(Seqno seqno) {
  std::string out;
  append_le<std::uint64_t>(out, seqno.value);
  return out;
}
/// None when it is no seqno.
inline std::optional<Seqno> decode_seqno(std::string_view payload) {
  ByteReader in(as_bytes(payload));
  const Seqno seqno{in.take<std::uint64_t>()};
  return in.at_end() && seqno.value >= 1 ? std::optional(seqno) : std::nullopt;
}

/// Payload of kind 6.
struct MarkTold {
  Seqno mark;  ///< 0: none
  Seqno next;  ///< of the source, when it said so

  /// Below it no former root has lost transactions that are not complete.
  Seqno settled_below() const { return mark.value != 0 ? mark : next; }
};
inline std::string encode_mark(const MarkTold& told) {
  std::string out = encode_seqno(told.mark);
  out += encode_seqno(told.next);
  return out;
}
/// None when it is neither.
inline std::optional<MarkTold> decode_mark(std::string_view payload) {
  ByteReader in(as_bytes(payload));
  MarkTold told{Seqno{in.take<std::uint64_t>()}, Seqno{in.take<std::uint64_t>()}};
  return in.at_end() && told.next.value >= 1 ? std::optional(told) : std::nullopt;
}

}  // namespace hw
