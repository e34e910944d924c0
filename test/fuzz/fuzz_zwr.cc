// Any text, in either mode: parsing never harms, and what it accepts comes back when it is written and read again.
#include <cstdint>

#include "engine/base/bytes.h"
#include "engine/globals/zwr.h"
#include "test/support/fuzz/mutator.h"

namespace {

void check(std::string_view text, hw::Charset charset) {
  constexpr auto kNulls = hw::NullCollation::Standard;
  std::string key, value;
  if (!hw::parse_zwr_line_to_key(text, key, value, kNulls, charset)) return;
  for (const auto other : {hw::Charset::M, hw::Charset::Utf8}) {
    std::string written;
    HW_CHECK(hw::append_zwr_line(written, key, value, kNulls, other).has_value());
    std::string key_again, value_again;
    HW_CHECK(hw::parse_zwr_line_to_key(written, key_again, value_again, kNulls, other).has_value());
    HW_CHECK(key == key_again);
    HW_CHECK(value == value_again);
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = hw::as_text(std::as_bytes(std::span{data, size}));
  check(text, hw::Charset::M);
  check(text, hw::Charset::Utf8);
  return 0;
}
