/// replic/instance/region_list.h -- which regions an instance has and how far they had come, as bytes. Pure: no
/// I/O.
///
/// The list is in the replication instance file, after the room for the history, where the header says. Whoever
/// starts the instance or rolls it back compares the databases with it: one that is of an earlier moment, or not there,
/// was exchanged or left out. The list may lag what a region has, and never leads it.
///
/// Format 1. Integers are little-endian.
///
///   offset          size field
///   --------------- ---- ------------------------------------------------
///   0                  8 label HWREGLS1
///   8                  4 format, 1
///   12                 4 number of regions, at most kRegionsMax
///   16 + 72 * i       32 name of region i, zeros after it
///   48 + 72 * i       16 database id
///   64 + 72 * i        8 its next seqno
///   72 + 72 * i        8 generation of its journal
///   80 + 72 * i        8 offset in that file, where the journal ended
///   16 + 72 * n        8 XXH3-64 of all before it
///
/// Compatibility: a field never moves. Another layout takes another format number, and a golden file in test/golden/.
/// Full text: docs/formats/instance-file.md.
#pragma once

#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/limits.h"
#include "engine/base/types.h"
#include "journal/file_header.h"

namespace hw {

/// How far one region had come.
struct RegionReach {
  std::string name;              ///< 1 to kRegionNameBytesMax bytes
  DatabaseId database_id{};      ///< of its file
  Seqno next_seqno{1};           ///< the region's own
  std::uint64_t generation = 0;  ///< of its journal
  std::uint64_t offset = 0;      ///< where that journal ended, in bytes
  friend bool operator==(const RegionReach&, const RegionReach&) = default;
};
using RegionList = std::vector<RegionReach>;

inline constexpr std::size_t kRegionListHeadBytes = 16;
inline constexpr std::size_t kRegionReachBytes = 72;

/// Bytes of a list of that many regions.
constexpr std::size_t region_list_bytes(std::size_t regions) {
  return kRegionListHeadBytes + kRegionReachBytes * regions + 8;
}

/// At most kRegionsMax regions (checked).
std::string encode_region_list(const RegionList& list);
/// How many bytes a list has that begins with these kRegionListHeadBytes bytes; 0: none begins so.
std::size_t region_list_bytes(Bytes head);
/// False, and `out` is empty, when the bytes are no whole list.
bool decode_region_list(Bytes in, RegionList& out);
/// The checksum in the last bytes of an encoded list.
std::uint64_t checksum_of_list(Bytes list);

/// Whether `found` is of an earlier time than `reached`, as surely as can be said: the same database with a lower seqno
/// and an earlier place in its journal. A lower seqno alone may have been given by hand, an earlier place alone may be
/// of a copy that holds the same.
bool is_earlier(const RegionReach& found, const RegionReach& reached);

}  // namespace hw
