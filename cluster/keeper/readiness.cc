#include "cluster/keeper/readiness.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>

#include "engine/base/file.h"
#include "engine/base/file_kind.h"

namespace hw::cluster {
namespace {

using namespace std::chrono_literals;

constexpr auto kPortPeriod = 100ms;
/// Where the system tells of changes; and where it does not, as its watches are used up.
constexpr auto kFilePeriodTold = 1s;
constexpr auto kFilePeriodUntold = 100ms;
constexpr std::size_t kReadyBytesMax = 4096;
constexpr std::string_view kReadyLine = "READY=1";

struct Address {
  sockaddr_storage bytes{};
  socklen_t size = 0;
};

std::optional<Address> address_of(const std::string& text, std::uint16_t port) {
  Address out;
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  if (::inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&out.bytes, &v4, out.size = sizeof v4);
    return out;
  }
  if (::inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(&out.bytes, &v6, out.size = sizeof v6);
    return out;
  }
  return std::nullopt;
}

/// Of a port that nobody listens on, which the kernel happened to give to the trying socket itself.
bool is_connected_to_itself(int socket) {
  Address own, peer;
  own.size = peer.size = sizeof own.bytes;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&own.bytes), &own.size) != 0 ||
      ::getpeername(socket, reinterpret_cast<sockaddr*>(&peer.bytes), &peer.size) != 0)
    return true;
  return own.size == peer.size && std::memcmp(&own.bytes, &peer.bytes, own.size) == 0;
}

bool has_connected(int socket) {
  int failure = 0;
  socklen_t bytes = sizeof failure;
  return ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &failure, &bytes) == 0 && failure == 0 &&
         !is_connected_to_itself(socket);
}

}  // namespace

Result<Descriptor> ReadyFile::create(const std::string& path) {
  HW_TRY_VOID(remove_replaceable(path));
  // Its place is in a folder of the agent's. New: nobody else has it open.
  Descriptor file(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.is_open()) return system_error("open()", path);
  return file;
}

bool ReadyFile::says_ready(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  std::array<char, kReadyBytesMax> text{};
  const ssize_t bytes = file.is_open() ? ::read(file.get(), text.data(), text.size()) : -1;
  std::string_view rest(text.data(), bytes > 0 ? static_cast<std::size_t>(bytes) : 0);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    if (rest.substr(0, end) == kReadyLine) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

void ReadinessWatch::watch_file(const std::string& path) {
  path_ = path;
  inotify_ = Descriptor(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (inotify_.is_open() && ::inotify_add_watch(inotify_.get(), path.c_str(), IN_MODIFY) >= 0) {
    auto handle = loop_.when_readable(inotify_.get(), [this] {
      std::array<char, 4096> events{};
      while (::read(inotify_.get(), events.data(), events.size()) > 0) {
      }
      look();
    });
    if (handle.has_value()) inotify_handle_ = *std::move(handle);
  }
  // It may say so already.
  again_ = loop_.at(EventLoop::Clock::now(), [this] { look(); });
}

void ReadinessWatch::look() {
  if (ReadyFile::says_ready(path_)) return found();
  const auto period = inotify_handle_.is_armed() ? kFilePeriodTold : kFilePeriodUntold;
  again_ = loop_.at(EventLoop::Clock::now() + period, [this] { look(); });
}

void ReadinessWatch::watch_port(const std::vector<std::string>& addresses, std::uint16_t port) {
  addresses_ = addresses;
  port_ = port;
  again_ = loop_.at(EventLoop::Clock::now(), [this] { try_port(); });
}

void ReadinessWatch::try_port() {
  tries_.clear();
  for (const std::string& text : addresses_) {
    const auto address = address_of(text, port_);
    if (!address) continue;
    Try attempt;
    attempt.socket = Descriptor(::socket(address->bytes.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!attempt.socket.is_open()) continue;  // No IPv6 here, or too many files are open: tried again.
    // Over loopback it is answered at once, elsewhere the socket becomes writable by the answer.
    if (::connect(attempt.socket.get(), reinterpret_cast<const sockaddr*>(&address->bytes), address->size) != 0 &&
        errno != EINPROGRESS)
      continue;
    const std::size_t index = tries_.size();
    auto handle = loop_.when_writable(attempt.socket.get(), [this, index] { on_answer(index); });
    if (!handle.has_value()) continue;
    attempt.handle = *std::move(handle);
    tries_.push_back(std::move(attempt));
  }
  again_ = loop_.at(EventLoop::Clock::now() + kPortPeriod, [this] { try_port(); });
}

void ReadinessWatch::on_answer(std::size_t index) {
  tries_[index].handle.cancel();
  if (has_connected(tries_[index].socket.get())) found();
}

void ReadinessWatch::found() {
  tries_.clear();
  again_.cancel();
  inotify_handle_.cancel();
  const EventLoop::Callback ready = ready_;  // It may destroy this.
  ready();
}

}  // namespace hw::cluster
