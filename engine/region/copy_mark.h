/// engine/region/copy_mark.h -- how a database file says that it is a copy which no process has opened yet.
///
/// An administrator restores a backup by copying its file to where the database was. The control file, the checkpoint
/// image and the shared memory that an earlier database left there may say "not closed", and recovery would then put
/// the earlier database's content over the restored one. So every copy carries a mark; whoever first opens the file for
/// writing sees it, sets what is beside the file aside, and takes the mark away (ControlFile::adopt_copy).
///
/// Format 1, little-endian, at byte 2048 of the file, in the first LMDB meta page after what LMDB writes there:
///
///   offset size field       rule
///   ------ ---- ----------- ---------------------------------------------
///        0    8 checksum    XXH3-64 of bytes [8, 64)
///        8    8 label       "HWCOPY01"
///       16   16 database_id of the database that was copied
///       32    8 seqno       the copy holds every transaction below it
///       40    8 copied_us   time of the copy, microseconds since 1970
///       48   16 zeros
///
/// Full text: docs/formats/database.md.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "engine/base/file.h"
#include "engine/base/types.h"
#include "journal/file_header.h"

namespace hw {

inline constexpr std::uint64_t kCopyMarkOffset = 2048;
inline constexpr std::size_t kCopyMarkBytes = 64;

struct CopyMark {
  DatabaseId database_id{};
  Seqno seqno{1};
  std::uint64_t copied_us = 0;

  friend bool operator==(const CopyMark&, const CopyMark&) = default;
};

std::array<std::byte, kCopyMarkBytes> encode_copy_mark(const CopyMark& mark);
/// None when the bytes are no whole mark of this version.
std::optional<CopyMark> decode_copy_mark(Bytes bytes);

/// The mark in a database file; none when it has none, or is not there. Errors: SYSCALL.
Result<std::optional<CopyMark>> read_copy_mark(const std::string& path);
/// Puts the mark in, not synced. No process has the file open in LMDB. Errors: SYSCALL.
Status write_copy_mark(const File& file, const CopyMark& mark);
/// Takes the mark away; durable on return. Errors: SYSCALL.
Status clear_copy_mark(const std::string& path);

}  // namespace hw
