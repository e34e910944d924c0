// Property: any bytes get a verdict; a message that is accepted encodes to the bytes it came from.
#include <algorithm>

#include "engine/base/check.h"
#include "replic/wire.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hw;
  const Bytes in = std::as_bytes(std::span(data, size));
  if (in.size() < kWireHeaderBytes) return 0;
  FrameHeader header;
  if (decode_frame_header(in.first<kWireHeaderBytes>(), header) == FrameVerdict::Good) {
    HW_CHECK(header.body_bytes <= kFrameBodyBytesMax);
    HW_CHECK(header.raw_bytes <= kFrameBodyBytesMax);
  }
  // The body is tried whatever the checksum says: a peer that means harm can compute one.
  const Bytes body = in.subspan(kWireHeaderBytes);
  const auto type = static_cast<WireType>(get_le<std::uint16_t>(in, 6));
  const Result<Message> message = decode_body(type, body);
  if (!message.has_value()) return 0;
  const std::string again = encode_body(*message);
  HW_CHECK(again == as_text(body));
  return 0;
}
