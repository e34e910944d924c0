#include "replic/link/tcp.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <utility>

namespace hw {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::steady_clock;

constexpr int kBacklog = 8;
constexpr int kKeepAliveIdle_s = 5;  // These three: GT.M's.
constexpr int kKeepAlivePeriod_s = 5;
constexpr int kKeepAliveProbes = 5;

template <int Name>
using TcpOption = asio::detail::socket_option::integer<IPPROTO_TCP, Name>;

int errno_of(const error_code& code) {
  if (code == asio::error::eof) return ECONNRESET;
  return code.category() == boost::system::system_category() ? code.value() : EIO;
}

Error comm_error(int number, std::string_view note = {}) {
  Error error = make_error<MsgId::REPLCOMM>();
  if (!note.empty()) error.note(note);
  return error.with_errno(number);
}
Error comm_error(const error_code& code, std::string_view note = {}) { return comm_error(errno_of(code), note); }

bool not_now(const error_code& code) {
  return code == asio::error::would_block || code == asio::error::try_again || code == asio::error::interrupted;
}

/// Children of this process must not keep a connection open.
void close_on_exec(int fd) { (void)::fcntl(fd, F_SETFD, FD_CLOEXEC); }

template <typename Endpoint>
std::string name_of(const Endpoint& endpoint, const error_code& code) {
  return code ? "?" : fmt::format("{}:{}", endpoint.address().to_string(), endpoint.port());
}

/// One thread's waits: for one socket or acceptor, and for one descriptor that others make readable.
///
/// A wait that is given up stays posted, so that the next one costs no system call for it: what it reports then may be
/// old, which is why callers try again after Ready.
class Waiter {
 public:
  asio::io_context& context() { return context_; }

  template <typename Socket>
  Waited wait(Socket& socket, asio::socket_base::wait_type what, Deadline deadline, int wake_fd) {
    if (!socket_posted_) {
      socket_posted_ = true;
      socket.async_wait(what, [this](const error_code&) { socket_ready_ = true; });
    }
    watch(wake_fd);
    for (;;) {
      if (wake_fd >= 0 && std::exchange(woken_, false)) {
        wake_posted_ = false;
        return Waited::Woken;
      }
      if (std::exchange(socket_ready_, false)) {
        socket_posted_ = false;
        return Waited::Ready;
      }
      if (context_.run_one_until(deadline) == 0 && steady_clock::now() >= deadline) return Waited::TimedOut;
    }
  }

  /// Runs what `start` posts, a handler that sets `done`. Woken and TimedOut leave it posted.
  Waited finish(const bool& done, Deadline deadline, int wake_fd) {
    watch(wake_fd);
    for (;;) {
      if (wake_fd >= 0 && woken_) return Waited::Woken;
      if (done) return Waited::Ready;
      if (context_.run_one_until(deadline) == 0 && steady_clock::now() >= deadline) return Waited::TimedOut;
    }
  }

 private:
  void watch(int wake_fd) {
    if (wake_fd < 0 || wake_posted_) return;
    if (!wake_) {
      // A descriptor of its own for the same file: Asio closes what it is given.
      const int own = ::fcntl(wake_fd, F_DUPFD_CLOEXEC, 0);
      if (own < 0) return;  // No descriptors left: this wait ends at its deadline instead.
      wake_.emplace(context_, own);
    }
    wake_posted_ = true;
    wake_->async_wait(asio::posix::descriptor_base::wait_read, [this](const error_code&) { woken_ = true; });
  }

  // One thread at a time uses it: no locks.
  asio::io_context context_{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE};
  asio::executor_work_guard<asio::io_context::executor_type> never_done_{context_.get_executor()};
  std::optional<asio::posix::stream_descriptor> wake_;
  bool wake_posted_ = false;
  bool woken_ = false;
  bool socket_posted_ = false;
  bool socket_ready_ = false;
};

}  // namespace

Error port_taken(const Error& cause, std::uint16_t port) {
  return comm_error(cause.os_errno, fmt::format("Could not bind local address. Local Port : {}", port));
}

// ---- connections ----

struct TcpStream::Side {
  Waiter waiter;
  tcp::socket socket{waiter.context()};
};

/// Read at once of what comes encrypted: a record of TLS, and a little more.
constexpr std::size_t kEncryptedBytes = 20480;
/// Encrypted at once of what is to be sent: four records.
constexpr std::size_t kPlainPieceBytes = 65536;

struct Encryption {
  Encryption(const TlsContext& context, TlsEnd end) : session(context, end) {}
  TlsSession session;
  std::array<char, kEncryptedBytes> received{};  ///< reading thread
};

struct TcpStream::Parts {
  Side reading;
  Side writing;
  std::unique_ptr<Encryption> encryption;  ///< none: plain

  /// Makes the writing side from the connected reading side.
  error_code complete() {
    error_code code;
    auto& from = reading.socket;
    close_on_exec(from.native_handle());
    from.non_blocking(true, code);
    if (code) return code;
    // What the kernel refuses here costs speed or the time until a dead peer is noticed, not correctness.
    error_code ignored;
    from.set_option(tcp::no_delay(true), ignored);
    from.set_option(asio::socket_base::keep_alive(true), ignored);
    from.set_option(TcpOption<TCP_KEEPIDLE>(kKeepAliveIdle_s), ignored);
    from.set_option(TcpOption<TCP_KEEPINTVL>(kKeepAlivePeriod_s), ignored);
    from.set_option(TcpOption<TCP_KEEPCNT>(kKeepAliveProbes), ignored);
    const int same = ::fcntl(from.native_handle(), F_DUPFD_CLOEXEC, 0);
    if (same < 0) return {errno, boost::system::system_category()};
    const auto local = from.local_endpoint(code);
    if (!code) writing.socket.assign(local.protocol(), same, code);
    if (code) {
      ::close(same);
      return code;
    }
    writing.socket.non_blocking(true, code);
    return code;
  }
};

TcpStream::TcpStream() = default;
TcpStream::TcpStream(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
TcpStream::TcpStream(TcpStream&&) noexcept = default;
TcpStream& TcpStream::operator=(TcpStream&&) noexcept = default;
TcpStream::~TcpStream() = default;

namespace {

error_code connect_one(Waiter& waiter, tcp::socket& socket, const tcp::endpoint& to, Deadline deadline, int wake_fd) {
  error_code code;
  socket.open(to.protocol(), code);
  if (code) return code;
  bool done = false;
  error_code outcome;
  socket.async_connect(to, [&](const error_code& result) {
    outcome = result;
    done = true;
  });
  const Waited waited = waiter.finish(done, deadline, wake_fd);
  if (waited == Waited::Ready && !outcome) return {};
  error_code ignored;
  socket.close(ignored);
  while (!done) waiter.context().poll_one();  // The handler refers to what ends here.
  if (waited == Waited::Woken) return {ECANCELED, boost::system::system_category()};
  if (waited == Waited::TimedOut) return {ETIMEDOUT, boost::system::system_category()};
  return outcome;
}

}  // namespace

Result<TcpStream> TcpStream::connect(const std::string& host, std::uint16_t port, Deadline deadline, int wake_fd) try {
  auto parts = std::make_unique<Parts>();
  tcp::resolver resolver(parts->reading.waiter.context());
  error_code code;
  const auto found = resolver.resolve(host, std::to_string(port), asio::ip::resolver_base::numeric_service, code);
  if (code) {
    Error error = make_error<MsgId::REPLCOMM>();
    error.note(code.message());
    return error.note(fmt::format("Failure in resolving {}:{}", host, port));
  }
  code = {EHOSTUNREACH, boost::system::system_category()};
  auto left = static_cast<int>(found.size());
  for (const auto& one : found) {
    const auto now = steady_clock::now();
    const Deadline share = now + (std::max(deadline, now) - now) / left--;
    code = connect_one(parts->reading.waiter, parts->reading.socket, one.endpoint(), share, wake_fd);
    if (!code) code = parts->complete();
    if (!code) return TcpStream(std::move(parts));
    if (code.value() == ECANCELED) break;
    error_code ignored;
    parts->reading.socket.close(ignored);
  }
  return comm_error(code);
} catch (const boost::system::system_error& failure) {
  return comm_error(failure.code());
}

Result<TcpStream> TcpStream::adopt(int descriptor) try {
  auto parts = std::make_unique<Parts>();
  sockaddr_storage name{};
  socklen_t bytes = sizeof name;
  error_code code;
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&name), &bytes) != 0) {
    code = {errno, boost::system::system_category()};
  } else {
    parts->reading.socket.assign(name.ss_family == AF_INET6 ? tcp::v6() : tcp::v4(), descriptor, code);
  }
  if (code) {
    ::close(descriptor);
    return comm_error(code);
  }
  code = parts->complete();
  if (code) return comm_error(code);
  return TcpStream(std::move(parts));
} catch (const boost::system::system_error& failure) {
  return comm_error(failure.code());
}

int TcpStream::descriptor() const { return parts_->reading.socket.native_handle(); }

Result<Waited> TcpStream::read_some(char* to, std::size_t room, std::size_t& got, Deadline deadline, int wake_fd) {
  if (parts_->encryption != nullptr) return read_encrypted(to, room, got, deadline, wake_fd);
  return read_raw(to, room, got, deadline, wake_fd);
}

Status TcpStream::write_all(Bytes head, Bytes rest, Deadline deadline, int wake_fd) {
  if (parts_->encryption != nullptr) return write_encrypted(head, rest, deadline, wake_fd);
  return write_raw(head, rest, deadline, wake_fd);
}

Result<Waited> TcpStream::read_raw(char* to, std::size_t room, std::size_t& got, Deadline deadline, int wake_fd) {
  Side& side = parts_->reading;
  for (;;) {
    error_code code;
    got = side.socket.read_some(asio::buffer(to, room), code);
    if (!code) return Waited::Ready;
    got = 0;
    if (!not_now(code)) return comm_error(code);
    const Waited waited = side.waiter.wait(side.socket, tcp::socket::wait_read, deadline, wake_fd);
    if (waited != Waited::Ready) return waited;
  }
}

Status TcpStream::write_raw(Bytes head, Bytes rest, Deadline deadline, int wake_fd) {
  Side& side = parts_->writing;
  while (!head.empty() || !rest.empty()) {
    const std::array<asio::const_buffer, 2> pieces{asio::const_buffer(head.data(), head.size()),
                                                   asio::const_buffer(rest.data(), rest.size())};
    error_code code;
    const std::size_t done = side.socket.write_some(pieces, code);
    if (!code) {
      const std::size_t from_head = std::min(head.size(), done);
      head = head.subspan(from_head);
      rest = rest.subspan(done - from_head);
      continue;
    }
    if (!not_now(code)) return comm_error(code);
    switch (side.waiter.wait(side.socket, tcp::socket::wait_write, deadline, wake_fd)) {
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

// ---- encrypted ----

Result<Waited> TcpStream::peek(char& first, Deadline deadline, int wake_fd) {
  Side& side = parts_->reading;
  for (;;) {
    error_code code;
    const std::size_t got = side.socket.receive(asio::buffer(&first, 1), tcp::socket::message_peek, code);
    if (!code && got == 1) return Waited::Ready;
    if (!code) return comm_error(ECONNRESET);
    if (!not_now(code)) return comm_error(code);
    const Waited waited = side.waiter.wait(side.socket, tcp::socket::wait_read, deadline, wake_fd);
    if (waited != Waited::Ready) return waited;
  }
}

Result<TlsStart> TcpStream::start_tls(const TlsContext& context, TlsEnd end, Deadline deadline, int wake_fd) {
  auto encryption = std::make_unique<Encryption>(context, end);
  TlsSession& session = encryption->session;
  for (bool first = true;; first = false) {
    const TlsStep step = session.handshake();
    const std::string output = session.take_output();
    const Status sent = write_raw(as_bytes(output), {}, deadline, wake_fd);
    if (step == TlsStep::Failed) return make_error<MsgId::TLSHANDSHAKE>().note(session.failure());
    HW_TRY_VOID(sent);
    if (step == TlsStep::Done) break;
    std::size_t got = 0;
    auto& room = encryption->received;
    HW_TRY(const Waited waited, read_raw(room.data(), room.size(), got, deadline, wake_fd));
    if (waited != Waited::Ready) return waited == Waited::TimedOut ? TlsStart::TimedOut : TlsStart::Woken;
    if (first && !begins_tls(room[0])) return TlsStart::NotTls;
    session.feed(as_bytes(std::string_view(room.data(), got)));
  }
  parts_->encryption = std::move(encryption);
  return TlsStart::Encrypted;
}

Result<Waited> TcpStream::read_encrypted(char* to, std::size_t room, std::size_t& got, Deadline deadline, int wake_fd) {
  Encryption& encryption = *parts_->encryption;
  for (;;) {
    switch (encryption.session.read(to, room, got)) {
      case TlsStep::Done:
        return Waited::Ready;
      case TlsStep::Failed:
        return make_error<MsgId::TLSIOERROR>("read").note(encryption.session.failure());
      case TlsStep::NeedsInput:
        break;
    }
    std::size_t received = 0;
    auto& into = encryption.received;
    HW_TRY(const Waited waited, read_raw(into.data(), into.size(), received, deadline, wake_fd));
    if (waited != Waited::Ready) return waited;
    encryption.session.feed(as_bytes(std::string_view(into.data(), received)));
  }
}

Status TcpStream::write_encrypted(Bytes head, Bytes rest, Deadline deadline, int wake_fd) {
  TlsSession& session = parts_->encryption->session;
  std::string piece(as_text(head));
  while (!piece.empty() || !rest.empty()) {
    const Bytes more = rest.first(std::min(rest.size(), kPlainPieceBytes - std::min(piece.size(), kPlainPieceBytes)));
    piece += as_text(more);
    rest = rest.subspan(more.size());
    if (session.write(piece) != TlsStep::Done) return make_error<MsgId::TLSIOERROR>("write").note(session.failure());
    piece.clear();
    HW_TRY_VOID(write_raw(as_bytes(session.take_output()), {}, deadline, wake_fd));
  }
  return {};
}

std::string TcpStream::encryption() const {
  return parts_->encryption == nullptr ? std::string() : parts_->encryption->session.description();
}

void TcpStream::shut_down() const {
  error_code gone_already;
  parts_->reading.socket.shutdown(tcp::socket::shutdown_both, gone_already);
}

std::string TcpStream::local() const {
  error_code code;
  const auto endpoint = parts_->reading.socket.local_endpoint(code);
  return name_of(endpoint, code);
}

std::string TcpStream::remote() const {
  error_code code;
  const auto endpoint = parts_->reading.socket.remote_endpoint(code);
  return name_of(endpoint, code);
}

std::uint64_t TcpStream::send_buffer_bytes() const {
  error_code code;
  asio::socket_base::send_buffer_size size;
  parts_->reading.socket.get_option(size, code);
  return code ? 0 : static_cast<std::uint64_t>(size.value());
}

std::uint64_t TcpStream::receive_buffer_bytes() const {
  error_code code;
  asio::socket_base::receive_buffer_size size;
  parts_->reading.socket.get_option(size, code);
  return code ? 0 : static_cast<std::uint64_t>(size.value());
}

// ---- listening ----

struct TcpListener::Parts {
  Waiter waiter;
  tcp::acceptor acceptor{waiter.context()};
  std::uint16_t port = 0;
};

TcpListener::TcpListener() = default;
TcpListener::TcpListener(TcpListener&&) noexcept = default;
TcpListener& TcpListener::operator=(TcpListener&&) noexcept = default;
TcpListener::~TcpListener() = default;

std::uint16_t TcpListener::port() const { return parts_ == nullptr ? 0 : parts_->port; }

Result<TcpListener> TcpListener::listen(std::uint16_t port) try {
  TcpListener listener;
  listener.parts_ = std::make_unique<Parts>();
  auto& acceptor = listener.parts_->acceptor;
  error_code code;
  acceptor.open(tcp::v6(), code);
  const bool dual = !code;
  if (!dual) acceptor.open(tcp::v4(), code);
  if (code) return comm_error(code);
  close_on_exec(acceptor.native_handle());
  error_code ignored;
  if (dual) acceptor.set_option(asio::ip::v6_only(false), ignored);
  acceptor.set_option(tcp::acceptor::reuse_address(true), ignored);
  acceptor.bind({dual ? tcp::v6() : tcp::v4(), port}, code);
  if (code) return comm_error(code, fmt::format("Error with bind() to port {}", port));
  acceptor.listen(kBacklog, code);
  if (code) return comm_error(code, fmt::format("Error with listen() on port {}", port));
  acceptor.non_blocking(true, code);
  if (code) return comm_error(code);
  listener.parts_->port = acceptor.local_endpoint(code).port();
  if (code) return comm_error(code);
  return listener;
} catch (const boost::system::system_error& failure) {
  return comm_error(failure.code());
}

Result<std::optional<TcpStream>> TcpListener::accept(Deadline deadline, int wake_fd) try {
  for (;;) {
    if (parts_->waiter.wait(parts_->acceptor, tcp::acceptor::wait_read, deadline, wake_fd) != Waited::Ready)
      return std::optional<TcpStream>();
    auto stream = std::make_unique<TcpStream::Parts>();
    error_code code;
    parts_->acceptor.accept(stream->reading.socket, code);
    if (!code) code = stream->complete();
    if (!code) return std::optional<TcpStream>(TcpStream(std::move(stream)));
    // One that has given up already is not ours to report; what it was is gone with it.
    const bool gone = code == asio::error::connection_aborted || code == asio::error::not_connected;
    if (!not_now(code) && !gone) return comm_error(code);
  }
} catch (const boost::system::system_error& failure) {
  return comm_error(failure.code());
}

}  // namespace hw
