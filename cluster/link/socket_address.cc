#include "cluster/link/socket_address.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "engine/base/file.h"

namespace hw::cluster {
namespace {

constexpr std::size_t kPathRoom = sizeof(sockaddr_un::sun_path) - 1;

const in6_addr& six_of(const SocketAddress& address) {
  return reinterpret_cast<const sockaddr_in6*>(&address.storage)->sin6_addr;
}

}  // namespace

Result<std::vector<SocketAddress>> resolve(const AgentAddress& address) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(address.port);
  const int failed = ::getaddrinfo(address.host.c_str(), port.c_str(), &hints, &found);
  if (failed != 0) {
    Error error = system_error("getaddrinfo()", address.host, failed == EAI_SYSTEM ? errno : 0);
    return error.note(::gai_strerror(failed));
  }
  std::vector<SocketAddress> out;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    SocketAddress one;
    std::memcpy(&one.storage, each->ai_addr, each->ai_addrlen);
    one.bytes = each->ai_addrlen;
    // A name may have the same address twice.
    const auto is_same = [&](const SocketAddress& other) {
      return other.bytes == one.bytes && std::memcmp(&other.storage, &one.storage, one.bytes) == 0;
    };
    if (std::ranges::none_of(out, is_same)) out.push_back(one);
  }
  ::freeaddrinfo(found);
  return out;
}

AgentAddress address_of(const SocketAddress& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  AgentAddress out;
  if (address.storage.ss_family == AF_INET) {
    const auto& four = reinterpret_cast<const sockaddr_in&>(address.storage);
    out.host = ::inet_ntop(AF_INET, &four.sin_addr, text.data(), text.size());
    out.port = ntohs(four.sin_port);
  } else if (address.storage.ss_family == AF_INET6) {
    const in6_addr& six = six_of(address);
    out.host = IN6_IS_ADDR_V4MAPPED(&six) ? ::inet_ntop(AF_INET, &six.s6_addr[12], text.data(), text.size())
                                          : ::inet_ntop(AF_INET6, &six, text.data(), text.size());
    out.port = ntohs(reinterpret_cast<const sockaddr_in6&>(address.storage).sin6_port);
  }
  return out;
}

bool is_loopback(const SocketAddress& address) { return is_loopback_number(address_of(address).host); }

bool is_loopback_number(const std::string& host) { return host == "::1" || host.starts_with("127."); }

Result<SocketPath> SocketPath::make(const std::string& path) {
  if (path.size() <= kPathRoom) return SocketPath(path, -1);
  const std::string folder = folder_of(path);
  const int fd = ::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return system_error("open()", folder);
  SocketPath out(fmt::format("/proc/self/fd/{}/{}", fd, path.substr(path.rfind('/') + 1)), fd);
  if (out.text_.size() > kPathRoom) return system_error("bind()", path, ENAMETOOLONG);
  return out;
}

SocketPath::SocketPath(SocketPath&& other) noexcept
    : text_(std::move(other.text_)), folder_(std::exchange(other.folder_, -1)) {}

SocketPath::~SocketPath() {
  if (folder_ >= 0) ::close(folder_);
}

SocketAddress SocketPath::address() const {
  SocketAddress out;
  auto& local = reinterpret_cast<sockaddr_un&>(out.storage);
  local.sun_family = AF_UNIX;
  std::memcpy(local.sun_path, text_.data(), text_.size());
  out.bytes = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + text_.size() + 1);
  return out;
}

}  // namespace hw::cluster
