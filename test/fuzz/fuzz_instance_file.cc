// Property: any bytes in a cell get a verdict; one that is accepted encodes to a cell that says the same. The checksum
// is made right first, so that the fields behind it are reached.
#include <algorithm>
#include <vector>

#include "engine/base/check.h"
#include "replic/instance_layout.h"

namespace {

template <typename Cell, typename Decode, typename Encode>
void round_trip(hw::Bytes in, std::size_t bytes, Decode decode, Encode encode) {
  std::vector<std::byte> copy(bytes);
  std::copy_n(in.begin(), std::min(in.size(), bytes), copy.begin());
  Cell ignored;
  (void)decode(copy, ignored);  // With whatever checksum the input has.
  hw::seal_cell(copy);
  Cell first;
  if (decode(copy, first) != hw::CellVerdict::Good) return;
  std::vector<std::byte> again(bytes);
  encode(first, again);
  Cell second;
  HW_CHECK(decode(again, second) == hw::CellVerdict::Good);
  HW_CHECK(first == second);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hw;
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
