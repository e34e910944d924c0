// Any bytes as a receive pool entry: what is accepted keeps every bound and is the same when written again.
#include <cstdint>
#include <string>

#include "replic/instance/receive_pool.h"
#include "test/support/fuzz/mutator.h"
#include "test/support/fuzz/seal.h"

HW_FUZZ_SHAPE(hw::fuzz::seal_pool_entry)

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes = hw::fuzz::text_of(data, size);
  hw::PoolEntry entry;
  if (!hw::decode_pool_entry(hw::as_bytes(bytes), entry)) return 0;
  HW_CHECK(entry.entry_bytes <= size && entry.payload.size() + hw::kPoolEntryHeaderBytes == entry.entry_bytes);
  std::string again(hw::kPoolEntryHeaderBytes, '\0');
  hw::encode_pool_entry_header(entry.kind, entry.entry_bytes, entry.count, entry.seqno, entry.payload,
                               std::as_writable_bytes(std::span(again)));
  HW_CHECK(bytes.compare(0, again.size(), again) == 0);
  if (entry.kind != hw::PoolEntryKind::History) return 0;
  HW_CHECK(!entry.record.root_name.empty() && entry.record.start.value >= 1);
  const std::string payload = hw::encode_history_payload(entry.record, entry.first_kind);
  HW_CHECK(payload.size() == hw::kPoolHistoryPayloadBytes);
  HW_CHECK(payload.compare(0, hw::kHistoryFactsBytes + 1,
                           hw::as_text(entry.payload).substr(0, hw::kHistoryFactsBytes + 1)) == 0);
  return 0;
}
