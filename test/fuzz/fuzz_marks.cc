// Any bytes as the small blocks that stand beside or in a database: each gets a verdict, and one that is accepted says
// the same when it is written again.
#include <cstdint>
#include <string>

#include "engine/region/backup_marks.h"
#include "engine/region/copy_mark.h"
#include "test/support/fuzz/mutator.h"
#include "test/support/fuzz/seal.h"

HW_FUZZ_SHAPE([](std::string& bytes) { hw::fuzz::seal_block_of(bytes, hw::kCopyMarkBytes); })

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hw;
  static_assert(kCopyMarkBytes == kBackupMarksBytes);
  const Bytes in = std::as_bytes(std::span(data, size));
  if (const auto mark = decode_copy_mark(in)) HW_CHECK(decode_copy_mark(encode_copy_mark(*mark)) == mark);
  if (const auto marks = decode_backup_marks(in)) HW_CHECK(decode_backup_marks(encode_backup_marks(*marks)) == marks);
  return 0;
}
