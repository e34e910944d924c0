#include "test/sim/proxy.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <new>
#include <vector>

#include "test/sim/failure.h"
#include "test/sim/process.h"

namespace hw::sim {
namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int connect_to(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  if (fd >= 0 && ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
  }
  if (fd >= 0) ::close(fd);
  return -1;
}

/// Two connected sockets.
struct Pair {
  int fds[2];
};

void end(const Pair& pair) {
  ::close(pair.fds[0]);
  ::close(pair.fds[1]);
}

bool send_all(int fd, const char* data, std::size_t bytes) {
  while (bytes > 0) {
    const ssize_t sent = ::send(fd, data, bytes, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    data += sent;
    bytes -= static_cast<std::size_t>(sent);
  }
  return true;
}

}  // namespace

Proxy::Proxy(std::uint16_t listens, std::uint16_t leads_to) : port_(listens) {
  void* const memory = ::mmap(nullptr, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw Failure("no memory for a proxy");
  control_ = new (memory) Control;
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const sockaddr_in address = loopback(listens);
  if (::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || ::listen(listener, 16) != 0)
    throw Failure(fmt::format("a proxy cannot listen on port {}: {}", listens, std::strerror(errno)));
  pid_ = ::fork();
  if (pid_ == 0) serve(listener, leads_to, *control_);
  ::close(listener);
}

Proxy::~Proxy() {
  ::kill(pid_, SIGKILL);
  within(std::chrono::seconds(5), [&] { return gone(pid_); });
  ::munmap(control_, sizeof(Control));
}

void Proxy::serve(int listener, std::uint16_t leads_to, Control& control) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::vector<Pair> pairs;
  std::vector<char> piece(65536);
  for (;;) {
    std::vector<pollfd> wanted = {{listener, POLLIN, 0}};
    for (const Pair& pair : pairs)
      for (const int fd : pair.fds) wanted.push_back({fd, POLLIN, 0});
    ::poll(wanted.data(), wanted.size(), 50);
    const auto line = static_cast<Line>(control.line.load());
    if (line == Line::Cut) {
      for (const Pair& pair : pairs) end(pair);
      pairs.clear();
    }
    const std::size_t known = pairs.size();
    if ((wanted[0].revents & POLLIN) != 0) {
      const int from = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
      const int to = line == Line::Cut ? -1 : connect_to(leads_to);
      if (from >= 0 && to >= 0) {
        pairs.push_back({{from, to}});
      } else if (from >= 0) {
        ::close(from);
      }
    }
    std::vector<std::size_t> ended;
    for (std::size_t i = 0; i < known && line != Line::Cut; ++i) {
      bool open = true;
      for (int side = 0; side < 2 && open; ++side) {
        if ((wanted[1 + 2 * i + static_cast<std::size_t>(side)].revents & (POLLIN | POLLHUP | POLLERR)) == 0) continue;
        const std::size_t most = line == Line::Slow ? 1400 : piece.size();
        const ssize_t got = ::recv(pairs[i].fds[side], piece.data(), most, 0);
        if (got > 0 && line == Line::Corrupt) {
          const std::uint32_t left = control.corrupt_after.load();
          if (left < static_cast<std::uint32_t>(got)) {
            piece[left] = static_cast<char>(piece[left] ^ 0x20);
            control.corrupted.fetch_add(1);
            control.line.store(static_cast<std::uint32_t>(Line::Good));
          } else {
            control.corrupt_after.store(left - static_cast<std::uint32_t>(got));
          }
        }
        if (line == Line::Slow) ::usleep(1000);
        open = got > 0 && send_all(pairs[i].fds[1 - side], piece.data(), static_cast<std::size_t>(got));
      }
      if (!open) ended.push_back(i);
    }
    for (auto i = ended.rbegin(); i != ended.rend(); ++i) {
      end(pairs[*i]);
      pairs.erase(pairs.begin() + static_cast<std::ptrdiff_t>(*i));
    }
  }
}

}  // namespace hw::sim
