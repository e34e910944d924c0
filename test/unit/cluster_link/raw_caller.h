/// A caller that keeps to the handshake and after it sends what it likes.
#pragma once

#include <string>

#include "test/unit/cluster_link/agent_link.h"

namespace hw::cluster::test {

class RawCaller {
 public:
  RawCaller(const AgentTarget& target, const std::string& key) : peer(target), handshake(greeting(), key) {
    const bool sent = peer.send(writer.frame(AgentFrameType::Hello, 0, handshake.begin().body));
    const auto challenge = peer.receive_frame();
    if (!sent || !challenge.has_value() || challenge->size() < kAgentHeaderBytes) return;
    const auto proof = handshake.on_frame(AgentFrameType::Challenge, as_bytes(body_of(*challenge)));
    if (!proof.send.has_value()) return;
    proof_frame = writer.frame(AgentFrameType::Proof, 0, proof.send->body);
    if (!peer.send(proof_frame)) return;
    const auto welcome = peer.receive_frame();
    if (!welcome.has_value() || welcome->size() < kAgentHeaderBytes) return;
    proven = handshake.on_frame(AgentFrameType::Welcome, as_bytes(body_of(*welcome))).established;
    writer.seal_with(handshake.keys().from_caller);
  }
  std::string request(std::uint64_t number, const std::string& verb, const std::string& body = "") {
    return writer.frame(AgentFrameType::Request, number, encode_request(verb, body));
  }

  static std::string body_of(const std::string& frame) {
    return frame.substr(kAgentHeaderBytes, frame.size() - kAgentHeaderBytes - kAgentSealBytes);
  }

  RawPeer peer;
  CallerHandshake handshake;
  AgentFrameWriter writer;
  std::string proof_frame;
  bool proven = false;

 private:
  static Greeting greeting() {
    Greeting out;
    out.nonce = fresh_nonce();
    out.name = "raw";
    return out;
  }
};

}  // namespace hw::cluster::test
