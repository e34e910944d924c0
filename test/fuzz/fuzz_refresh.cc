// Any bytes as what a peer sends of a refresh: frames are taken off the front as a connection does it. Each gets a
// verdict; a message that is accepted encodes to the bytes it came from, also when its checksum is wrong, because a
// peer that means harm can compute one.
#include <algorithm>

#include "engine/base/check.h"
#include "journal/compression.h"
#include "replic/refresh/refresh_wire.h"
#include "test/support/fuzz/mutator.h"
#include "test/support/fuzz/seal.h"

namespace {

using namespace hw;

void check_body(RefreshType type, Bytes body) {
  const auto message = decode_refresh_body(type, body);
  if (message.has_value()) HW_CHECK(encode_refresh_body(*message) == as_text(body));
}

}  // namespace

HW_FUZZ_SHAPE(fuzz::seal_refresh)

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes in = std::as_bytes(std::span(data, size));
  while (in.size() >= kWireHeaderBytes) {
    FrameHeader header;
    const auto head = in.first<kWireHeaderBytes>();
    if (decode_frame_header(kRefreshFraming, head, header) != FrameVerdict::Good) return 0;
    HW_CHECK(header.body_bytes <= kRefreshBodyBytesMax && header.raw_bytes <= kRefreshBodyBytesMax);
    in = in.subspan(kWireHeaderBytes);
    const Bytes body = in.first(std::min<std::size_t>(header.body_bytes, in.size()));
    if (body.size() == header.body_bytes && frame_is_intact(head, body)) {
      const FrameHeaderBytes again = make_refresh_header(refresh_type(header), body, header.flags, header.raw_bytes);
      HW_CHECK(std::equal(again.begin(), again.end(), head.begin()));
    }
    if (header.compressed()) {
      static Inflater inflater;
      std::string raw(header.raw_bytes, '\0');
      if (inflater.inflate(body, std::as_writable_bytes(std::span(raw))))
        check_body(refresh_type(header), as_bytes(raw));
    } else {
      check_body(refresh_type(header), body);
    }
    in = in.subspan(body.size());
  }
  return 0;
}
