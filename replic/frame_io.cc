#include "replic/frame_io.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace hw {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kReadBytes = 65536;
constexpr std::size_t kBodyStepBytes = 4 * 1024 * 1024;  // A body is allocated in steps, as it arrives.
constexpr std::size_t kCompressFrom = 256;               // Below it a frame's header outweighs the gain.
constexpr int kBacklog = 8;

Error comm_error(int number, std::string_view note = {}) {
  Error error = make_error<MsgId::REPLCOMM>();
  if (!note.empty()) error.note(note);
  return error.with_errno(number);
}

Error bad_frame(std::string_view what) { return make_error<MsgId::HWREPLPROTO>(what); }

enum class Waited { Ready, TimedOut, Woken };

/// Waits for `events` on a socket. An error or hang-up counts as ready: the call that follows tells.
Waited wait_for(int fd, short events, Deadline deadline, int wake_fd) {
  for (;;) {
    std::array<struct pollfd, 2> watch{{{fd, events, 0}, {wake_fd, POLLIN, 0}}};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now()).count();
    const int wait_ms = static_cast<int>(std::clamp<long>(left, 0, 3'600'000));
    const int ready = ::poll(watch.data(), wake_fd >= 0 ? 2 : 1, wait_ms);
    if (ready > 0) {
      if (wake_fd >= 0 && (watch[1].revents & POLLIN) != 0) return Waited::Woken;
      if (watch[0].revents != 0) return Waited::Ready;
    }
    if (steady_clock::now() >= deadline) return Waited::TimedOut;
  }
}

void set_option(int fd, int level, int option, int value) {
  // What the kernel refuses here costs speed or the time until a dead peer is noticed, not correctness.
  (void)::setsockopt(fd, level, option, &value, sizeof value);
}

std::string name_of(const struct sockaddr_storage& address, socklen_t bytes) {
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  if (::getnameinfo(reinterpret_cast<const struct sockaddr*>(&address), bytes, host.data(), host.size(), port.data(),
                    port.size(), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
    return "?";
  return fmt::format("{}:{}", host.data(), port.data());
}

std::uint64_t buffer_bytes(int fd, int option) {
  int value = 0;
  socklen_t bytes = sizeof value;
  return ::getsockopt(fd, SOL_SOCKET, option, &value, &bytes) == 0 ? static_cast<std::uint64_t>(value) : 0;
}

/// Connects one address; 0 or the errno.
int connect_one(int fd, const struct addrinfo& address, Deadline deadline, int wake_fd) {
  if (::connect(fd, address.ai_addr, address.ai_addrlen) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  switch (wait_for(fd, POLLOUT, deadline, wake_fd)) {
    case Waited::TimedOut:
      return ETIMEDOUT;
    case Waited::Woken:
      return ECANCELED;
    case Waited::Ready:
      break;
  }
  int failure = 0;
  socklen_t bytes = sizeof failure;
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &bytes) != 0) return errno;
  return failure;
}

}  // namespace

WakeUp::~WakeUp() {
  if (fd_ >= 0) ::close(fd_);
}

Status WakeUp::open() {
  fd_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd_ >= 0) return {};
  Error error = make_error<MsgId::SYSCALL>("eventfd()", "wake-up");
  return error.with_errno(errno);
}

void WakeUp::wake() const {
  const std::uint64_t one = 1;
  // Fails only when it is readable already.
  [[maybe_unused]] const ssize_t done = ::write(fd_, &one, sizeof one);
}

void WakeUp::clear() const {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t done = ::read(fd_, &count, sizeof count);
}

struct FrameConnection::Parts {
  explicit Parts(int its_fd) : fd(its_fd) {}
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;
  ~Parts() {
    ::close(fd);
    ZSTD_freeCCtx(deflater);
    ZSTD_freeDCtx(inflater);
  }

  /// One recv; 0 bytes: not now. Errors: REPLCOMM.
  Result<std::size_t> receive(char* to, std::size_t room);
  Result<FrameRead> fill(char* to, std::size_t room, std::size_t& got, Deadline deadline, int wake_fd);
  Result<FrameRead> finish_frame(ReceivedFrame& out);
  Status send_all(Bytes head, Bytes body, Deadline deadline, int wake_fd);

  const int fd;

  // Reading thread.
  std::array<char, kReadBytes> buffer;
  std::size_t begin = 0;
  std::size_t end = 0;
  bool have_header = false;
  FrameHeaderBytes header_bytes{};
  FrameHeader header;
  std::string body;
  std::size_t body_have = 0;
  ZSTD_DCtx* inflater = nullptr;

  // Writing thread.
  std::uint32_t zstd_level = 0;
  ZSTD_CCtx* deflater = nullptr;
  std::string deflated;
  std::atomic<std::uint64_t> plain_bytes{0};
  std::atomic<std::uint64_t> wire_bytes{0};
};

FrameConnection::FrameConnection() = default;
FrameConnection::FrameConnection(FrameConnection&&) noexcept = default;
FrameConnection& FrameConnection::operator=(FrameConnection&&) noexcept = default;
FrameConnection::~FrameConnection() = default;

bool FrameConnection::is_open() const { return parts_ != nullptr; }

Result<FrameConnection> FrameConnection::adopt(int socket_fd) {
  set_option(socket_fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(socket_fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(socket_fd, IPPROTO_TCP, TCP_KEEPIDLE, 5);  // These three: GT.M's.
  set_option(socket_fd, IPPROTO_TCP, TCP_KEEPINTVL, 5);
  set_option(socket_fd, IPPROTO_TCP, TCP_KEEPCNT, 5);
  FrameConnection connection;
  connection.parts_ = std::make_unique<Parts>(socket_fd);
  return connection;
}

Result<FrameConnection> FrameConnection::connect(const std::string& host, std::uint16_t port, Deadline deadline,
                                                 int wake_fd) {
  struct addrinfo hints {};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  struct addrinfo* found = nullptr;
  const std::string service = std::to_string(port);
  const int failure = ::getaddrinfo(host.empty() ? nullptr : host.c_str(), service.c_str(), &hints, &found);
  if (failure != 0) {
    Error error = make_error<MsgId::REPLCOMM>();
    error.note(failure == EAI_SYSTEM ? std::strerror(errno) : ::gai_strerror(failure));
    return error.note(fmt::format("Failure in resolving {}:{}", host, port));
  }
  const std::unique_ptr<struct addrinfo, decltype(&::freeaddrinfo)> addresses(found, ::freeaddrinfo);
  int reason = EHOSTUNREACH;
  for (const auto* address = found; address != nullptr; address = address->ai_next) {
    const int fd = ::socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
      reason = errno;
      continue;
    }
    reason = connect_one(fd, *address, deadline, wake_fd);
    if (reason == 0) return adopt(fd);
    ::close(fd);
    if (reason == ECANCELED) break;
  }
  return comm_error(reason);
}

Result<std::size_t> FrameConnection::Parts::receive(char* to, std::size_t room) {
  for (;;) {
    const ssize_t got = ::recv(fd, to, room, 0);
    if (got > 0) return static_cast<std::size_t>(got);
    if (got == 0) return comm_error(ECONNRESET);
    if (errno == EAGAIN || errno == EWOULDBLOCK) return std::size_t{0};
    if (errno != EINTR) return comm_error(errno);
  }
}

/// Gets at least one byte. Frame stands for "some came".
Result<FrameRead> FrameConnection::Parts::fill(char* to, std::size_t room, std::size_t& got, Deadline deadline,
                                               int wake_fd) {
  for (;;) {
    HW_TRY(got, receive(to, room));
    if (got > 0) return FrameRead::Frame;
    switch (wait_for(fd, POLLIN, deadline, wake_fd)) {
      case Waited::Ready:
        continue;
      case Waited::TimedOut:
        return FrameRead::TimedOut;
      case Waited::Woken:
        return FrameRead::Woken;
    }
  }
}

Result<FrameRead> FrameConnection::read(ReceivedFrame& out, Deadline deadline, int wake_fd) {
  Parts& p = *parts_;
  std::size_t got = 0;
  while (!p.have_header) {
    if (p.end - p.begin >= kWireHeaderBytes) {
      std::memcpy(p.header_bytes.data(), p.buffer.data() + p.begin, kWireHeaderBytes);
      const FrameVerdict verdict = decode_frame_header(p.header_bytes, p.header);
      if (verdict != FrameVerdict::Good) return bad_frame(fmt::format("frame {}", describe(verdict)));
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
  out.level = header.level;
  out.wire_bytes = kWireHeaderBytes + body.size();
  if (header.compressed()) {
    if (inflater == nullptr) inflater = ZSTD_createDCtx();
    out.body.resize(header.raw_bytes);
    const std::size_t got =
        inflater == nullptr ? std::size_t{0}
                            : ZSTD_decompressDCtx(inflater, out.body.data(), out.body.size(), body.data(), body.size());
    if (inflater == nullptr || ZSTD_isError(got) != 0 || got != header.raw_bytes) return FrameRead::NotInflated;
  } else {
    std::swap(out.body, body);
  }
  HW_TRY(out.message, decode_body(header.type, as_bytes(out.body)));
  return FrameRead::Frame;
}

Status FrameConnection::Parts::send_all(Bytes head, Bytes rest, Deadline deadline, int wake_fd) {
  while (!head.empty() || !rest.empty()) {
    std::array<struct iovec, 2> pieces{
        {{const_cast<std::byte*>(head.data()), head.size()}, {const_cast<std::byte*>(rest.data()), rest.size()}}};
    struct msghdr message {};
    message.msg_iov = pieces.data();
    message.msg_iovlen = pieces.size();
    const ssize_t done = ::sendmsg(fd, &message, MSG_NOSIGNAL);
    if (done >= 0) {
      const auto from_head = std::min<std::size_t>(head.size(), static_cast<std::size_t>(done));
      head = head.subspan(from_head);
      rest = rest.subspan(static_cast<std::size_t>(done) - from_head);
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return comm_error(errno);
    switch (wait_for(fd, POLLOUT, deadline, wake_fd)) {
      case Waited::Ready:
        break;
      case Waited::TimedOut:
        return comm_error(ETIMEDOUT);
      case Waited::Woken:
        return comm_error(ECANCELED);
    }
  }
  return {};
}

Status FrameConnection::write(std::uint16_t level, const Message& message, Deadline deadline, int wake_fd) {
  const std::string frame = encode_frame(level, message);
  HW_TRY_VOID(parts_->send_all(as_bytes(frame), {}, deadline, wake_fd));
  parts_->plain_bytes.fetch_add(frame.size(), std::memory_order_relaxed);
  parts_->wire_bytes.fetch_add(frame.size(), std::memory_order_relaxed);
  return {};
}

Status FrameConnection::write_body(std::uint16_t level, WireType type, Bytes body, Deadline deadline, int wake_fd) {
  Parts& p = *parts_;
  Bytes sent = body;
  std::uint32_t flags = 0;
  if (p.zstd_level != 0 && body.size() >= kCompressFrom) {
    if (p.deflater == nullptr) p.deflater = ZSTD_createCCtx();
    p.deflated.resize(ZSTD_compressBound(body.size()));
    const std::size_t bytes = p.deflater == nullptr
                                  ? body.size()
                                  : ZSTD_compressCCtx(p.deflater, p.deflated.data(), p.deflated.size(), body.data(),
                                                      body.size(), static_cast<int>(p.zstd_level));
    if (ZSTD_isError(bytes) == 0 && bytes < body.size()) {
      sent = as_bytes(std::string_view(p.deflated).substr(0, bytes));
      flags = kFrameCompressed;
    }
  }
  const FrameHeaderBytes head = make_frame_header(level, type, sent, flags, body.size());
  HW_TRY_VOID(p.send_all(head, sent, deadline, wake_fd));
  p.plain_bytes.fetch_add(head.size() + body.size(), std::memory_order_relaxed);
  p.wire_bytes.fetch_add(head.size() + sent.size(), std::memory_order_relaxed);
  return {};
}

void FrameConnection::set_compression(std::uint32_t zstd_level) { parts_->zstd_level = zstd_level; }
void FrameConnection::shut_down() const { ::shutdown(parts_->fd, SHUT_RDWR); }

std::string FrameConnection::local() const {
  struct sockaddr_storage address {};
  socklen_t bytes = sizeof address;
  if (::getsockname(parts_->fd, reinterpret_cast<struct sockaddr*>(&address), &bytes) != 0) return "?";
  return name_of(address, bytes);
}

std::string FrameConnection::remote() const {
  struct sockaddr_storage address {};
  socklen_t bytes = sizeof address;
  if (::getpeername(parts_->fd, reinterpret_cast<struct sockaddr*>(&address), &bytes) != 0) return "?";
  return name_of(address, bytes);
}

std::uint64_t FrameConnection::send_buffer_bytes() const { return buffer_bytes(parts_->fd, SO_SNDBUF); }
std::uint64_t FrameConnection::receive_buffer_bytes() const { return buffer_bytes(parts_->fd, SO_RCVBUF); }
std::uint64_t FrameConnection::plain_bytes_sent() const { return parts_->plain_bytes.load(std::memory_order_relaxed); }
std::uint64_t FrameConnection::wire_bytes_sent() const { return parts_->wire_bytes.load(std::memory_order_relaxed); }

FrameListener::FrameListener(FrameListener&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), port_(std::exchange(other.port_, std::uint16_t{0})) {}

FrameListener& FrameListener::operator=(FrameListener&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(port_, other.port_);
  return *this;
}

FrameListener::~FrameListener() {
  if (fd_ >= 0) ::close(fd_);
}

Result<FrameListener> FrameListener::listen(std::uint16_t port) {
  FrameListener listener;
  struct sockaddr_storage address {};
  socklen_t bytes = 0;
  listener.fd_ = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (listener.fd_ >= 0) {
    set_option(listener.fd_, IPPROTO_IPV6, IPV6_V6ONLY, 0);
    auto& any = reinterpret_cast<struct sockaddr_in6&>(address);
    any.sin6_family = AF_INET6;
    any.sin6_port = htons(port);
    any.sin6_addr = in6addr_any;
    bytes = sizeof any;
  } else {
    listener.fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener.fd_ < 0) return comm_error(errno);
    auto& any = reinterpret_cast<struct sockaddr_in&>(address);
    any.sin_family = AF_INET;
    any.sin_port = htons(port);
    any.sin_addr.s_addr = htonl(INADDR_ANY);
    bytes = sizeof any;
  }
  set_option(listener.fd_, SOL_SOCKET, SO_REUSEADDR, 1);
  if (::bind(listener.fd_, reinterpret_cast<struct sockaddr*>(&address), bytes) != 0)
    return comm_error(errno, fmt::format("Error with bind() to port {}", port));
  if (::listen(listener.fd_, kBacklog) != 0)
    return comm_error(errno, fmt::format("Error with listen() on port {}", port));
  bytes = sizeof address;
  if (::getsockname(listener.fd_, reinterpret_cast<struct sockaddr*>(&address), &bytes) != 0) return comm_error(errno);
  // The port stands at the same place in both kinds of address.
  listener.port_ = ntohs(reinterpret_cast<struct sockaddr_in&>(address).sin_port);
  return listener;
}

Result<std::optional<FrameConnection>> FrameListener::accept(Deadline deadline, int wake_fd) const {
  for (;;) {
    const int fd = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0) {
      HW_TRY(auto connection, FrameConnection::adopt(fd));
      return std::optional<FrameConnection>(std::move(connection));
    }
    if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR && errno != ECONNABORTED) return comm_error(errno);
    if (wait_for(fd_, POLLIN, deadline, wake_fd) != Waited::Ready) return std::optional<FrameConnection>();
  }
}

std::string connection_end(const Error& error) {
  return error.os_errno == 0 ? error.text
                             : fmt::format("Status = {} ; {}", error.os_errno, std::strerror(error.os_errno));
}

}  // namespace hw
