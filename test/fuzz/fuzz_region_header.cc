// Property: any bytes decode to a header or an error; an accepted one re-encodes to the same bytes.
#include <cstdint>

#include "engine/region_header.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto header = hw::decode_region_header(bytes, "fuzz.dat");
  if (header.has_value()) HW_CHECK(hw::encode_region_header(*header) == bytes);
  return 0;
}
