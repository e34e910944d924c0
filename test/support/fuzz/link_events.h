/// test/support/fuzz/link_events.h -- what happens to one end of a replication link, as bytes.
///
/// The input is a row of frames of the link. A frame is a message of the peer, except that a Control message of a kind
/// from kLocalEvents on is an event of this side: its number is the kind's distance, and its payload's first eight
/// bytes are a number for it.
#pragma once

#include <functional>

#include "engine/base/check.h"
#include "replic/link/link_actions.h"
#include "replic/link/wire.h"

namespace hw::fuzz {

inline constexpr std::uint32_t kLocalEvents = 1000;

struct LinkEvents {
  std::function<void(Message message, std::uint16_t level)> received;
  std::function<void()> refused;  ///< bytes that are no frame or no message
  std::function<void(std::uint32_t event, std::uint64_t number)> local;
};

inline void play(Bytes in, const LinkEvents& events) {
  while (in.size() >= kWireHeaderBytes) {
    FrameHeader header;
    const auto head = in.first<kWireHeaderBytes>();
    if (decode_frame_header(kLinkFraming, head, header) != FrameVerdict::Good) return events.refused();
    in = in.subspan(kWireHeaderBytes);
    const Bytes body = in.first(std::min<std::size_t>(header.body_bytes, in.size()));
    in = in.subspan(body.size());
    auto message = decode_body(wire_type(header), body);
    if (!message.has_value()) {
      events.refused();
      continue;
    }
    const auto* control = std::get_if<wire::Control>(&*message);
    if (control == nullptr || control->kind < kLocalEvents) {
      events.received(std::move(*message), header.version);
      continue;
    }
    ByteReader payload(as_bytes(control->payload));
    events.local(control->kind - kLocalEvents, payload.take<std::uint64_t>());
  }
}

/// What a machine sends is of a level that exists, and the other end can read it.
inline void check_sent(const action::Send& send) {
  HW_CHECK(send.level >= kLevelDualSite && send.level <= kLevelNewest);
  const std::string body = encode_body(send.message);
  HW_CHECK(decode_body(type_of(send.message), as_bytes(body)).has_value());
}

/// A local event as a frame, for seeds.
inline std::string local_event(std::uint32_t event, std::uint64_t number) {
  std::string payload;
  append_le(payload, number);
  return encode_frame(kLevelMultiSite, wire::Control{kLocalEvents + event, payload});
}

}  // namespace hw::fuzz
