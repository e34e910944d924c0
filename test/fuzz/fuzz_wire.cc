// Any bytes as what a peer sends on the replication link: frames are taken off the front as a connection does it. Each
// gets a verdict; a message that is accepted encodes to the bytes it came from, also when its checksum is wrong,
// because a peer that means harm can compute one.
#include <algorithm>

#include "engine/base/check.h"
#include "journal/compression.h"
#include "replic/link/control_kinds.h"
#include "replic/link/wire.h"
#include "test/support/fuzz/mutator.h"
#include "test/support/fuzz/seal.h"

namespace {

using namespace hw;

constexpr std::size_t kInflatedMax = 1 << 20;  ///< more only costs time

void check_body(WireType type, Bytes body) {
  const Result<Message> message = decode_body(type, body);
  if (!message.has_value()) return;
  HW_CHECK(type_of(*message) == type);
  HW_CHECK(encode_body(*message) == as_text(body));
  const auto* control = std::get_if<wire::Control>(&*message);
  if (control == nullptr) return;
  if (const auto told = decode_epoch(control->payload); told.has_value())
    HW_CHECK(encode_epoch(*told) == control->payload);
  if (const auto seqno = decode_seqno(control->payload)) HW_CHECK(encode_seqno(*seqno) == control->payload);
  const auto lineage = decode_lineage(control->payload);
  if (!lineage.has_value()) return;
  HW_CHECK(encode_lineage(*lineage) == control->payload);
  HW_CHECK(lineage->size() <= kLineageNamesMax);
  (void)find_ring(*lineage, "INSTB").has_value();
}

void check_frame(const FrameHeader& header, Bytes body) {
  if (!header.compressed()) return check_body(wire_type(header), body);
  static Inflater inflater;
  if (header.raw_bytes > kInflatedMax) return;
  std::string raw(header.raw_bytes, '\0');
  if (inflater.inflate(body, std::as_writable_bytes(std::span(raw)))) check_body(wire_type(header), as_bytes(raw));
}

}  // namespace

HW_FUZZ_SHAPE(fuzz::seal_wire)

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes in = std::as_bytes(std::span(data, size));
  while (in.size() >= kWireHeaderBytes) {
    FrameHeader header;
    const auto head = in.first<kWireHeaderBytes>();
    if (decode_frame_header(kLinkFraming, head, header) != FrameVerdict::Good) return 0;
    HW_CHECK(header.body_bytes <= kFrameBodyBytesMax && header.raw_bytes <= kFrameBodyBytesMax);
    in = in.subspan(kWireHeaderBytes);
    const Bytes body = in.first(std::min<std::size_t>(header.body_bytes, in.size()));
    if (body.size() == header.body_bytes && frame_is_intact(head, body)) {
      const FrameHeaderBytes again =
          make_link_header(header.version, wire_type(header), body, header.flags, header.raw_bytes);
      HW_CHECK(std::equal(again.begin(), again.end(), head.begin()));
    }
    check_frame(header, body);
    in = in.subspan(body.size());
  }
  return 0;
}
