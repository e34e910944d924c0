#include "engine/region/backup_marks.h"

#include <cerrno>
#include <cstring>

#include "engine/base/checksum.h"
#include "engine/base/file_rights.h"

namespace hw {
namespace {

constexpr std::string_view kMarksLabel = "HWBKUP01";

std::string marks_path(const std::string& database) { return database + "-bkup"; }

}  // namespace

std::array<std::byte, kBackupMarksBytes> encode_backup_marks(const BackupMarks& marks) {
  std::array<std::byte, kBackupMarksBytes> bytes{};
  const MutableBytes out(bytes);
  std::memcpy(bytes.data() + 8, kMarksLabel.data(), kMarksLabel.size());
  std::memcpy(bytes.data() + 16, marks.database_id.data(), marks.database_id.size());
  put_le<std::uint64_t>(out, 32, marks.database.value);
  put_le<std::uint64_t>(out, 40, marks.bytestream.value);
  put_le<std::uint64_t>(out, 48, marks.record.value);
  put_le<std::uint64_t>(out, 0, checksum(out.subspan(8)));
  return bytes;
}

std::optional<BackupMarks> decode_backup_marks(Bytes bytes) {
  if (bytes.size() != kBackupMarksBytes || as_text(bytes.subspan(8, 8)) != kMarksLabel ||
      get_le<std::uint64_t>(bytes, 0) != checksum(bytes.subspan(8)))
    return std::nullopt;
  BackupMarks marks;
  std::memcpy(marks.database_id.data(), bytes.data() + 16, marks.database_id.size());
  marks.database = Seqno{get_le<std::uint64_t>(bytes, 32)};
  marks.bytestream = Seqno{get_le<std::uint64_t>(bytes, 40)};
  marks.record = Seqno{get_le<std::uint64_t>(bytes, 48)};
  return marks;
}

Result<BackupMarks> read_backup_marks(const std::string& database, const DatabaseId& id) {
  BackupMarks none;
  none.database_id = id;
  const auto text = read_file(marks_path(database), kBackupMarksBytes);
  if (!text.has_value()) {
    if (text.error().os_errno == ENOENT || text.error().os_errno == EFBIG) return none;
    return text.error();
  }
  const auto marks = decode_backup_marks(as_bytes(*text));
  return marks && marks->database_id == id ? *marks : none;
}

Status forget_undone_backups(const std::string& database, const DatabaseId& id, const Undone& undone) {
  HW_TRY(const BackupMarks marks, read_backup_marks(database, id));
  BackupMarks left = marks;
  for (Seqno* mark : {&left.database, &left.bytestream, &left.record})
    if (*mark > undone.lowest) *mark = Seqno{0};
  return left == marks ? Status() : write_backup_marks(database, left);
}

Status write_backup_marks(const std::string& database, const BackupMarks& marks) {
  HW_TRY(const FileRights model, rights_of(database));
  return replace_file(marks_path(database), as_text(Bytes(encode_backup_marks(marks))), &model);
}

}  // namespace hw
