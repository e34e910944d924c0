#include "engine/base/file_kind.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

#include "engine/base/file.h"

namespace hw {
namespace {

constexpr std::size_t kBeginBytes = 8192;
constexpr std::size_t kSectorBytes = 512;  ///< a power loss takes the whole of it, or nothing
constexpr std::string_view kLmdbMagic = "\xDE\xC0\xEF\xBE";

struct Label {
  FileKind kind;
  std::size_t offset;
  std::string_view text;
};

/// Without the version's last digits where all versions are alike in what may be done to them.
constexpr std::array kLabels = {
    Label{FileKind::Database, 16, kLmdbMagic},         // After the header of the first meta page, and
    Label{FileKind::Database, 4096 + 16, kLmdbMagic},  // of the second: a power loss may take one of them.
    Label{FileKind::DatabaseLock, 0, kLmdbMagic},
    Label{FileKind::Control, 8, "HWCTL"},
    Label{FileKind::Control, 4096 + 8, "HWCTL"},  // Its other copy.
    Label{FileKind::BackupMarks, 8, "HWBKUP"},
    Label{FileKind::Journal, 8, "HWJNL"},
    Label{FileKind::Increment, 8, "HWINCR"},
    Label{FileKind::Instance, 0, "HWREPL"},
    Label{FileKind::Instance, 0, "HWDUAL"},
    Label{FileKind::GlobalDirectory, 0, "Headwater global directory "},
    Label{FileKind::JournalExtract, 0, "GDSJEX"},
    Label{FileKind::JournalExtract, 0, "GDSJDX"},
    Label{FileKind::Extract, 0, "GT.M MUPIP EXTRACT"},
    Label{FileKind::Extract, 0, "HWXTRC"},
    Label{FileKind::GdeCommands, 0, "TEMPLATE "},
    Label{FileKind::Agent, 0, "HWPT"},
    Label{FileKind::Agent, 0, "{\"format\":"},
    Label{FileKind::Agent, 0, "{\"node\":"},
    Label{FileKind::Agent, 0, "headwater generation "},
};

/// Whether a process of ours gives files of this kind a temporary name first.
bool is_made_under_another_name(FileKind kind) {
  return kind == FileKind::Database || kind == FileKind::Journal || kind == FileKind::Increment ||
         kind == FileKind::Instance || kind == FileKind::JournalExtract || kind == FileKind::Agent ||
         kind == FileKind::Empty || kind == FileKind::Zeros;
}

std::string_view word_of(mode_t mode) {
  if (S_ISLNK(mode)) return "a symbolic link";
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a pipe";
  return S_ISSOCK(mode) ? "a socket" : "a device";
}

}  // namespace

FileKind kind_of_bytes(Bytes begin) {
  if (begin.empty()) return FileKind::Empty;
  const std::string_view text = as_text(begin);
  for (const Label& label : kLabels)
    if (text.size() >= label.offset && text.substr(label.offset).starts_with(label.text)) return label.kind;
  const Bytes sector = begin.first(std::min(begin.size(), kSectorBytes));
  const bool zeros = std::ranges::all_of(sector, [](std::byte one) { return one == std::byte{0}; });
  return zeros ? FileKind::Zeros : FileKind::Other;
}

Result<FileKind> kind_of_file(const std::string& path) {
  HW_TRY(const File file, File::open(path, O_RDONLY));
  HW_TRY(const std::uint64_t bytes, file.size());
  std::vector<std::byte> begin(std::min<std::uint64_t>(bytes, kBeginBytes));
  HW_TRY_VOID(file.read_exact(0, begin));
  return kind_of_bytes(begin);
}

Status check_replaceable(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0 || S_ISREG(info.st_mode)) return {};
  return system_error("open()", path, EEXIST)
      .note(fmt::format("{} is {}, not a file, and is not replaced by one: move it away", path, word_of(info.st_mode)));
}

Status remove_replaceable(const std::string& path) {
  HW_TRY_VOID(check_replaceable(path));
  return remove_file(path);
}

bool is_left_over(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return false;
  const auto kind = kind_of_file(path);
  return kind.has_value() && is_made_under_another_name(*kind);
}

Status check_left_over(const std::string& path) {
  struct stat info {};
  if (is_left_over(path)) return {};
  if (::lstat(path.c_str(), &info) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return {};  // Whoever makes it is told what is wrong with its folder.
    return system_error("lstat()", path);
  }
  return system_error("open()", path, EEXIST)
      .note(fmt::format("{} is in the way of a temporary file. No process of ours left it: move it away", path));
}

Status remove_left_over(const std::string& path) {
  HW_TRY_VOID(check_left_over(path));
  return remove_file(path);
}

}  // namespace hw
