/// journal/file_header.h -- the fixed part in front of a journal file's records.
///
/// Format 1, little-endian. Three blocks, each with its own checksum, because they are written at different times: the
/// opening block once, before the file gets its name; the closing block when the file is closed for
/// good (a switch, or a clean shutdown); the block of what was undone with the file, and again when the file is cut. A
/// torn closing block only means "not closed"; a torn block of what was undone is written again with the cut.
///
///   offset size field             rule
///   ------ ---- ----------------- -----------------------------------------------------------
///        0    8 checksum          XXH3-64 of bytes [8, 4096)
///        8    8 label             "HWJNL001"
///       16    4 header_bytes      8192: the first record is there
///       20    4 flags             bit 0: replicated
///       24   16 database_id       of the database file this journal belongs to
///       40    8 generation        from 1, one more in each new file of the region
///       48    8 created_us        microseconds since 1970
///       56    8 first_seqno       the region's next seqno when the file was made
///       64    8 first_tn          the region's last transaction number when the file was made
///       72    8 autoswitch_bytes  80 8 allocation_bytes, 88 8 extension_bytes
///       96   32 region name, zero-padded
///      128  256 database path, 384 256 previous journal file's path (empty: none)
///      640      zeros
///     4096    8 checksum          XXH3-64 of bytes [4104, 4160); all zero while the file is open
///     4104    8 end_offset        4112 8 end_seqno, 4120 8 end_tn, 4128 8 closed_us
///     4136      zeros
///     4224    8 checksum          XXH3-64 of bytes [4232, 4248); all zero: the region was never taken back
///     4232    8 undone_times      4240 8 undone_lowest (journal/undone.h)
///     4248      zeros up to 8192
///
/// Full text: docs/formats/journal.md.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "engine/base/bytes.h"
#include "engine/base/file.h"
#include "engine/base/types.h"
#include "journal/undone.h"

namespace hw {

inline constexpr std::size_t kJournalHeaderBytes = 8192;
inline constexpr std::string_view kJournalLabel = "HWJNL001";

using DatabaseId = std::array<std::uint8_t, 16>;

struct JournalFileHeader {
  bool replicated = false;
  DatabaseId database_id{};
  std::uint64_t generation = 1;
  std::uint64_t created_us = 0;
  Seqno first_seqno{1};
  RegionTn first_tn;
  std::uint64_t autoswitch_bytes = 0;
  std::uint64_t allocation_bytes = 0;
  std::uint64_t extension_bytes = 0;
  std::string region;
  std::string database_path;
  std::string previous_path;
  Undone undone;
};

struct JournalClosing {
  std::uint64_t end_offset = 0;
  Seqno end_seqno;  ///< the region's next seqno when the file was closed
  RegionTn end_tn;
  std::uint64_t closed_us = 0;
};

std::array<std::byte, 4096> encode_opening(const JournalFileHeader& header);
/// Errors: JNLBADLABEL when the block is not an opening block of this version; `path` is for the message.
Result<JournalFileHeader> decode_opening(Bytes block, const std::string& path);
inline constexpr std::size_t kClosingOffset = 4096;
inline constexpr std::size_t kUndoneOffset = 4224;
inline constexpr std::size_t kUndoneBytes = 24;
std::array<std::byte, kUndoneBytes> encode_undone(const Undone& undone);
/// None when the block is damaged.
std::optional<Undone> decode_undone(Bytes block);
std::array<std::byte, 4096> encode_closing(const JournalClosing& closing);
/// None while the file is open, or when the block is torn.
std::optional<JournalClosing> decode_closing(Bytes block);

/// Where the journal goes on when its next generation has another path: checksum, path. Written before the closing
/// block, and void without one. All zeros: the next generation has this file's path.
inline constexpr std::size_t kNextPathOffset = 4352;
inline constexpr std::size_t kNextPathBytes = 8 + 256;
std::array<std::byte, kNextPathBytes> encode_next_path(std::string_view path);
/// Empty for none. None when the block is damaged.
std::optional<std::string> decode_next_path(Bytes block);

/// All blocks of a file. Errors: JNLBADLABEL, JNLFILEOPNERR.
struct JournalFileInfo {
  JournalFileHeader header;
  std::optional<JournalClosing> closing;
  std::string next_path;  ///< of a closed file whose successor is at another path; else empty
};
Result<JournalFileInfo> read_journal_info(const std::string& path);
Result<JournalFileInfo> read_journal_info(const File& file);

}  // namespace hw
