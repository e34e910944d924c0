#include "cluster/link/listener.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <chrono>
#include <utility>

#include "cluster/link/socket_address.h"
#include "engine/base/file.h"

namespace hw::cluster {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::chrono::milliseconds kDescriptorWait{100};  // Until another connection may have ended.
constexpr int kAcceptedAtOnce = 32;                        // Then those that are there have their turn.

}  // namespace

struct Listener::Waits {
  explicit Waits(asio::io_context& context) : socket(context), later(context) {}
  asio::posix::stream_descriptor socket;  ///< a descriptor of its own: Asio closes what it is given
  asio::steady_timer later;
};

Listener::Listener(std::shared_ptr<LinkLoop> loop, ListeningSocket socket, Accepted accepted)
    : loop_(std::move(loop)),
      address_(socket.address()),
      socket_(std::move(socket)),
      accepted_(std::move(accepted)),
      waits_(std::make_unique<Waits>(loop_->context())) {}

Listener::~Listener() = default;

Result<std::shared_ptr<Listener>> Listener::start(std::shared_ptr<LinkLoop> loop, ListeningSocket socket,
                                                  Accepted accepted) {
  std::shared_ptr<Listener> out(new Listener(std::move(loop), std::move(socket), std::move(accepted)));
  const int own = ::fcntl(out->socket_->fd(), F_DUPFD_CLOEXEC, 0);
  if (own < 0) return system_error("fcntl()", "listening socket");
  error_code code;
  out->waits_->socket.assign(own, code);
  if (code) {
    ::close(own);
    return system_error("epoll_ctl()", "listening socket", code.value());
  }
  out->wait();
  return out;
}

void Listener::stop() {
  socket_.reset();
  error_code gone_already;
  waits_->socket.close(gone_already);
  waits_->later.cancel(gone_already);
}

void Listener::wait() {
  waits_->socket.async_wait(asio::posix::descriptor_base::wait_read,
                            [self = shared_from_this()](const error_code& code) {
                              if (self->socket_.has_value() && !code) self->accept_all();
                            });
}

void Listener::accept_all() {
  for (int taken = 0; taken < kAcceptedAtOnce && socket_.has_value(); ++taken) {
    SocketAddress from;
    from.bytes = sizeof from.storage;
    const int fd =
        ::accept4(socket_->fd(), reinterpret_cast<sockaddr*>(&from.storage), &from.bytes, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0) {
      accepted_(fd, address_of(from));
      continue;
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) return wait_for_descriptors();
    if (errno == EAGAIN) break;
    // Anything else is the fate of one connection, which has gone again.
  }
  if (socket_.has_value()) wait();
}

void Listener::wait_for_descriptors() {
  waits_->later.expires_after(kDescriptorWait);
  waits_->later.async_wait([self = shared_from_this()](const error_code& code) {
    if (self->socket_.has_value() && !code) self->accept_all();
  });
}

}  // namespace hw::cluster
