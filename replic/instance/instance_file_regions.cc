// How far the regions had come, in the instance file: a list beyond the history, which the header names.
#include "replic/instance/instance_file.h"

namespace hw {
namespace {

constexpr std::uint64_t kRegionListAlign = 4096;

// What is not a whole list, or not the one that the header means, is none: nothing is refused then.
Result<RegionList> read_regions(const CellFile& cells, const InstanceHeader& header) {
  const std::uint64_t offset = header.region_list_offset;
  if (offset < kHistoryOffset) return RegionList();
  HW_TRY(const std::uint64_t size, cells.size());
  const auto fits = [&](std::size_t bytes) { return offset <= size && bytes <= size - offset; };
  if (!fits(kRegionListHeadBytes)) return RegionList();
  std::vector<std::byte> bytes(kRegionListHeadBytes);
  HW_TRY_VOID(cells.read_at(offset, bytes));
  const std::size_t whole = region_list_bytes(Bytes(bytes));
  if (whole == 0 || !fits(whole)) return RegionList();
  bytes.resize(whole);
  HW_TRY_VOID(cells.read_at(offset, bytes));
  RegionList list;
  if (!decode_region_list(bytes, list) || checksum_of_list(bytes) != header.region_list_checksum) return RegionList();
  return list;
}

// Behind the room that the history takes next, and not over the list that counts until the header names another.
std::uint64_t place_for_regions(const InstanceHeader& header, std::size_t bytes) {
  constexpr std::uint64_t kMost = region_list_bytes(kRegionsMax);
  const auto aligned = [](std::uint64_t at) {
    return (at + kRegionListAlign - 1) / kRegionListAlign * kRegionListAlign;
  };
  const std::uint64_t first = aligned(history_offset(header.history_count + kHistoryGrowthRecords));
  const std::uint64_t present = header.region_list_offset;
  if (present == 0 || present >= first + bytes || present + kMost <= first) return first;
  return aligned(present + kMost);
}

}  // namespace

Result<RegionList> InstanceFile::region_list() {
  HW_TRY(const auto lock, cells_.lock(FileLock::Kind::Shared));
  HW_TRY_VOID(load());
  return read_regions(cells_, header_);
}

Status InstanceFile::update_regions(const RegionList& list, const std::function<void(InstanceHeader&)>& change) {
  HW_TRY(const auto lock, cells_.lock(FileLock::Kind::Exclusive));
  HW_TRY_VOID(load());
  InstanceHeader header = header_;
  change(header);
  HW_CHECK(header.history_count == header_.history_count);
  const std::string bytes = encode_region_list(list);
  header.region_list_offset = place_for_regions(header_, bytes.size());
  HW_CHECK_GE(header.region_list_offset, history_offset(header_.history_count));  // No record is written over.
  header.region_list_checksum = checksum_of_list(as_bytes(bytes));
  // A full disk must not keep an instance from coming to rest: without the list nothing is refused.
  if (!cells_.write_at(header.region_list_offset, as_bytes(bytes)).has_value()) header.forget_regions();
  return write_header(header);
}

}  // namespace hw
