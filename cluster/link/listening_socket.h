/// cluster/link/listening_socket.h -- a socket that listens, at an address or in the file system.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "cluster/link/peer.h"
#include "engine/base/result.h"

namespace hw::cluster {

struct SocketAddress;

/// Closes itself, and takes its name out of the file system. Not blocking.
class ListeningSocket {
 public:
  /// One for each address; the port that a first one was given at port 0 is also that of the others. `what`: for
  /// messages. Errors: SYSCALL with the system's reason.
  static Result<std::vector<ListeningSocket>> at_addresses(const std::vector<SocketAddress>& addresses,
                                                           const std::string& what);
  /// In place of a socket at which nobody listens, and of nothing else; mode 0666. Two processes must not do it at the
  /// same time. Errors: SYSCALL; with errno EADDRINUSE when a process listens there, EEXIST when it is no socket.
  static Result<ListeningSocket> at_path(const std::string& path);

  ListeningSocket(ListeningSocket&& other) noexcept;
  ListeningSocket& operator=(ListeningSocket&&) = delete;
  ~ListeningSocket();

  int fd() const { return fd_; }
  const AgentAddress& address() const { return address_; }  ///< as numbers; of a path: empty

 private:
  explicit ListeningSocket(int fd) : fd_(fd) {}
  static Result<ListeningSocket> open(const SocketAddress& address, const std::string& what);
  Status name_it(const std::string& path);

  int fd_;
  AgentAddress address_;
  std::string path_;
  dev_t device_ = 0;  ///< of the name in the file system, as it was made
  ino_t inode_ = 0;
};

}  // namespace hw::cluster
