#include "cluster/link/listening_socket.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "cluster/link/socket_address.h"
#include "engine/base/file.h"

namespace hw::cluster {
namespace {

constexpr int kBacklog = 128;

/// Whether a process listens at the path: a socket file outlives its process.
Result<bool> somebody_listens(const SocketAddress& address, const std::string& path) {
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (probe < 0) return system_error("socket()", path);
  const bool connected = ::connect(probe, address.get(), address.bytes) == 0;
  const int reason = errno;
  ::close(probe);
  // A socket with a full queue is in use, too.
  if (connected || reason == EAGAIN) return true;
  if (reason == ECONNREFUSED || reason == ENOENT) return false;
  return system_error("connect()", path, reason);
}

Status clear_path(const SocketAddress& address, const std::string& path) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) {
    if (errno == ENOENT) return {};
    return system_error("lstat()", path);
  }
  if (!S_ISSOCK(found.st_mode)) return system_error("bind()", path, EEXIST);
  HW_TRY(const bool taken, somebody_listens(address, path));
  if (taken) return system_error("bind()", path, EADDRINUSE);
  return remove_file(path);
}

}  // namespace

Result<ListeningSocket> ListeningSocket::open(const SocketAddress& address, const std::string& what) {
  const int family = address.storage.ss_family;
  const int fd = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return system_error("socket()", what);
  ListeningSocket out(fd);
  const int yes = 1;
  if (family != AF_UNIX && ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0)
    return system_error("setsockopt()", what);
  if (family == AF_INET6 && ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes) != 0)
    return system_error("setsockopt()", what);
  if (::bind(fd, address.get(), address.bytes) != 0) return system_error("bind()", what);
  return out;
}

Result<std::vector<ListeningSocket>> ListeningSocket::at_addresses(const std::vector<SocketAddress>& addresses,
                                                                   const std::string& what) {
  std::vector<ListeningSocket> out;
  in_port_t port = 0;
  for (SocketAddress each : addresses) {
    // At the same offset in both families.
    in_port_t& wanted = reinterpret_cast<sockaddr_in&>(each.storage).sin_port;
    if (wanted == 0) wanted = port;
    HW_TRY(ListeningSocket one, open(each, what));
    if (::listen(one.fd_, kBacklog) != 0) return system_error("listen()", what);
    each.bytes = sizeof each.storage;
    if (::getsockname(one.fd_, reinterpret_cast<sockaddr*>(&each.storage), &each.bytes) != 0)
      return system_error("getsockname()", what);
    one.address_ = address_of(each);
    port = wanted;
    out.push_back(std::move(one));
  }
  return out;
}

Result<ListeningSocket> ListeningSocket::at_path(const std::string& path) {
  HW_TRY(const SocketPath name, SocketPath::make(path));
  const SocketAddress address = name.address();
  HW_TRY_VOID(clear_path(address, path));
  HW_TRY(ListeningSocket out, open(address, path));
  HW_TRY_VOID(out.name_it(path));
  if (::listen(out.fd_, kBacklog) != 0) return system_error("listen()", path);
  return out;
}

Status ListeningSocket::name_it(const std::string& path) {
  path_ = path;
  struct stat made {};
  if (::lstat(path.c_str(), &made) != 0) return system_error("lstat()", path);
  device_ = made.st_dev;
  inode_ = made.st_ino;
  // Whatever the umask is: the peer's user decides what it may do.
  if (::chmod(path.c_str(), 0666) != 0) return system_error("chmod()", path);
  return {};
}

ListeningSocket::ListeningSocket(ListeningSocket&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      address_(std::move(other.address_)),
      path_(std::move(other.path_)),
      device_(other.device_),
      inode_(other.inode_) {}

ListeningSocket::~ListeningSocket() {
  if (fd_ < 0) return;
  ::close(fd_);
  struct stat found {};
  const bool is_ours = !path_.empty() && ::lstat(path_.c_str(), &found) == 0 && found.st_dev == device_ &&
                       found.st_ino == inode_ && S_ISSOCK(found.st_mode);
  // One that stays is taken away by the next who listens there.
  if (is_ours) (void)::unlink(path_.c_str());
}

}  // namespace hw::cluster
