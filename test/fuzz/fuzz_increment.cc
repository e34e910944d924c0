// Any bytes as an incremental backup: what is accepted keeps the rules of the format, its header is the same bytes when
// written again, and reading it comes to an end.
#include <cstdint>
#include <string>

#include "engine/backup/increment.h"
#include "test/support/fuzz/input_file.h"
#include "test/support/fuzz/mutator.h"
#include "test/support/fuzz/seal.h"

HW_FUZZ_SHAPE(hw::fuzz::seal_increment,
              [](std::string_view bytes) { return hw::fuzz::frame_parts(bytes, hw::kIncrementHeaderBytes); })

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes = hw::fuzz::text_of(data, size);
  const hw::fuzz::InputFile file(bytes);
  auto reader = hw::IncrementReader::open(file.path());
  if (!reader.has_value()) return 0;
  const hw::IncrementHeader& header = reader->header();
  HW_CHECK(header.from <= header.to);
  HW_CHECK(bytes.starts_with(hw::as_text(hw::Bytes(hw::encode_increment_header(header)))));
  hw::Seqno last{header.from.value - 1};
  std::uint64_t count = 0;
  for (;;) {
    const auto frame = reader->next();
    if (!frame.has_value() || !*frame) break;
    HW_CHECK((*frame)->seqno() > last && (*frame)->seqno() < header.to);
    last = (*frame)->seqno();
    HW_CHECK(++count <= header.frames);
  }
  return 0;
}
