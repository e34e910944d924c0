/// cluster/link/channel.h -- bytes to and from one peer: over TCP, TLS, or a socket in the file system.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/link/link_loop.h"
#include "engine/tls/tls_session.h"

namespace hw::cluster {

/// How something that was waited for has come out.
struct ChannelOutcome {
  bool good = true;
  bool refused = false;  ///< TLS: what the other end has said or shown is not good, rather than that it has gone
  int os_errno = 0;
  std::string text;  ///< the reason; empty when good
};

/// Thread: the loop's. One read and one write may be under way at the same time. Callbacks come from the loop, never
/// from inside of the call; after `close` they come with an outcome that is not good. Whoever waits keeps the channel
/// and the bytes until then.
class Channel {
 public:
  using Opened = std::function<void(const ChannelOutcome&)>;
  using Moved = std::function<void(const ChannelOutcome&, std::size_t bytes)>;

  Channel() = default;
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  virtual ~Channel() = default;
  /// The handshake of TLS; before anything else.
  virtual void open(Opened opened) = 0;
  /// At least one byte, at most `room`.
  virtual void read_some(std::span<char> room, Moved moved) = 0;
  virtual void write_some(std::string_view bytes, Moved moved) = 0;
  virtual void close() = 0;
  /// The names of the other end's certificate; none but over TLS.
  virtual std::vector<std::string> certificate_names() = 0;
  /// Whether that certificate is for this host, a name or an IP address; false but over TLS.
  virtual bool certificate_is_for(const std::string& host) = 0;
};

/// Of a connected stream socket, which is the channel's from now on, also after a failure. Errors: SYSCALL.
Result<std::shared_ptr<Channel>> plain_channel(LinkLoop& loop, int socket);

/// The same; keeps `context`. Errors: SYSCALL.
Result<std::shared_ptr<Channel>> tls_channel(LinkLoop& loop, int socket, const TlsContext& context, TlsEnd end);

}  // namespace hw::cluster
