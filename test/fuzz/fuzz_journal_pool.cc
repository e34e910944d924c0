// Any bytes as a journal pool's segment, its sizes and its ring: it is refused, or looking for a seqno and reading
// frames come to an end without leaving the ring.
#include <cstdint>
#include <memory>

#include "journal/pool.h"
#include "test/support/fuzz/mutator.h"
#include "test/support/fuzz/seal.h"
#include "test/support/fuzz/shared_segment.h"

namespace {

using namespace hw;

constexpr std::uint64_t kUid = 4711;
constexpr std::uint64_t kRingBytes = 4096;
constexpr std::uint64_t kRingOffset = (sizeof(PoolHeader) + 4095) / 4096 * 4096;
constexpr std::size_t kFields = 104;  ///< bytes of the input before the ring's

/// The input's first bytes as the header's fields; sizes are given as a distance from what is right.
void set_fields(PoolHeader& header, Bytes in) {
  ByteReader reader(in);
  header.magic = kPoolMagic + reader.take<std::uint64_t>();
  header.version = kPoolVersion + reader.take<std::uint32_t>();
  header.header_bytes = static_cast<std::uint32_t>(sizeof(PoolHeader)) + reader.take<std::uint32_t>();
  header.total_bytes = kRingOffset + kRingBytes + reader.take<std::uint64_t>();
  header.ring_offset = kRingOffset + reader.take<std::uint64_t>();
  header.ring_bytes = kRingBytes + reader.take<std::uint64_t>();
  header.uid = kUid + reader.take<std::uint64_t>();
  header.ready = 1;
  header.ring_reserved = reader.take<std::uint64_t>();
  header.ring_written = reader.take<std::uint64_t>();
  header.ring_first_seqno = reader.take<std::uint64_t>();
  header.ring_first_position = reader.take<std::uint64_t>();
  header.next_seqno = reader.take<std::uint64_t>();
}

void read_ring(const JournalPool& pool, std::uint64_t position, std::size_t bytes_max) {
  std::string out;
  for (int reads = 0; reads < 100; ++reads) {
    const std::uint64_t before = position;
    const std::size_t had = out.size();
    if (pool.ring_read(position, bytes_max, out) != JournalPool::ReadOutcome::Copied) {
      HW_CHECK(position == before && out.size() == had);
      return;
    }
    HW_CHECK(position > before && out.size() - had == position - before);
  }
}

}  // namespace

HW_FUZZ_SHAPE(
    [](std::string& bytes) {
      if (bytes.size() > kFields) fuzz::seal_frames(bytes, kFields);
    },
    [](std::string_view bytes) {
      return bytes.size() > kFields ? fuzz::frame_parts(bytes, kFields) : std::vector<std::size_t>();
    })

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < kFields) return 0;
  static const fuzz::SharedSegment segment(kRingOffset + kRingBytes);
  const Bytes in = std::as_bytes(std::span(data, size));
  auto& header = *reinterpret_cast<PoolHeader*>(segment.data());
  set_fields(header, in);
  segment.fill(kRingOffset, in.subspan(kFields));
  const auto pool = JournalPool::attach(segment.id(), kUid);
  if (!pool.has_value()) return 0;
  (void)pool->find_region("/no/such/database");
  for (const std::uint64_t distance : {0, 1, 5}) {
    const auto found = pool->ring_find(Seqno{header.ring_first_seqno.load() + distance});
    if (found) read_ring(*pool, *found, 100);
  }
  read_ring(*pool, header.ring_first_position.load(), 64 << 10);
  return 0;
}
