#include "engine/base/file_rights.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#include "engine/base/file_kind.h"

namespace hw {
namespace {

constexpr mode_t kReadWriteBits = 0666;

// An access control list as the kernel stores it: a version word, then entries of tag, permissions and id.
constexpr char kAclName[] = "system.posix_acl_access";
constexpr std::size_t kAclBytesMax = 65'536;
constexpr std::size_t kAclHeaderBytes = 4;
constexpr std::size_t kAclEntryBytes = 8;
enum AclTag : std::uint16_t {
  kUserObject = 0x01,
  kUser = 0x02,
  kGroupObject = 0x04,
  kGroup = 0x08,
  kMask = 0x10,
  kOther = 0x20
};
struct AclEntry {
  std::uint16_t tag = 0;
  std::uint16_t permissions = 0;
  std::uint32_t id = 0xFFFFFFFF;
};
static_assert(sizeof(AclEntry) == kAclEntryBytes);

std::string acl_of(const File& file) {
  std::string acl(kAclBytesMax, '\0');
  const ssize_t got = ::fgetxattr(file.fd(), kAclName, acl.data(), acl.size());
  // No list, or a file system without any.
  const bool whole = got > static_cast<ssize_t>(kAclHeaderBytes) && (got - kAclHeaderBytes) % kAclEntryBytes == 0;
  acl.resize(whole ? static_cast<std::size_t>(got) : 0);
  return acl;
}

/// Calls `change(tag, permissions)` for each entry.
template <typename Change>
void for_each_entry(std::string& acl, const Change& change) {
  for (std::size_t at = kAclHeaderBytes; at + kAclEntryBytes <= acl.size(); at += kAclEntryBytes) {
    std::uint16_t tag = 0;
    std::uint16_t permissions = 0;
    std::memcpy(&tag, acl.data() + at, sizeof tag);
    std::memcpy(&permissions, acl.data() + at + 2, sizeof permissions);
    change(tag, permissions);
    std::memcpy(acl.data() + at + 2, &permissions, sizeof permissions);
  }
}

FileRights rights_in(const struct stat& info, const File& file) {
  FileRights rights{info.st_uid, info.st_gid, info.st_mode & kReadWriteBits, acl_of(file)};
  if (rights.acl.empty()) return rights;
  // The mode's group bits are the list's mask: more than the group may.
  std::uint16_t group = 0;
  std::uint16_t mask = 07;
  for_each_entry(rights.acl, [&](std::uint16_t tag, std::uint16_t permissions) {
    if (tag == kGroupObject) group = permissions;
    if (tag == kMask) mask = permissions;
  });
  rights.mode = (rights.mode & ~mode_t{070}) | (static_cast<mode_t>(group & mask & 06) << 3);
  return rights;
}

mode_t process_umask() {
  // umask() cannot be asked without being set, which would race with other threads; the kernel also tells it here.
  constexpr mode_t kPrivate = 077;
  const auto file = File::open("/proc/self/status", O_RDONLY);
  if (!file.has_value()) return kPrivate;
  std::string status(4096, '\0');  // The second line; the file's size says 0.
  const ssize_t got = ::pread(file->fd(), status.data(), status.size(), 0);
  status.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  constexpr std::string_view kLabel = "\nUmask:";
  const auto at = status.find(kLabel);
  if (at == std::string::npos) return kPrivate;
  return static_cast<mode_t>(std::strtoul(status.c_str() + at + kLabel.size(), nullptr, 8));
}

mode_t wanted_mode(mode_t model, Likeness likeness) {
  switch (likeness) {
    case Likeness::Same:
      return model;
    case Likeness::Shared:
      return model | ((model & 0444) >> 1);
    case Likeness::Narrow:
      return model & ~process_umask();
  }
  return 0600;
}

/// Empty where there is to be none.
std::string wanted_acl(std::string acl, Likeness likeness) {
  if (likeness == Likeness::Narrow) return {};
  if (likeness == Likeness::Shared)
    for_each_entry(acl, [](std::uint16_t, std::uint16_t& permissions) { permissions |= (permissions & 04) >> 1; });
  return acl;
}

/// The list, or what the mode says, for a file whose maker may give it neither owner nor group: names them in their
/// stead.
std::string naming_owners(const std::string& acl, mode_t mode, const FileRights& model) {
  const auto bits = [&](unsigned shift) { return static_cast<std::uint16_t>((mode >> shift) & 07); };
  std::vector<AclEntry> entries = {{kUserObject, bits(6)}, {kGroupObject, bits(3)}, {kOther, bits(0)}};
  if (!acl.empty()) {
    entries.resize((acl.size() - kAclHeaderBytes) / kAclEntryBytes);
    std::memcpy(entries.data(), acl.data() + kAclHeaderBytes, entries.size() * kAclEntryBytes);
  }
  std::uint16_t owner = 0;
  std::uint16_t group = 0;
  std::uint16_t others = 0;
  std::uint16_t mask = 07;
  for (const AclEntry& entry : entries) {
    if (entry.tag == kUserObject) owner = entry.permissions;
    if (entry.tag == kGroupObject) group = entry.permissions;
    if (entry.tag == kMask) mask = entry.permissions;
    if (entry.tag == kOther) others = entry.permissions;
  }
  std::erase_if(entries, [&](const AclEntry& entry) {
    return entry.tag == kMask || (entry.tag == kUser && entry.id == model.user) ||
           (entry.tag == kGroup && entry.id == model.group);
  });
  for (AclEntry& entry : entries) {
    if (entry.tag == kGroupObject) entry.permissions &= others;  // It is the maker's group, a stranger.
    if (entry.tag == kUser || entry.tag == kGroup) entry.permissions &= mask;
  }
  entries.push_back({kUser, owner, model.user});
  entries.push_back({kGroup, static_cast<std::uint16_t>(group & mask), model.group});
  entries.push_back({kMask, 06});
  std::ranges::sort(entries, {}, [](const AclEntry& entry) { return std::pair(entry.tag, entry.id); });
  constexpr std::uint32_t kAclVersion = 2;
  std::string named(kAclHeaderBytes + entries.size() * kAclEntryBytes, '\0');
  std::memcpy(named.data(), &kAclVersion, sizeof kAclVersion);
  std::memcpy(named.data() + kAclHeaderBytes, entries.data(), entries.size() * kAclEntryBytes);
  return named;
}

/// The group's share may be no more than everybody's where the group is another one.
mode_t without_group(mode_t mode) { return (mode & ~mode_t{070}) | (mode & ((mode & 07) << 3)); }

}  // namespace

bool may_not_write(const Error& error) {
  return error.os_errno == EACCES || error.os_errno == EROFS || error.os_errno == EPERM;
}

Result<FileRights> rights_of(const std::string& path) {
  // O_PATH would do for the mode, not for the list.
  const auto file = File::open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (file.has_value()) return rights_of(*file);
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return system_error("stat()", path);
  return FileRights{info.st_uid, info.st_gid, info.st_mode & kReadWriteBits, {}};
}

Result<FileRights> rights_of(const File& file) {
  struct stat info {};
  if (::fstat(file.fd(), &info) != 0) return system_error("fstat()", file.path());
  return rights_in(info, file);
}

FileRights common_rights(std::span<const FileRights> models) {
  HW_CHECK(!models.empty());
  FileRights common = models.front();
  bool one_user = true;
  bool one_group = true;
  for (const FileRights& model : models) {
    common.mode &= model.mode;
    one_user = one_user && model.user == common.user;
    one_group = one_group && model.group == common.group;
    if (model.acl != common.acl) common.acl.clear();
  }
  if (!one_user) common.user = ::geteuid();
  if (!one_group) {
    common.group = ::getegid();
    common.mode = without_group(common.mode);
  }
  return common;
}

namespace {

/// A file system without owners and modes, as some that are mounted by FUSE: who may use its files is said by its
/// mount.
bool has_no_rights(int number) { return number == ENOSYS || number == EOPNOTSUPP; }

/// What the kernel refuses to who may not give it (EPERM), and what a user name space does not know (EINVAL).
bool may_not_be_given(int number) { return number == EPERM || number == EINVAL || has_no_rights(number); }

/// Owner, group and mode as they are, and what they shall be.
struct Likening {
  const File& file;
  struct stat info;
  mode_t mode;
  std::string acl;
};

/// A file of another owner's is left as it is by root, too, where that lacks the right (CAP_FOWNER).
Status give_mode(const Likening& to, Likeness likeness) {
  const bool others = to.info.st_uid != ::geteuid();
  const std::string present = acl_of(to.file);
  if (!to.acl.empty() && to.acl == present) return {};
  const bool inherited = to.acl.empty() && !present.empty() && likeness != Likeness::Narrow;  // From its folder.
  if (inherited && ::fremovexattr(to.file.fd(), kAclName) != 0 && !(others && errno == EPERM))
    return system_error("fremovexattr()", to.file.path());
  if ((inherited || (to.info.st_mode & 07777) != to.mode) && ::fchmod(to.file.fd(), to.mode) != 0 &&
      !(others && errno == EPERM) && !has_no_rights(errno))
    return system_error("fchmod()", to.file.path());
  // Where it cannot be given, those whom it names have no rights: the mode is the narrower of the two.
  if (!to.acl.empty()) (void)::fsetxattr(to.file.fd(), kAclName, to.acl.data(), to.acl.size(), 0);
  return {};
}

}  // namespace

Status make_like(const File& file, const FileRights& model, Likeness likeness) {
  struct stat info {};
  if (::fstat(file.fd(), &info) != 0) return system_error("fstat()", file.path());
  const bool root = ::geteuid() == 0;
  if (!root && info.st_uid != ::geteuid()) return {};
  Likening to{file, info, wanted_mode(model.mode, likeness), wanted_acl(model.acl, likeness)};
  // The group before the mode: no user of another one may look in meanwhile.
  if (info.st_gid != model.group && ::fchown(file.fd(), static_cast<uid_t>(-1), model.group) != 0) {
    if (!may_not_be_given(errno)) return system_error("fchown()", file.path());
    if (likeness != Likeness::Narrow) to.acl = naming_owners(to.acl, to.mode, model);
    to.mode = without_group(to.mode);
  }
  HW_TRY_VOID(give_mode(to, likeness));
  // The owner last: who may give a file away (CAP_CHOWN) may not always change the mode of another's (CAP_FOWNER).
  if (!root || info.st_uid == model.user || ::fchown(file.fd(), model.user, static_cast<gid_t>(-1)) == 0) return {};
  return may_not_be_given(errno) ? Status() : system_error("fchown()", file.path());
}

Result<File> create_like(const std::string& path, const FileRights& model, Likeness likeness) {
  // Without a name until it is as it has to be: whoever finds it may use it at once.
  auto unnamed = File::open(folder_of(path), O_TMPFILE | O_RDWR, 0600);
  if (unnamed.has_value()) {
    HW_TRY_VOID(make_like(*unnamed, model, likeness));
    const std::string handle = fmt::format("/proc/self/fd/{}", unnamed->fd());
    if (::linkat(AT_FDCWD, handle.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) == 0) {
      // The same file again, under its name; no other program can have replaced it by one that this process did not
      // make.
      HW_TRY(File named, File::open(path, O_RDWR | O_NOFOLLOW));
      return named;
    }
    if (errno == EEXIST) return system_error("open()", path);
  }
  // A file system without files that have no name.
  HW_TRY(File file, File::open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600));
  if (Status status = make_like(file, model, likeness); !status.has_value()) {
    ::unlink(path.c_str());
    return std::move(status).error();
  }
  return file;
}

Result<File> open_or_create_like(const std::string& path, const FileRights& model, Likeness likeness) {
  for (;;) {
    // Not with O_CREAT: in a folder like /tmp the kernel refuses that for other users' files.
    auto file = File::open(path, O_RDWR);
    if (!file.has_value() && file.error().os_errno == ENOENT) {
      file = create_like(path, model, likeness);
      if (file.has_value() || file.error().os_errno != EEXIST) return file;
      struct stat info {};
      if (::lstat(path.c_str(), &info) == 0 && S_ISLNK(info.st_mode) && !file_exists(path))
        return system_error("open()", path, ENOENT).note("It is a symbolic link that leads nowhere");
      continue;  // Made by another process just now.
    }
    if (!file.has_value()) return file;
    HW_TRY_VOID(make_like(*file, model, likeness));
    return file;
  }
}

Result<File> replace_like(const std::string& path, const FileRights& model, Likeness likeness) {
  HW_TRY_VOID(remove_left_over(path));
  return create_like(path, model, likeness);
}

}  // namespace hw
