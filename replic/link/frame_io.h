/// replic/link/frame_io.h -- frames of replic/link/wire.h over a TCP connection (replic/link/tcp.h).
///
/// Bytes of the other end are never trusted: a header is checked before its body is allocated, a body
/// grows with what arrives, an inflated one is bounded by what its header said.
///
/// Thread: one thread may read and at the same time another one write. `shut_down` may be called by any.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "engine/base/result.h"
#include "replic/link/link_tls.h"
#include "replic/link/tcp.h"
#include "replic/link/wire.h"
#include "replic/process/wake_up.h"

namespace hw {

/// One frame as it came. The parts of a Transactions message point into `body`: keep both together.
struct ReceivedFrame {
  Message message;
  std::uint16_t level = 0;
  std::uint64_t wire_bytes = 0;  ///< header and body as sent
  std::string body;              ///< inflated
};

enum class FrameRead {
  Frame,
  NotInflated,  ///< a whole frame came whose compressed body could not be inflated; the next one can be read
  TimedOut,     ///< what has come is kept; call again
  Woken         ///< the wake descriptor is or was readable; as TimedOut
};

/// One connection. Movable while no thread uses it.
class FrameConnection {
 public:
  FrameConnection();
  FrameConnection(FrameConnection&&) noexcept;
  FrameConnection& operator=(FrameConnection&&) noexcept;
  ~FrameConnection();

  /// As TcpStream::connect.
  static Result<FrameConnection> connect(const std::string& host, std::uint16_t port, Deadline deadline,
                                         int wake_fd = -1);
  /// As LinkTls::connect.
  static Result<FrameConnection> connect(LinkTls& tls, const std::string& host, std::uint16_t port, Deadline deadline,
                                         int wake_fd = -1);
  explicit FrameConnection(TcpStream stream);

  bool is_open() const;

  /// Reads the next frame. Transactions are decoded into their pieces, not further.
  /// Errors: REPLCOMM when the connection is lost (errno ECONNRESET also for its orderly end), with a note when that
  /// was inside a frame; HWREPLPROTO for bytes that are no frame or no message. After an error the connection is only
  /// good for closing.
  Result<FrameRead> read(ReceivedFrame& out, Deadline deadline, int wake_fd = -1);

  /// Writes one message, as it is. Errors: REPLCOMM when the connection is lost or the deadline came with the frame
  /// partly out (errno ETIMEDOUT), or `wake_fd` became readable before all was out (errno ECANCELED).
  Status write(std::uint16_t level, const Message& message, Deadline deadline, int wake_fd = -1);
  /// Writes one message whose body is encoded already; compresses it when a level is set and it gets smaller. Errors:
  /// those of write.
  Status write_body(std::uint16_t level, WireType type, Bytes body, Deadline deadline, int wake_fd = -1);

  /// zstd level 1 to 9 for write_body; 0, the default: none. Writing thread.
  void set_compression(std::uint32_t zstd_level);

  /// Ends reading and writing on both sides; a thread that waits in read or write returns with an error.
  void shut_down() const;

  std::string encryption() const;  ///< as TcpStream's
  std::string local() const;       ///< `host:port`
  std::string remote() const;      ///< `host:port`
  std::uint64_t send_buffer_bytes() const;
  std::uint64_t receive_buffer_bytes() const;
  /// Bytes that were to be sent, and that were after compression; headers included. Any thread.
  std::uint64_t plain_bytes_sent() const;
  std::uint64_t wire_bytes_sent() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// A port that listens, IPv6 and IPv4 where the machine has both. Thread: one at a time.
class FrameListener {
 public:
  /// As TcpListener.
  static Result<FrameListener> listen(std::uint16_t port);
  std::uint16_t port() const { return listener_.port(); }
  Result<std::optional<FrameConnection>> accept(Deadline deadline, int wake_fd = -1);
  /// The same, as LinkTls::accept; none also for a connection that it does not let in.
  Result<std::optional<FrameConnection>> accept(LinkTls& tls, Deadline deadline, int wake_fd = -1);

 private:
  TcpListener listener_;
};

/// `Status = 104 ; Connection reset by peer`, as logs say why a connection ended, then its notes.
std::string connection_end(const Error& error);

}  // namespace hw
