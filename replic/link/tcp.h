/// replic/link/tcp.h -- TCP connections and listening ports, over Boost.Asio; the only place that knows it.
///
/// Every wait ends at its deadline, at a wake-up or with the connection. There is no thread and no event loop behind a
/// connection: whoever reads or writes drives the wait itself. The reading and the writing side have an io_context and
/// a descriptor each, so that one thread may read while another one writes.
///
/// Keep-alive probes are GT.M's: five of them five seconds apart after five idle seconds. Small writes are not held
/// back (TCP_NODELAY). Buffers of the kernel are left to its own tuning: a fixed SO_SNDBUF is capped at
/// net.core.wmem_max, which is commonly smaller than what the kernel grows to by itself.
///
/// Asio's exceptions (no descriptors left for an io_context) end here and become REPLCOMM.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "engine/base/bytes.h"
#include "engine/base/result.h"
#include "engine/tls/tls_session.h"

namespace hw {

using Deadline = std::chrono::steady_clock::time_point;

enum class Waited {
  Ready,
  TimedOut,
  Woken  ///< the wake descriptor is readable, or was since the last wait
};

/// What came of the wish to speak TLS.
enum class TlsStart {
  Encrypted,
  NotTls,  ///< the other end has sent something else; the connection is good for closing only
  TimedOut,
  Woken
};

/// One connection. Movable while no thread uses it.
///
/// Thread: one may read and another one write at the same time; `shut_down` and the facts may be called by any. All
/// `wake_fd` of one side must be the same descriptor, or -1 for none.
class TcpStream {
 public:
  TcpStream();
  TcpStream(TcpStream&&) noexcept;
  TcpStream& operator=(TcpStream&&) noexcept;
  ~TcpStream();

  /// Connects to a name, an IPv4 or an IPv6 address (without brackets). A name is looked up at each call; its
  /// addresses are tried in order, each with its share of the time that is left.
  /// Errors: REPLCOMM with the system's reason of the last address; a name that cannot be resolved says so in notes,
  /// errno is 0; errno ECANCELED when `wake_fd` became readable, ETIMEDOUT at the deadline.
  /// Blocks: until the deadline; resolving a name takes as long as the resolver's own limits.
  static Result<TcpStream> connect(const std::string& host, std::uint16_t port, Deadline deadline, int wake_fd);

  /// A connection that exists already, as another process has handed it over. The descriptor is the stream's from now
  /// on, also after a failure. Errors: REPLCOMM when it is no connected socket.
  static Result<TcpStream> adopt(int descriptor);
  /// To hand the connection to another process; it stays this stream's.
  int descriptor() const;

  bool is_open() const { return parts_ != nullptr; }

  /// What is read and written from now on goes encrypted. Before anything else is; not in another thread. Errors:
  /// TLSHANDSHAKE when one end does not accept the other; REPLCOMM.
  Result<TlsStart> start_tls(const TlsContext& context, TlsEnd end, Deadline deadline, int wake_fd);
  /// The first byte that the other end has sent; it stays to be read. Errors: REPLCOMM.
  Result<Waited> peek(char& first, Deadline deadline, int wake_fd);
  /// `TLSv1.3, TLS_AES_256_GCM_SHA384`; empty: plain.
  std::string encryption() const;

  /// Reads at least one byte, at most `room`; `got` is how many, 0 unless Ready.
  /// Errors: REPLCOMM; errno ECONNRESET also for the orderly end; TLSIOERROR.
  Result<Waited> read_some(char* to, std::size_t room, std::size_t& got, Deadline deadline, int wake_fd);
  /// Writes both pieces. Errors: REPLCOMM; errno ETIMEDOUT or ECANCELED when the deadline or a wake-up came before all
  /// was out.
  Status write_all(Bytes head, Bytes rest, Deadline deadline, int wake_fd);

  /// Ends reading and writing on both sides; a thread that waits in either returns with an error.
  void shut_down() const;

  std::string local() const;   ///< `host:port`
  std::string remote() const;  ///< `host:port`
  std::uint64_t send_buffer_bytes() const;
  std::uint64_t receive_buffer_bytes() const;

 private:
  friend class TcpListener;
  struct Side;
  struct Parts;
  explicit TcpStream(std::unique_ptr<Parts> parts);
  Result<Waited> read_raw(char* to, std::size_t room, std::size_t& got, Deadline deadline, int wake_fd);
  Status write_raw(Bytes head, Bytes rest, Deadline deadline, int wake_fd);
  Result<Waited> read_encrypted(char* to, std::size_t room, std::size_t& got, Deadline deadline, int wake_fd);
  Status write_encrypted(Bytes head, Bytes rest, Deadline deadline, int wake_fd);
  std::unique_ptr<Parts> parts_;
};

/// What a server says whose port cannot be had: REPLCOMM with the reason of `cause`, which is TcpListener's.
Error port_taken(const Error& cause, std::uint16_t port);

/// A port that listens, on IPv6 and IPv4 where the machine has both. Thread: one at a time.
class TcpListener {
 public:
  TcpListener();
  TcpListener(TcpListener&&) noexcept;
  TcpListener& operator=(TcpListener&&) noexcept;
  ~TcpListener();

  /// Port 0 takes a free one. Errors: REPLCOMM with the system's reason (EADDRINUSE …).
  static Result<TcpListener> listen(std::uint16_t port);
  std::uint16_t port() const;
  /// The next connection; none at the deadline or at a wake-up. Errors: REPLCOMM.
  Result<std::optional<TcpStream>> accept(Deadline deadline, int wake_fd);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace hw
