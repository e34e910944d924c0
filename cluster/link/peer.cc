#include "cluster/link/peer.h"

#include <fmt/format.h>

namespace hw::cluster {

std::string text_of(const AgentAddress& address) {
  const bool six = address.host.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", six ? "[" : "", address.host, six ? "]" : "", address.port);
}

std::string text_of(const Peer& peer) {
  return peer.way == PeerWay::Socket ? peer.name : fmt::format("{} at {}", peer.name, peer.address);
}

Error denied(const Peer& peer, std::string_view what) { return make_error<MsgId::HWDENIED>(text_of(peer), what); }

}  // namespace hw::cluster
