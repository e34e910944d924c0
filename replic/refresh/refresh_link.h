/// replic/refresh/refresh_link.h -- messages of replic/refresh/refresh_wire.h over a TCP connection, at either end.
///
/// What the other end says is never trusted, and neither is that it says anything: every wait ends when no byte has
/// come, or gone, for as long as `silence`.
#pragma once

#include <chrono>
#include <string>

#include "journal/compression.h"
#include "replic/link/tcp.h"
#include "replic/refresh/refresh_wire.h"

namespace hw {

/// How long a refusal may take to reach the other end. Short: an instance that many ask serves no other meanwhile.
inline constexpr std::chrono::seconds kRefusalHeard{1};

/// Thread: one may read and another one write at the same time.
class RefreshLink {
 public:
  /// `stop_fd` becomes readable when this process is to end; -1: never.
  RefreshLink(TcpStream stream, std::chrono::milliseconds silence, int stop_fd);

  /// The next message; a Piece is good until the next call.
  /// Errors: REPLCOMM or TLSIOERROR when the connection is lost, errno ETIMEDOUT for silence, ECANCELED for `stop_fd`;
  /// HWREPLPROTO for bytes that are no message; HWREFRESHPEER with what it says when it is a Refusal.
  Result<RefreshMessage> read();
  /// The next message, which must be a T; the others are HWREPLPROTO.
  template <typename T>
  Result<T> expect();

  /// Errors: REPLCOMM, as of read.
  Status write(const RefreshMessage& message);
  /// A Piece, compressed where that makes it smaller.
  Status write_piece(Bytes piece);

  /// Tells the other end why, as well as it can be told, and ends the connection. Waits at most kRefusalHeard for the
  /// other end to have heard it: what is closed with bytes unread takes back what was said.
  void refuse(std::string_view why);

  std::string remote() const { return stream_.remote(); }

 private:
  Status fill(char* to, std::size_t bytes);
  Deadline deadline() const { return std::chrono::steady_clock::now() + silence_; }

  TcpStream stream_;
  std::chrono::milliseconds silence_;
  int stop_fd_;
  std::string body_;
  std::string inflated_;
  Inflater inflater_;
  Deflater deflater_;
};

/// Why a conversation ended, in one line for people.
std::string refresh_end(const Error& error);

template <typename T>
Result<T> RefreshLink::expect() {
  HW_TRY(RefreshMessage message, read());
  if (auto* wanted = std::get_if<T>(&message)) return std::move(*wanted);
  return make_error<MsgId::HWREPLPROTO>(
      fmt::format("{} message where {} is expected", name_of(message), name_of(RefreshMessage(T()))));
}

}  // namespace hw
