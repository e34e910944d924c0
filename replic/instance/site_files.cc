#include "replic/instance/site_files.h"

#include <algorithm>
#include <filesystem>
#include <string_view>

#include "engine/base/file.h"
#include "engine/base/output_path.h"
#include "engine/region/presence.h"
#include "replic/instance/instance.h"

namespace hw {
namespace {

/// The names that are made of a database's. `-ckpt_new` is a temporary one of `-ckpt`.
constexpr std::string_view kSideNames[] = {"-ckpt", "-ckpt_new", "-ctl", "-lock", "-bkup", "-redo"};

/// Two names of one file, or of one that is still to come.
bool is_same(const std::string& one, const std::string& other) {
  std::error_code unknown;
  if (std::filesystem::equivalent(one, other, unknown)) return true;
  const auto first = std::filesystem::weakly_canonical(one, unknown);
  if (unknown) return one == other;
  const auto second = std::filesystem::weakly_canonical(other, unknown);
  return !unknown && first == second;
}

Error stays(const std::string& path, std::string_view why) { return make_error<MsgId::FILEEXISTS>(path).note(why); }

/// A pool that uses the file; not one whose file this is a copy of. Beside a live site a copy gives HWUNSEEN, too.
bool has_pool(const std::string& instance_file) {
  const auto pool = find_pool(instance_file);
  if (!pool.has_value()) return false;
  const auto own = identity_of(instance_file);
  const auto user = identity_of(std::string(pool->header().instance_file.view()));
  return own.has_value() && user.has_value() && *own == *user;
}

/// Also by an instance whose pool this user, or this IPC name space, cannot see. Errors: REPLINSTACC.
Result<bool> is_in_use(const std::string& instance_file) {
  if (has_pool(instance_file)) return true;
  return is_present(instance_file);
}

}  // namespace

std::string database_beside(const std::string& path) {
  for (const std::string_view end : kSideNames) {
    if (!path.ends_with(end)) continue;
    std::string database = path.substr(0, path.size() - end.size());
    const auto kind = kind_of_file(database);
    if (kind.has_value() && *kind == FileKind::Database) return database;
  }
  return {};
}

SiteFiles::SiteFiles(const GlobalDirectory* directory, const std::string& instance_file) {
  if (!instance_file.empty()) files_.push_back(instance_file);
  if (directory == nullptr) return;
  files_.push_back(directory->path());
  for (const Region& region : directory->regions()) {
    files_.push_back(directory->database_path(region));
    files_.push_back(directory->journal_path(region));
  }
}

Status SiteFiles::check_is_none(const std::string& path) const {
  const auto own = std::ranges::find_if(files_, [&](const std::string& file) { return is_same(file, path); });
  if (own != files_.end()) {
    return make_error<MsgId::MUSELFBKUP>(*own).note(fmt::format("{} is a file of this site", path));
  }
  std::error_code unknown;
  const auto resolved = std::filesystem::weakly_canonical(path, unknown);
  const std::string database = database_beside(unknown ? path : resolved.string());
  if (database.empty()) return {};
  return make_error<MsgId::MUSELFBKUP>(database).note(fmt::format("{} is the name of a file that belongs to it", path));
}

Result<Replaceable> Replaceable::take(const std::string& path, FileKind kind) {
  Replaceable taken;
  const OutputPath to = output_path(path);
  if (Status is_file = to.check_is_file(); !is_file.has_value())
    return rename_error<MsgId::FILEEXISTS>(std::move(is_file).error(), path);
  if (to.path != path) return stays(path, "It has become a symbolic link");
  const auto found = kind_of_file(path);
  if (!found.has_value() && found.error().os_errno == ENOENT) return taken;
  if (!found.has_value() || (*found != kind && *found != FileKind::Empty))
    return stays(path, "It is not what the backup makes, and is left as it is");
  if (*found == FileKind::Instance) {
    HW_TRY(const bool used, is_in_use(path));
    if (used) return stays(path, "The instance is in use");
  }
  if (*found != FileKind::Database) return taken;
  if (file_exists(path + "-ctl")) {
    HW_TRY(taken.control_, ControlFile::open(path));
    HW_TRY_VOID(taken.control_.wait_exclusive(ControlFile::Lock::Attaching));
  }
  HW_TRY(const bool open, is_open_by_any_name(path));
  if (open) return stays(path, "Processes have the database open");
  return taken;
}

}  // namespace hw
