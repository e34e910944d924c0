#include "cluster/link/handshake.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/base/limits.h"

namespace hw::cluster {
namespace {

// Names are written into logs before anything is proven.
bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F; });
}

std::string text_of_digest(const Digest& digest) { return std::string(as_text(digest)); }

HandshakeStep failed(HandshakeStep::Failure failure) {
  HandshakeStep out;
  out.failure = failure;
  return out;
}

}  // namespace

std::optional<std::uint16_t> common_version(VersionRange one, VersionRange other) {
  const std::uint16_t highest = std::min(one.max, other.max);
  if (highest < one.min || highest < other.min) return std::nullopt;
  return highest;
}

std::string encode_greeting(const Greeting& greeting) {
  HW_CHECK(greeting.versions.min >= 1 && greeting.versions.min <= greeting.versions.max);
  std::string out(as_text(greeting.nonce));
  append_le<std::uint16_t>(out, greeting.versions.min);
  append_le<std::uint16_t>(out, greeting.versions.max);
  append_text(out, greeting.name, kAgentNameBytesMax);
  append_text(out, greeting.release, kSoftwareBytesMax);
  HW_CHECK_LE(out.size(), kAgentGreetingBytesMax);
  return out;
}

std::optional<Greeting> decode_greeting(Bytes in) {
  Greeting out;
  ByteReader reader(in);
  const Bytes nonce = reader.take_bytes(out.nonce.size());
  if (!reader.ok()) return std::nullopt;
  std::ranges::copy(nonce, out.nonce.begin());
  out.versions.min = reader.take<std::uint16_t>();
  out.versions.max = reader.take<std::uint16_t>();
  if (!take_text(reader, out.name, kAgentNameBytesMax)) return std::nullopt;
  if (!take_text(reader, out.release, kSoftwareBytesMax) || !reader.at_end()) return std::nullopt;
  if (out.versions.min < 1 || out.versions.min > out.versions.max) return std::nullopt;
  if (!is_printable(out.name) || !is_printable(out.release)) return std::nullopt;
  return out;
}

bool Handshake::agree() {
  const auto common = common_version(self_.versions, other_.versions);
  version_ = common.value_or(0);
  return common.has_value();
}

CallerHandshake::CallerHandshake(const Greeting& self, std::string key)
    : Handshake(self, std::move(key)), hello_(encode_greeting(self)) {}

HandshakeStep::Send CallerHandshake::begin() { return {AgentFrameType::Hello, hello_}; }

HandshakeStep CallerHandshake::on_frame(AgentFrameType type, Bytes body) {
  if (!proven_) {
    auto challenge = type == AgentFrameType::Challenge ? decode_greeting(body) : std::nullopt;
    if (!challenge.has_value()) return failed(HandshakeStep::Failure::Malformed);
    other_ = *std::move(challenge);
    if (!agree()) return failed(HandshakeStep::Failure::NoVersion);
    proofs_ = session_proofs(key_, as_bytes(hello_), body);
    proven_ = true;
    HandshakeStep out;
    out.send = {AgentFrameType::Proof, text_of_digest(proofs_.caller)};
    return out;
  }
  if (type != AgentFrameType::Welcome) return failed(HandshakeStep::Failure::Malformed);
  if (!same_bytes(body, proofs_.agent)) return failed(HandshakeStep::Failure::BadProof);
  HandshakeStep out;
  out.established = true;
  return out;
}

AgentHandshake::AgentHandshake(const Greeting& self, std::string key) : Handshake(self, std::move(key)) {}

HandshakeStep AgentHandshake::on_frame(AgentFrameType type, Bytes body) {
  HandshakeStep out;
  if (!challenged_) {
    auto hello = type == AgentFrameType::Hello ? decode_greeting(body) : std::nullopt;
    if (!hello.has_value()) return failed(HandshakeStep::Failure::Malformed);
    other_ = *std::move(hello);
    const std::string challenge = encode_greeting(self_);
    proofs_ = session_proofs(key_, body, as_bytes(challenge));
    challenged_ = true;
    out.send = {AgentFrameType::Challenge, challenge};
    if (!agree()) out.failure = HandshakeStep::Failure::NoVersion;
    return out;
  }
  if (type != AgentFrameType::Proof) return failed(HandshakeStep::Failure::Malformed);
  if (!same_bytes(body, proofs_.caller)) return failed(HandshakeStep::Failure::BadProof);
  out.send = {AgentFrameType::Welcome, text_of_digest(proofs_.agent)};
  out.established = true;
  return out;
}

}  // namespace hw::cluster
