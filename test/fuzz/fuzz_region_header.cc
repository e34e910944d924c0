// Property: any bytes decode to a header or an error; an accepted one re-encodes to the same bytes.
#include <algorithm>
#include <cstdint>

#include "engine/storage/region_header.h"
#include "test/support/fuzz/mutator.h"
#include "test/support/fuzz/seal.h"

HW_FUZZ_SHAPE([](std::string& bytes) { hw::fuzz::seal_block_of(bytes, std::max<std::size_t>(bytes.size(), 8)); })

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto header = hw::decode_region_header(bytes, "fuzz.dat");
  if (header.has_value()) HW_CHECK(hw::encode_region_header(*header) == bytes);
  return 0;
}
