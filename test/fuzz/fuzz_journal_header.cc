// Any bytes as the blocks before a journal file's records: each gets a verdict; one that is accepted is the same bytes
// when it is written again.
#include <array>
#include <cstdint>
#include <string>

#include "engine/base/limits.h"
#include "journal/file_header.h"
#include "test/support/fuzz/mutator.h"
#include "test/support/fuzz/seal.h"

namespace {

using namespace hw;

constexpr std::size_t kBlockBytes = 4096;

void check_opening(Bytes in) {
  const auto header = decode_opening(in, "fuzz.mjl");
  if (!header.has_value()) return;
  HW_CHECK(header->generation >= 1);
  HW_CHECK(header->region.size() <= kRegionNameBytesMax && header->database_path.size() <= kPathBytesMax);
  const auto again = encode_opening(*header);
  const auto second = decode_opening(again, "fuzz.mjl");
  HW_CHECK(second.has_value());
  HW_CHECK(encode_opening(*second) == again);
}

void check_closing(Bytes in) {
  const auto closing = decode_closing(in);
  if (!closing) return;
  HW_CHECK(closing->end_offset >= kJournalHeaderBytes);
  const auto again = encode_closing(*closing);
  const auto second = decode_closing(again);
  HW_CHECK(second && second->end_offset == closing->end_offset && second->end_seqno == closing->end_seqno &&
           second->end_tn == closing->end_tn && second->closed_us == closing->closed_us);
}

void check_undone(Bytes in) {
  const auto undone = decode_undone(in);
  if (undone) HW_CHECK(as_text(Bytes(encode_undone(*undone))) == as_text(in.first(kUndoneBytes)));
}

/// One of the three blocks, as the input's first byte says; a seed is a block with that byte in front.
void seal(std::string& bytes) {
  if (bytes.empty()) return;
  const std::size_t want =
      std::array{kBlockBytes, std::size_t{64}, kUndoneBytes}[static_cast<unsigned char>(bytes[0]) % 3];
  bytes.resize(1 + want);
  fuzz::seal_block(std::as_writable_bytes(std::span(bytes)).subspan(1));
}

}  // namespace

HW_FUZZ_SHAPE(seal)

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const Bytes in = std::as_bytes(std::span(data, size)).subspan(1);
  check_opening(in);
  check_closing(in);
  check_undone(in);
  return 0;
}
