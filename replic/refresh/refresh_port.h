/// replic/refresh/refresh_port.h -- -refreshport of a source server: where other instances ask for a copy of this one.
///
/// A thread of its own accepts, so that neither a stream nor a connection attempt to the secondary waits for it, and
/// hands every connection to a process of its own (replic/refresh/refresh_sender.h), so that a copy disturbs the server
/// in nothing. One more than kRefreshesMax at once is told to come again. The processes end with the server.
#pragma once

#include <sys/types.h>

#include <string>
#include <thread>
#include <vector>

#include "engine/base/denial_log.h"
#include "replic/link/tcp.h"
#include "replic/process/server_log.h"
#include "replic/process/wake_up.h"

namespace hw {

/// Thread: the server's main thread.
class RefreshPort {
 public:
  /// `command` is a program and its arguments that become the sender, which speaks TLS when that is `encrypted`. `log`
  /// must outlive the object.
  RefreshPort(std::vector<std::string> command, bool encrypted, ServerLog& log)
      : command_(std::move(command)), encrypted_(encrypted), log_(log) {}
  ~RefreshPort() { close(); }
  RefreshPort(const RefreshPort&) = delete;
  RefreshPort& operator=(const RefreshPort&) = delete;

  /// Takes the port; connections wait for serve(). Errors: REPLCOMM naming a port that cannot be had.
  Status listen(std::uint16_t port);
  /// From here on senders are made. Errors: SYSCALL when the system allows no thread. Blocks: never.
  Status serve();
  /// Gives the port back and ends the senders. Blocks: until they have ended, seconds.
  void close();

 private:
  void run();
  struct Sender {
    pid_t pid = 0;
    std::string remote;
  };
  Status start_sender(const TcpStream& stream);
  void turn_away(TcpStream stream);
  void collect(bool wait);
  void tell_end(const Sender& sender, int status);

  const std::vector<std::string> command_;
  const bool encrypted_;
  ServerLog& log_;
  WakeUp stop_;
  TcpListener listener_;
  std::vector<Sender> senders_;  ///< the thread's
  DenialLog denials_;            ///< the thread's
  std::thread thread_;
};

}  // namespace hw
