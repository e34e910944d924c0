// Property: any bytes get a verdict; a message that is accepted encodes to the bytes it came from.
#include "engine/base/check.h"
#include "replic/refresh_wire.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hw;
  const Bytes in = std::as_bytes(std::span(data, size));
  if (in.size() < kRefreshHeaderBytes) return 0;
  RefreshHeader header;
  if (decode_refresh_header(in.first<kRefreshHeaderBytes>(), header) == RefreshVerdict::Good) {
    HW_CHECK(header.body_bytes <= kRefreshBodyBytesMax);
    HW_CHECK(header.raw_bytes <= kRefreshBodyBytesMax);
  }
  // The body is tried whatever the checksum says: a peer that means harm can compute one.
  const Bytes body = in.subspan(kRefreshHeaderBytes);
  const auto message = decode_refresh_body(static_cast<RefreshType>(get_le<std::uint16_t>(in, 6)), body);
  if (!message.has_value()) return 0;
  HW_CHECK(encode_refresh_body(*message) == as_text(body));
  return 0;
}
