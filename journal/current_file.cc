#include "journal/current_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace hw {
namespace {

std::string text_of(const FileIdentity& file) {
  return fmt::format("inode {} of device {}:{}", file.inode, major(file.device), minor(file.device));
}

Result<JournalFileHeader> read_header(const File& file) {
  std::array<std::byte, kClosingOffset> block{};
  HW_TRY_VOID(file.read_exact(0, block));
  return decode_opening(block, file.path());
}

std::string text_of(const JournalFileHeader* header, const CurrentJournal& current) {
  if (header == nullptr) return "no journal file";
  if (header->database_id != current.database_id)
    return fmt::format("generation {} of another database, {}", header->generation, header->database_path);
  return fmt::format("generation {} of this database", header->generation);
}

/// `header`: null when it has none.
Error replaced(const std::optional<FileIdentity>& found, const JournalFileHeader* header,
               const CurrentJournal& current) {
  Error error = make_error<MsgId::HWJNLREPLACED>(current.path, current.database);
  const std::string place = found ? fmt::format("{}, {}", text_of(*found), text_of(header, current)) : "no file";
  error.note("Under that name: " + place);
  const std::string known = current.file.inode != 0 ? text_of(current.file) + ", " : std::string();
  return std::move(error.note(fmt::format("In use: {}generation {}", known, current.generation)));
}

}  // namespace

CurrentJournal CurrentJournal::of(const PoolRegion& region) {
  CurrentJournal out;
  out.path = region.journal.view();
  out.database = region.database.view();
  std::memcpy(out.database_id.data(), region.database_id, out.database_id.size());
  out.generation = region.generation.load();
  out.file = region.journal_file.load();
  return out;
}

Result<FileIdentity> identity_for_pool(const File& file) {
  HW_TRY(const FileIdentity own, identity_of(file));
  HW_TRY(const FileIdentity named, identity_of(file.path()));
  if (named == own) return own;
  HW_TRY(const File again, File::open(file.path(), O_RDONLY));
  HW_TRY(const FileIdentity second, identity_of(again));
  if (second == own) return FileIdentity{};
  return system_error("stat()", file.path(), ESTALE);
}

Status require_current(const File& found, const JournalFileHeader& header, const CurrentJournal& current) {
  HW_TRY(const FileIdentity identity, identity_of(found));
  const bool same_file = current.file.inode == 0 || identity == current.file;
  if (same_file && header.database_id == current.database_id && header.generation == current.generation) return {};
  return replaced(identity, &header, current);
}

Status require_current(const File& found, const CurrentJournal& current) {
  const auto header = read_header(found);
  if (header.has_value()) return require_current(found, *header, current);
  // What cannot be read is told by its own reason, unless it is another file.
  const bool is_other = header.error().id == MsgId::JNLBADLABEL || header.error().os_errno == 0;
  HW_TRY(const FileIdentity identity, identity_of(found));
  if (is_other || (current.file.inode != 0 && identity != current.file)) return replaced(identity, nullptr, current);
  return header.error();
}

NameLeads where_name_leads(const std::string& path, const File& journal, const FileIdentity& known) {
  if (known.inode == 0) return NameLeads::Here;
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0)
    return FileIdentity{info.st_dev, info.st_ino} == known ? NameLeads::Here : NameLeads::Elsewhere;
  if (errno != ENOENT && errno != ENOTDIR) return NameLeads::Here;
  if (::fstat(journal.fd(), &info) != 0) return NameLeads::Here;
  return info.st_nlink == 0 ? NameLeads::Elsewhere : NameLeads::Nowhere;
}

Error replaced_error(const CurrentJournal& current) {
  const auto file = File::open(current.path, O_RDONLY);
  if (!file.has_value()) {
    const auto found = identity_of(current.path);
    return replaced(found.has_value() ? std::optional(*found) : std::nullopt, nullptr, current);
  }
  const auto found = identity_of(*file);
  const auto header = read_header(*file);
  return replaced(found.has_value() ? std::optional(*found) : std::nullopt, header.has_value() ? &*header : nullptr,
                  current);
}

}  // namespace hw
