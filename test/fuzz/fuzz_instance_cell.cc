// Property: any bytes in a cell of an instance file get a verdict; one that is accepted encodes to a cell that says the
// same.
#include <algorithm>
#include <vector>

#include "replic/instance/instance_layout.h"
#include "test/support/fuzz/mutator.h"

namespace {

using namespace hw;

template <typename Cell, typename Decode, typename Encode>
void round_trip(Bytes in, std::size_t bytes, Decode decode, Encode encode) {
  if (in.size() != bytes) return;
  Cell first;
  if (decode(in, first) != CellVerdict::Good) return;
  std::vector<std::byte> again(bytes);
  encode(first, again);
  Cell second;
  HW_CHECK(decode(again, second) == CellVerdict::Good);
  HW_CHECK(first == second);
}

/// To the size of the kind of cell that its label says.
void seal(std::string& bytes) {
  const bool header = bytes.starts_with(kInstanceLabel) || bytes.starts_with(kDualSiteLabel);
  bytes.resize(header ? kInstanceHeaderBytes : kSlotBytes);
  seal_cell(std::as_writable_bytes(std::span(bytes)));
}

}  // namespace

HW_FUZZ_SHAPE(seal)

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes in = std::as_bytes(std::span(data, size));
  round_trip<InstanceHeader>(in, kInstanceHeaderBytes, decode_header,
                             [](const InstanceHeader& header, MutableBytes out) { encode_header(header, 1, out); });
  round_trip<InstanceSlot>(
      in, kSlotBytes, [](Bytes cell, InstanceSlot& out) { return decode_slot(cell, 0, out); },
      [](const InstanceSlot& slot, MutableBytes out) { encode_slot(slot, 0, 1, out); });
  round_trip<HistoryRecord>(
      in, kHistoryBytes, [](Bytes cell, HistoryRecord& out) { return decode_history(cell, 0, out); },
      [](const HistoryRecord& record, MutableBytes out) { encode_history(record, 1, out); });
  return 0;
}
