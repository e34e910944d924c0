#include "cluster/link/local_peer.h"

#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

#include "engine/base/file.h"

namespace hw::cluster {
namespace {

constexpr std::size_t kEntryBytesMax = 1 << 20;  // A group's entry lists all its members.

/// Calls get(entry, buffer, result) with as much room as it needs. False when there is no such entry.
template <typename Entry, typename Get>
bool look_up(Entry& entry, std::vector<char>& room, Get get) {
  for (std::size_t bytes = 4096; bytes <= kEntryBytesMax; bytes *= 2) {
    room.resize(bytes);
    Entry* found = nullptr;
    const int failed = get(&entry, room.data(), room.size(), &found);
    if (failed != ERANGE) return found != nullptr;
  }
  return false;
}

bool is_member(const passwd& user, gid_t group) {
  std::vector<gid_t> groups(64);
  for (;;) {
    int count = static_cast<int>(groups.size());
    if (::getgrouplist(user.pw_name, user.pw_gid, groups.data(), &count) >= 0) {
      groups.resize(static_cast<std::size_t>(count));
      return std::ranges::find(groups, group) != groups.end();
    }
    groups.resize(std::max(groups.size() * 2, static_cast<std::size_t>(count)));
  }
}

bool is_operator(const passwd& user, const std::string& operator_group) {
  group entry{};
  std::vector<char> room;
  const bool found = look_up(entry, room, [&](group* to, char* at, std::size_t bytes, group** result) {
    return ::getgrnam_r(operator_group.c_str(), to, at, bytes, result);
  });
  return found && is_member(user, entry.gr_gid);
}

}  // namespace

Result<Peer> local_peer(int socket, const std::string& operator_group) {
  ucred who{};
  socklen_t bytes = sizeof who;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &who, &bytes) != 0)
    return system_error("getsockopt()", "SO_PEERCRED");
  Peer out;
  out.way = PeerWay::Socket;
  out.uid = who.uid;
  out.pid = who.pid;
  passwd user{};
  std::vector<char> room;
  const bool known = look_up(user, room, [&](passwd* to, char* at, std::size_t room_bytes, passwd** result) {
    return ::getpwuid_r(who.uid, to, at, room_bytes, result);
  });
  out.name = known ? user.pw_name : fmt::format("uid {}", who.uid);
  if (who.uid == 0 || who.uid == ::geteuid())
    out.rights = Rights::All;
  else if (known && is_operator(user, operator_group))
    out.rights = Rights::Operate;
  return out;
}

}  // namespace hw::cluster
