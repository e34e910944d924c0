// Any bytes as a receive pool entry, with its checksum put right: what is accepted keeps every bound and is the same
// when written again.
#include <cstdint>
#include <string>

#include "engine/base/checksum.h"
#include "replic/receive_pool.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  const auto in = std::as_writable_bytes(std::span(bytes));
  if (size >= hw::kPoolEntryHeaderBytes) {
    const auto total = hw::get_le<std::uint32_t>(in, 16);
    const bool history = hw::get_le<std::uint16_t>(in, 12) == 2;
    const bool covers = history && total >= hw::kPoolEntryHeaderBytes && total <= size;
    hw::put_le(in, 0, hw::checksum(hw::Bytes(in).subspan(8, (covers ? total : hw::kPoolEntryHeaderBytes) - 8)));
  }
  hw::PoolEntry entry;
  if (!hw::decode_pool_entry(in, entry)) return 0;
  HW_CHECK(entry.entry_bytes <= size && entry.payload.size() + hw::kPoolEntryHeaderBytes == entry.entry_bytes);
  std::string again(hw::kPoolEntryHeaderBytes, '\0');
  hw::encode_pool_entry_header(entry.kind, entry.entry_bytes, entry.count, entry.seqno, entry.payload,
                               std::as_writable_bytes(std::span(again)));
  HW_CHECK(bytes.compare(0, again.size(), again) == 0);
  if (entry.kind != hw::PoolEntryKind::History) return 0;
  HW_CHECK(!entry.record.root_name.empty() && entry.record.start.value >= 1);
  const std::string payload = hw::encode_history_payload(entry.record, entry.first_kind);
  HW_CHECK(payload.size() == hw::kPoolHistoryPayloadBytes);
  return 0;
}
