/// engine/backup/increment.h -- an incremental backup: the transactions of one region since an earlier backup, in
/// order.
///
/// It is taken from the region's journal at a BackupPoint, so it needs neither a list of changed pages nor a look at
/// the database. Restoring it applies each transaction again, and knows from the database's next seqno where to go on:
/// what is broken off is simply done again, and a gap between two backups is noticed.
///
/// File, format 1, little-endian:
///
///   offset size field       rule
///   ------ ---- ----------- ---------------------------------------------------------------
///        0    8 checksum    XXH3-64 of bytes [8, 96)
///        8    8 label       "HWINCR01"
///       16   16 database_id of the database
///       32    8 from        the region's transactions with this seqno or a higher one are in it
///       40    8 to          and all below this one, which is above `from` or equal
///       48    8 created_us  microseconds since 1970
///       56    8 next_tn     of the region at the point, as users see it
///       64    8 frames      transactions that follow
///       72    8 body_bytes  of all of them
///       80    8 undone_times    88 8 undone_lowest: what had been taken out of the region by then (journal/undone.h)
///       96      transaction frames (docs/formats/transaction-frame.md), seqnos strictly ascending, in [from, to)
///
/// Each frame has a checksum of its own; the file ends with the last one. Full text:
/// docs/formats/incremental-backup.md.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "engine/backup/backup_point.h"
#include "journal/transaction_frame.h"

namespace hw {

inline constexpr std::size_t kIncrementHeaderBytes = 96;

struct IncrementHeader {
  DatabaseId database_id{};
  Seqno from{1};
  Seqno to{1};
  std::uint64_t created_us = 0;
  std::uint64_t next_tn = 0;
  std::uint64_t frames = 0;
  std::uint64_t body_bytes = 0;
  Undone undone;
  friend bool operator==(const IncrementHeader&, const IncrementHeader&) = default;
};

std::array<std::byte, kIncrementHeaderBytes> encode_increment_header(const IncrementHeader& header);
/// None when the bytes are no header of this version, or break a rule of the table.
std::optional<IncrementHeader> decode_increment_header(Bytes bytes);

/// Writes the region's transactions from `from` up to the point into `to`, which is not synced.
/// Errors: HWBKUPSINCE when the journals do not go back so far; those of TransactionMerge; SYSCALL; what `progress`
/// returns. Blocks: reads the journal since `from`.
Result<IncrementHeader> write_increment(const BackupRegion& of, Seqno from, Seqno to_seqno, const File& to,
                                        const CopyProgress& progress);

/// An incremental backup as it is read: every bound and checksum is held before anything is handed out.
class IncrementReader {
 public:
  /// Errors: SYSCALL; HWBKUPFORMAT when it is none, or is not as long as it says.
  static Result<IncrementReader> open(const std::string& path);
  const IncrementHeader& header() const { return header_; }
  /// The next transaction; none at the end. The view is valid until the next call. Errors: SYSCALL, HWBKUPFORMAT.
  Result<std::optional<FrameView>> next();

 private:
  IncrementReader(File file, IncrementHeader header) : file_(std::move(file)), header_(header) {}
  Error bad(std::string_view what) const;
  File file_;
  IncrementHeader header_;
  std::uint64_t offset_ = kIncrementHeaderBytes;
  std::uint64_t read_ = 0;
  Seqno expected_{1};  ///< the next frame's seqno is this one or a higher one
  std::string buffer_;
};

struct RestoreOutcome {
  Seqno seqno{1};  ///< the database's next one
  std::uint64_t transactions = 0;
};

/// Applies an incremental backup to the copy of a database. Whatever stops it, the database is at some seqno between
/// the two, whole, and the same command goes on from there.
/// Errors: MUSTANDALONE when the database is in use; HWBKUPOTHER, HWBKUPGAP, HWUNDONE, HWRESTOREJNL: nothing was
/// changed; those of IncrementReader and of recovery. Blocks: as long as it takes.
Result<RestoreOutcome> restore_increment(RegionAccess& database, IncrementReader& increment,
                                         const std::string& increment_path, const CopyProgress& progress);

}  // namespace hw
