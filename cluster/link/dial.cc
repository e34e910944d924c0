#include "cluster/link/dial.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <utility>

#include "engine/base/file.h"

namespace hw::cluster {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::steady_clock;

Result<Dial::Connected> connect_path(const std::string& path) {
  HW_TRY(const SocketPath name, SocketPath::make(path));
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return system_error("socket()", path);
  const SocketAddress address = name.address();
  // Done or refused at once; EAGAIN when nobody takes connections there.
  if (::connect(fd, address.get(), address.bytes) != 0) {
    Error error = system_error("connect()", path);
    ::close(fd);
    return error;
  }
  return Dial::Connected{fd, {}};
}

AgentAddress plain(const tcp::endpoint& endpoint) {
  const auto& address = endpoint.address();
  const bool mapped = address.is_v6() && address.to_v6().is_v4_mapped();
  return {mapped ? asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string() : address.to_string(),
          endpoint.port()};
}

}  // namespace

struct Dial::Waits {
  explicit Waits(asio::io_context& context) : resolver(context), socket(context), timer(context) {}
  tcp::resolver resolver;
  tcp::socket socket;
  asio::steady_timer timer;
  std::vector<tcp::endpoint> addresses;
  std::size_t next = 0;
};

Dial::Dial(std::shared_ptr<LinkLoop> loop, AgentAddress to, Deadline deadline, Done done)
    : loop_(std::move(loop)),
      to_(std::move(to)),
      deadline_(deadline),
      done_(std::move(done)),
      waits_(std::make_unique<Waits>(loop_->context())),
      last_failure_(EHOSTUNREACH) {}

Dial::~Dial() = default;

std::shared_ptr<Dial> Dial::path(std::shared_ptr<LinkLoop> loop, const std::string& path, Done done) {
  std::shared_ptr<Dial> out(new Dial(std::move(loop), {}, Deadline::max(), std::move(done)));
  out->finish(connect_path(path));
  return out;
}

std::shared_ptr<Dial> Dial::address(std::shared_ptr<LinkLoop> loop, AgentAddress to, Deadline deadline, Done done) {
  std::shared_ptr<Dial> out(new Dial(std::move(loop), std::move(to), deadline, std::move(done)));
  error_code code;
  const auto number = asio::ip::make_address(out->to_.host, code);
  if (code) {
    out->look_up();
  } else {
    out->waits_->addresses.emplace_back(number, out->to_.port);
    out->try_next();
  }
  return out;
}

void Dial::look_up() try {
  waits_->timer.expires_at(deadline_);
  waits_->timer.async_wait([self = shared_from_this()](const error_code& cancelled) {
    if (!cancelled && self->waits_->addresses.empty())
      self->finish(system_error("getaddrinfo()", self->to_.host, ETIMEDOUT));
  });
  waits_->resolver.async_resolve(
      to_.host, std::to_string(to_.port), asio::ip::resolver_base::numeric_service,
      [self = shared_from_this()](const error_code& code, const tcp::resolver::results_type& found) {
        if (self->done_ == nullptr) return;
        if (code) return self->finish(system_error("getaddrinfo()", self->to_.host, 0).note(code.message()));
        for (const auto& each : found) self->waits_->addresses.push_back(each.endpoint());
        self->try_next();
      });
} catch (const boost::system::system_error& failure) {
  finish(system_error("getaddrinfo()", to_.host, failure.code().value()));
}

void Dial::try_next() {
  auto& at = *waits_;
  if (at.next == at.addresses.size()) return finish(system_error("connect()", text_of(to_), last_failure_));
  const auto now = steady_clock::now();
  const auto left = static_cast<int>(at.addresses.size() - at.next);
  const auto share = now + (std::max(deadline_, now) - now) / left;
  at.timer.expires_at(share);
  at.timer.async_wait([self = shared_from_this(), number = at.next](const error_code& cancelled) {
    if (cancelled || self->waits_->next != number + 1 || self->done_ == nullptr) return;
    self->last_failure_ = ETIMEDOUT;
    error_code ignored;
    self->waits_->socket.close(ignored);
  });
  const tcp::endpoint to = at.addresses[at.next++];
  const int fd = ::socket(to.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return tried(errno);
  error_code code;
  at.socket.assign(to.protocol(), fd, code);
  if (code) {
    ::close(fd);
    return tried(code.value());
  }
  at.socket.async_connect(to, [self = shared_from_this()](const error_code& result) { self->tried(result.value()); });
}

void Dial::tried(int failed) {
  if (done_ == nullptr) return;
  auto& at = *waits_;
  at.timer.cancel();
  error_code code;
  if (failed == 0) {
    const AgentAddress to = plain(at.addresses[at.next - 1]);
    const int fd = at.socket.release(code);
    if (!code) return finish(Connected{fd, to});
    failed = code.value();
  }
  if (failed != ECANCELED) last_failure_ = failed;
  at.socket.close(code);
  asio::post(loop_->context(), [self = shared_from_this()] {
    if (self->done_ != nullptr) self->try_next();
  });
}

void Dial::cancel() { finish(system_error("connect()", text_of(to_), ECANCELED)); }

void Dial::finish(Result<Connected> outcome) {
  if (done_ == nullptr) {
    if (outcome.has_value()) ::close(outcome->socket);
    return;
  }
  error_code ignored;
  waits_->socket.close(ignored);
  waits_->resolver.cancel();
  waits_->timer.cancel();
  asio::post(loop_->context(), [done = std::exchange(done_, nullptr), outcome = std::move(outcome)]() mutable {
    done(std::move(outcome));
  });
}

}  // namespace hw::cluster
