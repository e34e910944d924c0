#include "engine/region/copy_check.h"

#include <cerrno>

#include "journal/file_header.h"

namespace hw {
namespace {

/// The database that a journal was made for, when it is there and is not the one at hand; empty: none such.
Result<std::string> other_database(const std::string& database, const JournalFileHeader& journal) {
  const auto made_for = identity_of(journal.database_path);
  if (!made_for.has_value() && (made_for.error().os_errno == ENOENT || made_for.error().os_errno == ENOTDIR))
    return std::string();
  HW_TRY(const FileIdentity own, identity_of(database));
  if (made_for.has_value() && *made_for == own) return std::string();
  return journal.database_path;  // One that may not be examined is there, too.
}

}  // namespace

bool owns_journal(const std::string& database, const RegionHeader& header) {
  const auto info = read_journal_info(header.journal_path);
  if (!info.has_value() || info->header.database_id != header.database_id) return false;
  const auto other = other_database(database, info->header);
  return other.has_value() && other->empty();
}

Status refuse_copy(const std::string& database, const RegionHeader& header) {
  if (header.journal_state != JournalState::On) return {};
  const auto info = read_journal_info(header.journal_path);
  if (!info.has_value() || info->header.database_id != header.database_id) return {};
  HW_TRY(const std::string other, other_database(database, info->header));
  if (other.empty()) return {};
  return make_error<MsgId::HWCOPY>(
      database, fmt::format("the journal {} that it names is that of {}", header.journal_path, other));
}

Status refuse_copy_in_use(const std::string& database, const ControlState& state) {
  if (!state.original_in_use) return {};
  return make_error<MsgId::HWCOPY>(
      database, "its control file names a journal pool that processes use with another file, the original");
}

}  // namespace hw
