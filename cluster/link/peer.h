/// cluster/link/peer.h -- who is at the other end of an agent's connection, and what it may do.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace hw::cluster {

/// Where an agent listens.
struct AgentAddress {
  std::string host;  ///< name, IPv4, or IPv6 without brackets
  std::uint16_t port = 0;
  friend bool operator==(const AgentAddress&, const AgentAddress&) = default;
};
/// `host:port`, `[IPv6]:port`.
std::string text_of(const AgentAddress& address);

/// Source: operations, section 13.
enum class Rights : std::uint8_t {
  Watch,    ///< only what changes nothing
  Operate,  ///< all but config, fence and install
  All
};

/// How a peer has proven who it is.
enum class PeerWay : std::uint8_t {
  Socket,      ///< the kernel says whose process it is
  Key,         ///< it has the key; its name is what it says
  Certificate  ///< its certificate is of the same authority and has its name
};

struct Peer {
  PeerWay way = PeerWay::Socket;
  Rights rights = Rights::Watch;
  std::string name;     ///< Socket: the user's; Certificate: the certificate's; Key: as it says
  std::string says;     ///< what it calls itself: a node, or `user@host`
  std::string address;  ///< `host:port`; of the socket: empty
  uid_t uid = 0;        ///< this one and pid: of the socket alone
  pid_t pid = 0;
  std::string release;        ///< its software, `Headwater 0.1.0`
  std::uint16_t version = 0;  ///< of the protocol, as both speak it here
  std::uint16_t version_min = 0;
  std::uint16_t version_max = 0;
};

/// How messages call a peer: its name, and where that is not proven by the kernel its address: `alice`,
/// `n2 at 10.0.0.2:40022`.
std::string text_of(const Peer& peer);

/// HWDENIED: the peer may not do what it has asked for. `what`: `config apply`.
Error denied(const Peer& peer, std::string_view what);

}  // namespace hw::cluster
