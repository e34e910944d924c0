#include "replic/instance/region_list.h"

#include <algorithm>
#include <utility>

#include "engine/base/checksum.h"

namespace hw {
namespace {

constexpr std::string_view kLabel = "HWREGLS1";
constexpr std::uint32_t kListFormat = 1;
constexpr std::size_t kRegionNameBytes = kRegionNameBytesMax + 1;
constexpr std::size_t kListChecksumBytes = 8;

}  // namespace

std::string encode_region_list(const RegionList& list) {
  HW_CHECK(list.size() <= kRegionsMax);
  std::string out(kLabel);
  append_le(out, kListFormat);
  append_le(out, static_cast<std::uint32_t>(list.size()));
  for (const RegionReach& region : list) {
    HW_CHECK(!region.name.empty() && region.name.size() < kRegionNameBytes);
    out += region.name;
    out.append(kRegionNameBytes - region.name.size(), '\0');
    out.append(reinterpret_cast<const char*>(region.database_id.data()), region.database_id.size());
    append_le(out, region.next_seqno.value);
    append_le(out, region.generation);
    append_le(out, region.offset);
  }
  append_le(out, checksum(as_bytes(out)));
  HW_CHECK(out.size() == region_list_bytes(list.size()));
  return out;
}

std::size_t region_list_bytes(Bytes head) {
  if (head.size() < kRegionListHeadBytes || as_text(head.first(kLabel.size())) != kLabel) return 0;
  const auto count = get_le<std::uint32_t>(head, 12);
  if (get_le<std::uint32_t>(head, 8) != kListFormat || count > kRegionsMax) return 0;
  return region_list_bytes(std::size_t{count});
}

bool decode_region_list(Bytes in, RegionList& out) {
  out.clear();
  if (in.empty() || region_list_bytes(in) != in.size()) return false;
  if (checksum_of_list(in) != checksum(in.first(in.size() - kListChecksumBytes))) return false;
  ByteReader reader(in.subspan(kRegionListHeadBytes, in.size() - kRegionListHeadBytes - kListChecksumBytes));
  RegionList list;
  while (!reader.at_end()) {
    RegionReach region;
    const std::string_view name = reader.take_text(kRegionNameBytes);
    region.name = name.substr(0, std::min(name.find('\0'), name.size()));
    const Bytes id = reader.take_bytes(region.database_id.size());
    std::transform(id.begin(), id.end(), region.database_id.begin(), std::to_integer<std::uint8_t>);
    region.next_seqno = Seqno{reader.take<std::uint64_t>()};
    region.generation = reader.take<std::uint64_t>();
    region.offset = reader.take<std::uint64_t>();
    if (!reader.ok() || region.name.empty() || region.name.size() > kRegionNameBytesMax) return false;
    list.push_back(std::move(region));
  }
  out = std::move(list);
  return true;
}

std::uint64_t checksum_of_list(Bytes list) {
  HW_CHECK(list.size() >= kListChecksumBytes);
  return get_le<std::uint64_t>(list, list.size() - kListChecksumBytes);
}

bool is_earlier(const RegionReach& found, const RegionReach& reached) {
  return found.database_id == reached.database_id && found.next_seqno < reached.next_seqno &&
         std::pair(found.generation, found.offset) < std::pair(reached.generation, reached.offset);
}

}  // namespace hw
