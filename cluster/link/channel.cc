#include "cluster/link/channel.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <cerrno>
#include <utility>

#include "engine/base/file.h"
#include "engine/tls/certificate.h"

namespace hw::cluster {
namespace {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using Socket = asio::generic::stream_protocol::socket;
using boost::system::error_code;

constexpr int kKeepAliveIdle_s = 5;  // As the replication link's: replic/link/tcp.cc.
constexpr int kKeepAlivePeriod_s = 5;
constexpr int kKeepAliveProbes = 5;

ChannelOutcome outcome_of(const error_code& code) {
  ChannelOutcome out;
  if (!code) return out;
  out.good = false;
  // Which of these it is depends on what was still unread there.
  const bool gone = code == asio::error::eof || code == ssl::error::stream_truncated ||
                    code == asio::error::connection_reset || code == asio::error::broken_pipe;
  const bool of_system = code.category() == boost::system::system_category();
  out.os_errno = of_system ? code.value() : 0;
  out.refused = !of_system && !gone;
  out.text = gone ? "connection closed" : code.message();
  return out;
}

void set_options(int descriptor) {
  const auto set = [&](int level, int option, int value) {
    // What the kernel refuses here costs speed or the time until a dead peer is noticed, not correctness.
    (void)::setsockopt(descriptor, level, option, &value, sizeof value);
  };
  set(IPPROTO_TCP, TCP_NODELAY, 1);
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, kKeepAliveIdle_s);
  set(IPPROTO_TCP, TCP_KEEPINTVL, kKeepAlivePeriod_s);
  set(IPPROTO_TCP, TCP_KEEPCNT, kKeepAliveProbes);
}

/// Puts a descriptor into a socket of Asio's; it is closed when that fails.
Status take_over(Socket& socket, int descriptor) {
  sockaddr_storage name{};
  socklen_t bytes = sizeof name;
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&name), &bytes) != 0) {
    Error error = system_error("getsockname()", "connection");
    ::close(descriptor);
    return error;
  }
  error_code code;
  socket.assign(asio::generic::stream_protocol(name.ss_family, 0), descriptor, code);
  if (code) {
    ::close(descriptor);
    return system_error("epoll_ctl()", "connection", code.value());
  }
  socket.non_blocking(true, code);
  if (code) return system_error("ioctl()", "connection", code.value());
  if (name.ss_family != AF_UNIX) set_options(descriptor);
  return {};
}

/// What plain sockets and TLS do in the same way.
template <typename Stream>
class StreamChannel : public Channel {
 public:
  template <typename... Args>
  explicit StreamChannel(Args&&... args) : stream_(std::forward<Args>(args)...) {}

  void read_some(std::span<char> room, Moved moved) override {
    stream_.async_read_some(asio::buffer(room.data(), room.size()), handler_of(std::move(moved)));
  }
  void write_some(std::string_view bytes, Moved moved) override {
    stream_.async_write_some(asio::buffer(bytes.data(), bytes.size()), handler_of(std::move(moved)));
  }
  // Over TLS without a word of it: the frames themselves say where each message ends.
  void close() override {
    error_code gone_already;
    socket().close(gone_already);
  }
  virtual Socket& socket() = 0;

 protected:
  Stream stream_;

 private:
  static auto handler_of(Moved moved) {
    return [moved = std::move(moved)](const error_code& code, std::size_t bytes) { moved(outcome_of(code), bytes); };
  }
};

class PlainChannel final : public StreamChannel<Socket> {
 public:
  explicit PlainChannel(LinkLoop& loop) : StreamChannel(loop.context()) {}
  Socket& socket() override { return stream_; }
  void open(Opened opened) override {
    asio::post(stream_.get_executor(), [opened = std::move(opened)] { opened(ChannelOutcome{}); });
  }
  std::vector<std::string> certificate_names() override { return {}; }
  bool certificate_is_for(const std::string& /*host*/) override { return false; }
};

/// Asio's view of a context that others hold, too.
ssl::context shared_context(const TlsContext& context) {
  SSL_CTX_up_ref(context.get());
  return ssl::context(context.get());
}

class TlsChannel final : public StreamChannel<ssl::stream<Socket>> {
 public:
  TlsChannel(LinkLoop& loop, ssl::context context, TlsEnd end)
      : StreamChannel(loop.context(), context), context_(std::move(context)), end_(end) {}
  Socket& socket() override { return stream_.next_layer(); }
  void open(Opened opened) override {
    const auto end = end_ == TlsEnd::Server ? ssl::stream_base::server : ssl::stream_base::client;
    // Whoever waits keeps the channel.
    stream_.async_handshake(end, [this, opened = std::move(opened)](const error_code& code) {
      ChannelOutcome outcome = outcome_of(code);
      const long verified = SSL_get_verify_result(stream_.native_handle());
      if (outcome.refused && verified != X509_V_OK) outcome.text = X509_verify_cert_error_string(verified);
      opened(outcome);
    });
  }
  std::vector<std::string> certificate_names() override {
    const auto certificate = peer_certificate();
    return certificate == nullptr ? std::vector<std::string>{} : names_of(*certificate);
  }
  bool certificate_is_for(const std::string& host) override {
    const auto certificate = peer_certificate();
    return certificate != nullptr && is_for_host(*certificate, host);
  }

 private:
  std::unique_ptr<X509, void (*)(X509*)> peer_certificate() {
    return {SSL_get1_peer_certificate(stream_.native_handle()), X509_free};
  }
  ssl::context context_;
  TlsEnd end_;
};

template <typename Made>
Result<std::shared_ptr<Channel>> with_socket(std::shared_ptr<Made> channel, int socket) {
  HW_TRY_VOID(take_over(channel->socket(), socket));
  return std::shared_ptr<Channel>(std::move(channel));
}

}  // namespace

Result<std::shared_ptr<Channel>> plain_channel(LinkLoop& loop, int socket) {
  return with_socket(std::make_shared<PlainChannel>(loop), socket);
}

Result<std::shared_ptr<Channel>> tls_channel(LinkLoop& loop, int socket, const TlsContext& context, TlsEnd end) try {
  return with_socket(std::make_shared<TlsChannel>(loop, shared_context(context), end), socket);
} catch (const boost::system::system_error& failure) {
  ::close(socket);  // OpenSSL had no memory for a session.
  return system_error("SSL_new()", "connection", ENOMEM).note(failure.code().message());
}

}  // namespace hw::cluster
