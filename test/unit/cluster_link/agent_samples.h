/// A whole connection as it goes over the wire, with numbers that are always the same: for golden bytes, replays and
/// the fuzzers' corpora.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cluster/link/agent_message.h"
#include "cluster/link/frame_flow.h"
#include "cluster/link/handshake.h"

namespace hw::cluster::test {

inline const std::string kSampleKey = "0123456789abcdef0123456789abcdef";

inline Greeting sample_greeting(std::string name, unsigned char first) {
  Greeting out;
  for (std::size_t i = 0; i < out.nonce.size(); ++i) out.nonce[i] = std::byte(first + i);
  out.name = std::move(name);
  out.release = "Headwater 0.1.0";
  return out;
}
inline Greeting sample_caller() { return sample_greeting("alice@n1", 0x10); }
inline Greeting sample_agent() { return sample_greeting("n2", 0x80); }

struct SampleFrame {
  AgentEnd from;
  std::string name;
  std::string bytes;
};

/// Both machines and both writers, up to where frames are sealed.
struct SampleSession {
  explicit SampleSession(const std::string& key = kSampleKey)
      : caller(sample_caller(), key), agent(sample_agent(), key) {
    say(AgentEnd::Caller, caller.begin());
    const auto challenge = agent.on_frame(AgentFrameType::Hello, as_bytes(last_body));
    say(AgentEnd::Agent, *challenge.send);
    const auto proof = caller.on_frame(AgentFrameType::Challenge, as_bytes(last_body));
    say(AgentEnd::Caller, *proof.send);
    const auto welcome = agent.on_frame(AgentFrameType::Proof, as_bytes(last_body));
    say(AgentEnd::Agent, *welcome.send);
    HW_CHECK(caller.on_frame(AgentFrameType::Welcome, as_bytes(last_body)).established && welcome.established);
    from_caller.seal_with(caller.keys().from_caller);
    from_agent.seal_with(caller.keys().from_agent);
  }

  void say(AgentEnd from, const HandshakeStep::Send& what) {
    last_body = what.body;
    frame(from, what.type, 0, what.body);
  }
  void frame(AgentEnd from, AgentFrameType type, std::uint64_t request, std::string_view body, bool more = false) {
    auto& writer = from == AgentEnd::Caller ? from_caller : from_agent;
    for (const auto& row : agent_frame_types())
      if (row.type == type) frames.push_back({from, std::string(row.name), writer.frame(type, request, body, more)});
  }

  CallerHandshake caller;
  AgentHandshake agent;
  AgentFrameWriter from_caller;
  AgentFrameWriter from_agent;
  std::string last_body;
  std::vector<SampleFrame> frames;
};

inline std::vector<SampleFrame> sample_frames() {
  SampleSession session;
  session.frame(AgentEnd::Caller, AgentFrameType::Request, 1, encode_request("status", "{\"format\":1}"));
  session.frame(AgentEnd::Agent, AgentFrameType::Partial, 1, "n1 source:B pid 2787 started\n");
  session.frame(AgentEnd::Agent, AgentFrameType::Last, 1, "{\"result\":", true);
  session.frame(AgentEnd::Agent, AgentFrameType::Last, 1, "\"done\"}");
  session.frame(AgentEnd::Caller, AgentFrameType::Request, 2, encode_request("boot", ""));
  session.frame(AgentEnd::Caller, AgentFrameType::Cancel, 2, "");
  session.frame(AgentEnd::Caller, AgentFrameType::Request, 3, encode_request("down", "-i"));
  session.frame(AgentEnd::Agent, AgentFrameType::Refused, 3, "request was given up there");
  return session.frames;
}

/// All bytes of one direction.
inline std::string sample_bytes(AgentEnd from) {
  std::string out;
  for (const auto& frame : sample_frames())
    if (frame.from == from) out += frame.bytes;
  return out;
}

}  // namespace hw::cluster::test
