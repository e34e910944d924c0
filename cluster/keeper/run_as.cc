#include "cluster/keeper/run_as.h"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <optional>

#include "engine/base/file.h"

namespace hw::cluster {
namespace {

constexpr std::size_t kEntryBytesMax = 1'048'576;
constexpr std::size_t kGroupsMax = 65'536;  // NGROUPS_MAX of the kernel.

/// Calls getpwnam_r or getpwuid_r with a buffer that is large enough.
Result<std::optional<RunAs>> entry(const std::function<int(passwd&, char*, std::size_t, passwd*&)>& look,
                                   const std::string& what) {
  std::string buffer(4096, '\0');
  passwd found{};
  passwd* result = nullptr;
  int rc = 0;
  while ((rc = look(found, buffer.data(), buffer.size(), result)) == ERANGE && buffer.size() < kEntryBytesMax)
    buffer.resize(buffer.size() * 2);
  // Some sources of users answer that there is no such user by an error.
  const bool is_failure = rc != 0 && rc != ENOENT && rc != ESRCH;
  if (result == nullptr && is_failure) return system_error("getpwnam_r()", what, rc);
  if (result == nullptr) return std::optional<RunAs>();
  RunAs user{result->pw_uid, result->pw_gid, {}, result->pw_name, result->pw_dir, result->pw_shell};
  if (user.home.empty()) user.home = "/";
  if (user.shell.empty()) user.shell = "/bin/sh";
  int count = 64;
  for (;;) {
    user.groups.resize(static_cast<std::size_t>(count));
    if (::getgrouplist(result->pw_name, result->pw_gid, user.groups.data(), &count) >= 0) break;
    if (static_cast<std::size_t>(count) > kGroupsMax) return system_error("getgrouplist()", what, E2BIG);
  }
  user.groups.resize(static_cast<std::size_t>(count));
  return std::optional<RunAs>(std::move(user));
}

/// A number without a name is a user all the same: of a container, or of a list that cannot be asked now.
Result<RunAs> user_numbered(uid_t uid, gid_t gid) {
  HW_TRY(std::optional<RunAs> user,
         entry([&](passwd& found, char* buffer, std::size_t bytes,
                   passwd*& result) { return ::getpwuid_r(uid, &found, buffer, bytes, &result); },
               fmt::format("user {}", uid)));
  if (user) return *std::move(user);
  return RunAs{uid, gid, {gid}, fmt::format("{}", uid)};
}

}  // namespace

Result<RunAs> own_user() { return user_numbered(::geteuid(), ::getegid()); }

Result<std::optional<RunAs>> user_named(const std::string& name) {
  return entry([&](passwd& found, char* buffer, std::size_t bytes,
                   passwd*& result) { return ::getpwnam_r(name.c_str(), &found, buffer, bytes, &result); },
               name);
}

Result<RunAs> owner_of(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return system_error("stat()", path);
  return user_numbered(info.st_uid, info.st_gid);
}

Result<RunAs> user_of_server(std::string_view server, const std::string& instance_folder,
                             const std::string& configured) {
  HW_TRY(const RunAs own, own_user());
  HW_TRY(const RunAs owner, owner_of(instance_folder));
  RunAs user = own.uid == 0 ? owner : own;
  if (!configured.empty()) {
    HW_TRY(std::optional<RunAs> named, user_named(configured));
    if (!named)
      return make_error<MsgId::HWDENIED>(own.name, fmt::format("start {} as {}", server, configured))
          .note(fmt::format("There is no user {}", configured));
    user = *std::move(named);
  }
  const std::string deed = fmt::format("start {} as {}", server, user.name);
  if (own.uid != 0 && user.uid != own.uid) return make_error<MsgId::HWDENIED>(own.name, deed);
  if (own.uid == 0 && user.uid == 0 && owner.uid != 0)
    return make_error<MsgId::HWDENIED>(own.name, deed)
        .note(fmt::format("{} belongs to {}; nothing runs as root there", instance_folder, owner.name));
  return user;
}

}  // namespace hw::cluster
