/// test/support/fuzz/seal_agent.h -- numbers, lengths and seals of the agents' link put right in bytes that a fuzzer
/// has changed, as seal.h does it for other formats.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "cluster/link/frame.h"
#include "engine/base/bytes.h"

namespace hw::fuzz {

/// The key of sealed frames in inputs.
inline cluster::Digest agent_key() {
  cluster::Digest out;
  out.fill(std::byte{7});
  return out;
}

/// What is done to each frame before it is sealed: its type's number, and its body.
using EachAgentFrame = std::function<void(std::uint8_t type, MutableBytes body)>;

inline std::size_t agent_body_bytes(Bytes in, std::size_t at) {
  const std::size_t room = in.size() - at - cluster::kAgentHeaderBytes - cluster::kAgentSealBytes;
  return std::min<std::size_t>(get_le<std::uint32_t>(in, at + 8), room);
}

inline bool has_agent_frame(Bytes in, std::size_t at) {
  return at + cluster::kAgentHeaderBytes + cluster::kAgentSealBytes <= in.size();
}

/// Frames one after another, from `from` on; the first has number `sequence`. `key` is nullptr for those of the
/// handshake.
inline void seal_agent_frames(std::string& bytes, std::size_t from, std::uint64_t sequence, const cluster::Digest* key,
                              const EachAgentFrame& each = {}) {
  const MutableBytes out = std::as_writable_bytes(std::span(bytes));
  for (std::size_t at = from; has_agent_frame(out, at);) {
    put_le<std::uint32_t>(out, at, 0x4C415748);
    put_le<std::uint16_t>(out, at + 4, cluster::kAgentFrameVersion);
    const std::size_t body = agent_body_bytes(out, at);
    put_le<std::uint32_t>(out, at + 8, static_cast<std::uint32_t>(body));
    put_le<std::uint32_t>(out, at + 12, 0);
    put_le<std::uint64_t>(out, at + 16, sequence++);
    if (key == nullptr) put_le<std::uint64_t>(out, at + 24, 0);
    if (each != nullptr) each(get_le<std::uint8_t>(out, at + 6), out.subspan(at + cluster::kAgentHeaderBytes, body));
    const std::size_t sealed = cluster::kAgentHeaderBytes + body;
    const auto seal = cluster::agent_seal(out.subspan(at, sealed), key);
    std::ranges::copy(seal, out.begin() + static_cast<std::ptrdiff_t>(at + sealed));
    at += sealed + cluster::kAgentSealBytes;
  }
}

inline std::vector<std::size_t> agent_frame_parts(std::string_view bytes, std::size_t from) {
  const Bytes in = as_bytes(bytes);
  std::vector<std::size_t> begins;
  for (std::size_t at = from; has_agent_frame(in, at);
       at += cluster::kAgentHeaderBytes + agent_body_bytes(in, at) + cluster::kAgentSealBytes)
    begins.push_back(at);
  return begins;
}

}  // namespace hw::fuzz
