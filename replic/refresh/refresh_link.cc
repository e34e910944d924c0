#include "replic/refresh/refresh_link.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "replic/link/frame_io.h"

namespace hw {
namespace {

constexpr std::uint32_t kZstdLevel = 1;  // A line is seldom faster than this, and a site has other things to do.

}  // namespace

RefreshLink::RefreshLink(TcpStream stream, std::chrono::milliseconds silence, int stop_fd)
    : stream_(std::move(stream)), silence_(silence), stop_fd_(stop_fd) {}

Status RefreshLink::fill(char* to, std::size_t bytes) {
  while (bytes > 0) {
    std::size_t got = 0;
    HW_TRY(const Waited waited, stream_.read_some(to, bytes, got, deadline(), stop_fd_));
    if (waited != Waited::Ready)
      return make_error<MsgId::REPLCOMM>().with_errno(waited == Waited::TimedOut ? ETIMEDOUT : ECANCELED);
    to += got;
    bytes -= got;
  }
  return {};
}

Result<RefreshMessage> RefreshLink::read() {
  FrameHeaderBytes head{};
  HW_TRY_VOID(fill(reinterpret_cast<char*>(head.data()), head.size()));
  FrameHeader header;
  const FrameVerdict verdict = decode_frame_header(kRefreshFraming, head, header);
  if (verdict != FrameVerdict::Good) {
    std::string text = fmt::format("message {}", describe(kRefreshFraming, verdict));
    if (verdict == FrameVerdict::UnknownVersion)
      text += fmt::format(": {}, here it is {}", header.version, kRefreshVersion);
    return make_error<MsgId::HWREPLPROTO>(text);
  }
  body_.resize(header.body_bytes);
  HW_TRY_VOID(fill(body_.data(), body_.size()));
  if (!frame_is_intact(head, as_bytes(body_))) return make_error<MsgId::HWREPLPROTO>("message has a wrong checksum");
  Bytes body = as_bytes(body_);
  if (header.compressed()) {
    inflated_.resize(header.raw_bytes);
    if (!inflater_.inflate(body, std::as_writable_bytes(std::span(inflated_))))
      return make_error<MsgId::HWREPLPROTO>("compressed message that cannot be inflated");
    body = as_bytes(inflated_);
  }
  HW_TRY(RefreshMessage message, decode_refresh_body(refresh_type(header), body));
  if (const auto* refusal = std::get_if<refresh::Refusal>(&message))
    return make_error<MsgId::HWREFRESHPEER>(stream_.remote(), refusal->why);
  return message;
}

Status RefreshLink::write(const RefreshMessage& message) {
  const std::string frame = encode_refresh_frame(message);
  return stream_.write_all(as_bytes(frame), {}, deadline(), stop_fd_);
}

Status RefreshLink::write_piece(Bytes piece) {
  HW_CHECK(!piece.empty() && piece.size() <= kRefreshPieceBytesMax);
  const Bytes smaller = deflater_.deflate(piece, kZstdLevel);
  const Bytes sent = smaller.empty() ? piece : smaller;
  const FrameHeaderBytes header =
      make_refresh_header(RefreshType::Piece, sent, smaller.empty() ? 0 : kFrameCompressed, piece.size());
  return stream_.write_all(header, sent, deadline(), stop_fd_);
}

void RefreshLink::refuse(std::string_view why) {
  const Deadline until = std::chrono::steady_clock::now() + kRefusalHeard;
  const std::string frame = encode_refresh_frame(refresh::Refusal{std::string(why.substr(0, kReasonBytesMax))});
  if (!stream_.write_all(as_bytes(frame), {}, until, stop_fd_).has_value()) return;
  std::array<char, 4096> unread{};
  for (std::size_t got = 0;;) {
    const auto waited = stream_.read_some(unread.data(), unread.size(), got, until, stop_fd_);
    if (!waited.has_value() || *waited != Waited::Ready || std::chrono::steady_clock::now() >= until) return;
  }
}

std::string refresh_end(const Error& error) {
  // Without the message's own words, which speak of another connection.
  if (error.id == MsgId::HWREPLPROTO)
    return error.text.substr(std::string_view(MsgInfo<MsgId::HWREPLPROTO>::text).find("{}"));
  if (error.id == MsgId::TLSIOERROR) return connection_end(error);
  if (error.id != MsgId::REPLCOMM)
    return error.os_errno == 0 ? error.text : fmt::format("{}: {}", error.text, std::strerror(error.os_errno));
  if (error.os_errno == ETIMEDOUT) return "the other side says nothing";
  if (error.os_errno == ECANCELED) return "this process was told to end";
  if (error.os_errno == ECONNRESET || error.os_errno == EPIPE) return "the connection was lost";
  return connection_end(error);
}

}  // namespace hw
