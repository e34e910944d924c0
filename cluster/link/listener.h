/// cluster/link/listener.h -- takes the connections that come to a listening socket.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "cluster/link/link_loop.h"
#include "cluster/link/listening_socket.h"

namespace hw::cluster {

/// Thread: the loop's. Waits in it until `stop`.
class Listener final : public std::enable_shared_from_this<Listener> {
 public:
  /// `socket` is the callee's. `from` is empty for a socket in the file system.
  using Accepted = std::function<void(int socket, const AgentAddress& from)>;
  /// Errors: SYSCALL: the loop cannot watch the socket.
  static Result<std::shared_ptr<Listener>> start(std::shared_ptr<LinkLoop> loop, ListeningSocket socket,
                                                 Accepted accepted);
  ~Listener();

  const AgentAddress& address() const { return address_; }
  /// Nobody listens there any more.
  void stop();

 private:
  struct Waits;
  Listener(std::shared_ptr<LinkLoop> loop, ListeningSocket socket, Accepted accepted);
  void wait();
  void accept_all();
  void wait_for_descriptors();

  std::shared_ptr<LinkLoop> loop_;
  const AgentAddress address_;
  std::optional<ListeningSocket> socket_;  ///< until it is stopped
  Accepted accepted_;
  std::unique_ptr<Waits> waits_;
};

}  // namespace hw::cluster
