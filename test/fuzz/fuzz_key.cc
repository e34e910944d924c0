// Any bytes: decoding never harms, and what it accepts encodes to the same bytes.
#include <cstdint>

#include "engine/base/bytes.h"
#include "engine/globals/key.h"
#include "engine/globals/zwr.h"
#include "test/support/fuzz/mutator.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view key = hw::as_text(std::as_bytes(std::span{data, size}));
  for (const auto nulls : {hw::NullCollation::Standard, hw::NullCollation::Gtm}) {
    const auto node = hw::decode_key(key, nulls);
    std::string line;
    const auto shown = hw::append_zwr_line(line, key, "v", nulls);
    if (!node) continue;
    HW_CHECK(hw::encode_key(*node, nulls).value() == key);
    HW_CHECK(shown.has_value());
    HW_CHECK(hw::parse_zwr_line(line).value().node == *node);
  }
  return 0;
}
