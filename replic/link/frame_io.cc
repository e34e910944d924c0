#include "replic/link/frame_io.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <utility>

#include "journal/compression.h"

namespace hw {
namespace {

constexpr std::size_t kReadBytes = 65536;
constexpr std::size_t kBodyStepBytes = 4u << 20;  // A body is allocated in steps, as it arrives.
constexpr std::size_t kCompressFrom = 256;        // Below it a frame's header outweighs the gain.

Error bad_frame(std::string_view what) { return make_error<MsgId::HWREPLPROTO>(what); }

}  // namespace

struct FrameConnection::Parts {
  explicit Parts(TcpStream its_stream) : stream(std::move(its_stream)) {}
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;

  Result<FrameRead> fill(char* to, std::size_t room, std::size_t& got, Deadline deadline, int wake_fd);
  Result<FrameRead> finish_frame(ReceivedFrame& out);

  TcpStream stream;

  // Reading thread.
  std::array<char, kReadBytes> buffer;
  std::size_t begin = 0;
  std::size_t end = 0;
  bool have_header = false;
  FrameHeaderBytes header_bytes{};
  FrameHeader header;
  std::string body;
  std::size_t body_have = 0;
  Inflater inflater;

  // Writing thread.
  std::uint32_t zstd_level = 0;
  Deflater deflater;
  std::atomic<std::uint64_t> plain_bytes{0};
  std::atomic<std::uint64_t> wire_bytes{0};
};

FrameConnection::FrameConnection() = default;
FrameConnection::FrameConnection(FrameConnection&&) noexcept = default;
FrameConnection& FrameConnection::operator=(FrameConnection&&) noexcept = default;
FrameConnection::~FrameConnection() = default;

bool FrameConnection::is_open() const { return parts_ != nullptr; }

FrameConnection::FrameConnection(TcpStream stream) : parts_(std::make_unique<Parts>(std::move(stream))) {}

Result<FrameConnection> FrameConnection::connect(const std::string& host, std::uint16_t port, Deadline deadline,
                                                 int wake_fd) {
  HW_TRY(TcpStream stream, TcpStream::connect(host, port, deadline, wake_fd));
  return FrameConnection(std::move(stream));
}

Result<FrameConnection> FrameConnection::connect(LinkTls& tls, const std::string& host, std::uint16_t port,
                                                 Deadline deadline, int wake_fd) {
  HW_TRY(TcpStream stream, tls.connect(host, port, deadline, wake_fd));
  return FrameConnection(std::move(stream));
}

/// Gets at least one byte. Frame means "some came".
Result<FrameRead> FrameConnection::Parts::fill(char* to, std::size_t room, std::size_t& got, Deadline deadline,
                                               int wake_fd) {
  auto waited = stream.read_some(to, room, got, deadline, wake_fd);
  if (!waited.has_value()) {
    Error error = std::move(waited).error();
    if (have_header) {
      error.note(fmt::format("Ended inside a message, after {} of {} bytes", kWireHeaderBytes + body_have,
                             kWireHeaderBytes + header.body_bytes));
    } else if (end > begin) {
      error.note(fmt::format("Ended inside a message, after {} bytes", end - begin));
    }
    return error;
  }
  if (*waited == Waited::Ready) return FrameRead::Frame;
  return *waited == Waited::TimedOut ? FrameRead::TimedOut : FrameRead::Woken;
}

Result<FrameRead> FrameConnection::read(ReceivedFrame& out, Deadline deadline, int wake_fd) {
  Parts& p = *parts_;
  std::size_t got = 0;
  while (!p.have_header) {
    if (p.end - p.begin >= kWireHeaderBytes) {
      std::memcpy(p.header_bytes.data(), p.buffer.data() + p.begin, kWireHeaderBytes);
      const FrameVerdict verdict = decode_frame_header(kLinkFraming, p.header_bytes, p.header);
      if (verdict != FrameVerdict::Good) return bad_frame(fmt::format("frame {}", describe(kLinkFraming, verdict)));
      p.begin += kWireHeaderBytes;
      p.have_header = true;
      p.body_have = 0;
      break;
    }
    std::memmove(p.buffer.data(), p.buffer.data() + p.begin, p.end - p.begin);
    p.end -= p.begin;
    p.begin = 0;
    HW_TRY(const FrameRead outcome, p.fill(p.buffer.data() + p.end, p.buffer.size() - p.end, got, deadline, wake_fd));
    if (outcome != FrameRead::Frame) return outcome;
    p.end += got;
  }
  const std::size_t total = p.header.body_bytes;
  while (p.body_have < total) {
    if (p.body.size() < total && p.body_have == p.body.size())
      p.body.resize(std::min(total, p.body_have + kBodyStepBytes));
    const std::size_t room = std::min(total, p.body.size()) - p.body_have;
    if (p.begin < p.end) {
      got = std::min(room, p.end - p.begin);
      std::memcpy(p.body.data() + p.body_have, p.buffer.data() + p.begin, got);
      p.begin += got;
    } else {
      HW_TRY(const FrameRead outcome, p.fill(p.body.data() + p.body_have, room, got, deadline, wake_fd));
      if (outcome != FrameRead::Frame) return outcome;
    }
    p.body_have += got;
  }
  p.body.resize(total);
  p.have_header = false;
  return p.finish_frame(out);
}

Result<FrameRead> FrameConnection::Parts::finish_frame(ReceivedFrame& out) {
  if (!frame_is_intact(header_bytes, as_bytes(body))) return bad_frame("frame has a wrong checksum");
  out.level = header.version;
  out.wire_bytes = kWireHeaderBytes + body.size();
  if (header.compressed()) {
    out.body.resize(header.raw_bytes);
    if (!inflater.inflate(as_bytes(body), std::as_writable_bytes(std::span(out.body)))) return FrameRead::NotInflated;
  } else {
    std::swap(out.body, body);
  }
  HW_TRY(out.message, decode_body(wire_type(header), as_bytes(out.body)));
  return FrameRead::Frame;
}

Status FrameConnection::write(std::uint16_t level, const Message& message, Deadline deadline, int wake_fd) {
  const std::string frame = encode_frame(level, message);
  HW_TRY_VOID(parts_->stream.write_all(as_bytes(frame), {}, deadline, wake_fd));
  parts_->plain_bytes.fetch_add(frame.size(), std::memory_order_relaxed);
  parts_->wire_bytes.fetch_add(frame.size(), std::memory_order_relaxed);
  return {};
}

Status FrameConnection::write_body(std::uint16_t level, WireType type, Bytes body, Deadline deadline, int wake_fd) {
  Parts& p = *parts_;
  Bytes sent = body;
  std::uint32_t flags = 0;
  if (p.zstd_level != 0 && body.size() >= kCompressFrom) {
    if (const Bytes smaller = p.deflater.deflate(body, p.zstd_level); !smaller.empty()) {
      sent = smaller;
      flags = kFrameCompressed;
    }
  }
  const FrameHeaderBytes head = make_link_header(level, type, sent, flags, body.size());
  HW_TRY_VOID(p.stream.write_all(head, sent, deadline, wake_fd));
  p.plain_bytes.fetch_add(head.size() + body.size(), std::memory_order_relaxed);
  p.wire_bytes.fetch_add(head.size() + sent.size(), std::memory_order_relaxed);
  return {};
}

void FrameConnection::set_compression(std::uint32_t zstd_level) { parts_->zstd_level = zstd_level; }
void FrameConnection::shut_down() const { parts_->stream.shut_down(); }

std::string FrameConnection::encryption() const { return parts_->stream.encryption(); }
std::string FrameConnection::local() const { return parts_->stream.local(); }
std::string FrameConnection::remote() const { return parts_->stream.remote(); }
std::uint64_t FrameConnection::send_buffer_bytes() const { return parts_->stream.send_buffer_bytes(); }
std::uint64_t FrameConnection::receive_buffer_bytes() const { return parts_->stream.receive_buffer_bytes(); }
std::uint64_t FrameConnection::plain_bytes_sent() const { return parts_->plain_bytes.load(std::memory_order_relaxed); }
std::uint64_t FrameConnection::wire_bytes_sent() const { return parts_->wire_bytes.load(std::memory_order_relaxed); }

Result<FrameListener> FrameListener::listen(std::uint16_t port) {
  FrameListener listener;
  HW_TRY(listener.listener_, TcpListener::listen(port));
  return listener;
}

Result<std::optional<FrameConnection>> FrameListener::accept(Deadline deadline, int wake_fd) {
  HW_TRY(auto stream, listener_.accept(deadline, wake_fd));
  if (!stream) return std::optional<FrameConnection>();
  return std::optional<FrameConnection>(FrameConnection(std::move(*stream)));
}

Result<std::optional<FrameConnection>> FrameListener::accept(LinkTls& tls, Deadline deadline, int wake_fd) {
  HW_TRY(auto stream, listener_.accept(deadline, wake_fd));
  if (!stream || !tls.accept(*stream)) return std::optional<FrameConnection>();
  return std::optional<FrameConnection>(FrameConnection(std::move(*stream)));
}

std::string connection_end(const Error& error) {
  std::string out =
      error.os_errno == 0 ? error.text : fmt::format("Status = {} ; {}", error.os_errno, std::strerror(error.os_errno));
  for (const std::string& line : error.extra) out += fmt::format(". {}", line.substr(line.find(", ") + 2));
  return out;
}

}  // namespace hw
