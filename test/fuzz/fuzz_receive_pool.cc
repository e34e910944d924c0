// Any bytes as a receive pool's segment, its fields and its ring: it is refused, or reading it comes to an end without
// leaving the ring.
#include <cstdint>
#include <cstring>

#include "replic/instance/receive_pool.h"
#include "test/support/fuzz/mutator.h"
#include "test/support/fuzz/shared_segment.h"

namespace {

using namespace hw;

constexpr std::uint64_t kUid = 4711;
constexpr std::size_t kFields = 96;  ///< bytes of the input before the ring's

/// The input's first bytes as the header's fields; each is given as a distance from what is right.
void set_fields(ReceivePoolHeader& header, Bytes in) {
  ByteReader reader(in);
  header.magic = kReceivePoolMagic + reader.take<std::uint64_t>();
  header.version = kReceivePoolVersion + reader.take<std::uint32_t>();
  header.header_bytes = static_cast<std::uint32_t>(sizeof(ReceivePoolHeader)) + reader.take<std::uint32_t>();
  header.ring_offset = 4096 + reader.take<std::uint64_t>();
  header.ring_bytes = 8192 + reader.take<std::uint64_t>();
  header.total_bytes = header.ring_offset + header.ring_bytes + reader.take<std::uint64_t>();
  header.journal_pool_uid = kUid + reader.take<std::uint64_t>();
  header.ready = 1 + reader.take<std::uint32_t>();
  reader.take<std::uint32_t>();
  header.written = reader.take<std::uint64_t>();
  header.read = reader.take<std::uint64_t>();
  header.discard_to = reader.take<std::uint64_t>();
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < kFields) return 0;
  static const fuzz::SharedSegment segment(4096 + 8192);
  static_assert(sizeof(ReceivePoolHeader) <= 4096);
  const Bytes in = std::as_bytes(std::span(data, size));
  auto& header = *reinterpret_cast<ReceivePoolHeader*>(segment.data());
  set_fields(header, in);
  segment.fill(4096, in.subspan(kFields));
  const auto pool = ReceivePool::attach(segment.id(), kUid);
  if (!pool.has_value()) return 0;
  const auto* const base = reinterpret_cast<const std::byte*>(&pool->header());  // It is mapped a second time.
  std::uint64_t position = header.read.load();
  PoolEntry entry;
  std::size_t entries = 0;
  while (pool->read_entry(position, entry) == ReceivePool::ReadOutcome::Entry) {
    if (!entry.payload.empty()) {
      HW_CHECK(entry.payload.data() >= base + 4096);
      HW_CHECK(entry.payload.data() + entry.payload.size() <= base + 4096 + 8192);
    }
    HW_CHECK(++entries <= 8192 / kPoolEntryHeaderBytes);
  }
  (void)pool->content();
  return 0;
}
