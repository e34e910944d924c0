/// cluster/link/socket_address.h -- addresses and paths as the system's calls take them.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <string>
#include <vector>

#include "cluster/link/peer.h"
#include "engine/base/result.h"

namespace hw::cluster {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t bytes = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

/// All addresses that a name has, in the resolver's order. Errors: SYSCALL of getaddrinfo() with its reason as a note.
/// Blocks: as long as the resolver does; not for a number.
Result<std::vector<SocketAddress>> resolve(const AgentAddress& address);

/// As a number; an IPv4 address inside of IPv6 as IPv4. Of a socket in the file system: empty.
AgentAddress address_of(const SocketAddress& address);
bool is_loopback(const SocketAddress& address);
/// The same for an address as text; false for a name.
bool is_loopback_number(const std::string& host);

/// A path in the file system. sockaddr_un has room for 107 bytes: a longer one goes by way of its folder, which is held
/// open.
class SocketPath {
 public:
  /// Errors: SYSCALL: the folder of a long path cannot be opened; its name is itself too long.
  static Result<SocketPath> make(const std::string& path);
  SocketPath(SocketPath&& other) noexcept;
  SocketPath& operator=(SocketPath&&) = delete;
  ~SocketPath();
  /// Good as long as this is there.
  SocketAddress address() const;

 private:
  SocketPath(std::string text, int folder) : text_(std::move(text)), folder_(folder) {}
  std::string text_;
  int folder_;
};

}  // namespace hw::cluster
