/// engine/region/backup_marks.h -- up to which seqno a database was last backed up: where an incremental backup begins.
///
/// `<database>-bkup` beside the database file, replaced as a whole. It is about the original: copies have none.
///
/// Format 1, little-endian:
///
///   offset size field       rule
///   ------ ---- ----------- -----------------------------------------
///        0    8 checksum    XXH3-64 of bytes [8, 64)
///        8    8 label       "HWBKUP01"
///       16   16 database_id of the database
///       32    8 database    seqno of the last full backup, 0 none
///       40    8 bytestream  of the last incremental one
///       48    8 record      of the last one made with -record
///       56    8 zeros
///
/// Full text: docs/formats/incremental-backup.md.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "engine/base/bytes.h"
#include "engine/base/result.h"
#include "engine/base/types.h"
#include "journal/file_header.h"
#include "journal/undone.h"

namespace hw {

struct BackupMarks {
  DatabaseId database_id{};
  Seqno database{0};
  Seqno bytestream{0};
  Seqno record{0};
  friend bool operator==(const BackupMarks&, const BackupMarks&) = default;
};

inline constexpr std::size_t kBackupMarksBytes = 64;
std::array<std::byte, kBackupMarksBytes> encode_backup_marks(const BackupMarks& marks);
std::optional<BackupMarks> decode_backup_marks(Bytes bytes);

/// None yet when there is no such file, it is damaged, or it is of another database. Errors: SYSCALL.
Result<BackupMarks> read_backup_marks(const std::string& database, const DatabaseId& id);
/// After a rollback, `undone` is the database's: backups that an increment of the time after will not go with
/// (is_past_of) are no beginning for one. Durable on return. Errors: SYSCALL.
Status forget_undone_backups(const std::string& database, const DatabaseId& id, const Undone& undone);
/// Durable on return. Errors: SYSCALL.
Status write_backup_marks(const std::string& database, const BackupMarks& marks);

}  // namespace hw
