// Property: any bytes are no list of regions, or one that encodes to the same bytes, but for what stands behind a name.
#include "replic/instance/region_list.h"

#include "engine/base/checksum.h"
#include "test/support/fuzz/mutator.h"

namespace {

using namespace hw;

/// As long as its head says, with the checksum of what is there.
void seal(std::string& bytes) {
  if (bytes.size() < kRegionListHeadBytes) bytes.resize(kRegionListHeadBytes);
  if (const std::size_t whole = region_list_bytes(as_bytes(bytes)); whole != 0) bytes.resize(whole);
  if (bytes.size() < kRegionListHeadBytes + 8) return;
  const std::uint64_t sum = checksum(as_bytes(bytes).first(bytes.size() - 8));
  put_le(std::as_writable_bytes(std::span(bytes)), bytes.size() - 8, sum);
}

}  // namespace

HW_FUZZ_SHAPE(seal)

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  RegionList list;
  if (!decode_region_list(std::as_bytes(std::span(data, size)), list)) {
    HW_CHECK(list.empty());
    return 0;
  }
  HW_CHECK(list.size() <= kRegionsMax);
  RegionList again;
  HW_CHECK(decode_region_list(as_bytes(encode_region_list(list)), again));
  HW_CHECK(list == again);
  for (const RegionReach& region : list) HW_CHECK(!is_earlier(region, region));
  return 0;
}
